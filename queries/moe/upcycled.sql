-- title:     Mixtures of experts put together from other models
-- question:  How many MoE models are merged, upcycled or pruned from others, and do they live?
-- row:       one way in which the experts came about, and one quarter of creation
-- counts:    MoE models, those that are gone too. merged: a tag of a merger of experts, or declared as a merge;
--            upcycled, pruned: a tag or the name says so; other: the rest, to compare with. alive: present,
--            with at least alive_downloads downloads of 30 days
-- params:    alive_downloads BIGINT = 50  fewest downloads of 30 days of a model that lives
-- columns:   hub, made_by, quarter, models, gone, alive, alive_share, downloads, median_downloads, revised_later, with_derivatives, repositories
-- reads:     collection, model, model_edge, model_lineage, model_tag, model_use
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind
-- caveats:   declared_only, tags_by_hub, downloads_30_days, created_at_floor, dates_missing, search_is_partial
-- since:     data-2026.12.0
-- picture:   series
--            along quarter                               quarter of creation
--            show models log                             MoE models by how their experts came about (powers of ten)
--            show alive_share of models                  still present and with at least the downloads asked for, share
--            show repositories log                       repositories that load one (powers of ten)
--            color made_by                               how the experts came about: merged | upcycled | pruned | other
WITH moe AS (
    SELECT hub, name, state, downloads, created_at, last_modified_at
    FROM model
    WHERE is_moe AND state <> 'named'
),

tagged AS (
    SELECT
        model_tag.hub,
        model_tag.model,
        bool_or(
            lower(tag) IN ('mergekit', 'mergekit-moe', 'merge', 'moerge', 'frankenmoe', 'lazymergekit')
        ) AS is_merged,
        bool_or(lower(tag) LIKE '%upcycl%') AS is_upcycled,
        bool_or(regexp_matches(lower(tag), '^(reap|expert-?pruning|pruned|pruning)$')) AS is_pruned
    FROM model_tag
    JOIN moe ON moe.hub = model_tag.hub AND moe.name = model_tag.model
    GROUP BY model_tag.hub, model_tag.model
),

merged AS (
    SELECT DISTINCT hub, child FROM model_edge WHERE relation = 'merge' AND child <> parent
),

parent AS (
    SELECT lineage.hub, lineage.model
    FROM model_lineage AS lineage
    JOIN moe ON moe.hub = lineage.hub AND moe.name = lineage.model
    WHERE lineage.derivative_count > 0
),

held AS (
    SELECT
        moe.hub,
        moe.name,
        moe.state,
        moe.downloads,
        date_trunc('quarter', moe.created_at)::DATE AS quarter,
        moe.last_modified_at > moe.created_at + INTERVAL 90 DAYS AS is_revised,
        parent.model IS NOT NULL AS has_derivatives,
        CASE
            WHEN tagged.is_pruned
                OR regexp_matches(lower(split_part(moe.name, '/', -1)), '(^|[-_.])(reap|pruned)([-_.]|$)')
                THEN 'pruned'
            WHEN tagged.is_upcycled OR contains(lower(split_part(moe.name, '/', -1)), 'upcycl') THEN 'upcycled'
            WHEN tagged.is_merged OR merged.child IS NOT NULL THEN 'merged'
            ELSE 'other'
        END AS made_by
    FROM moe
    LEFT JOIN tagged ON tagged.hub = moe.hub AND tagged.model = moe.name
    LEFT JOIN merged ON merged.hub = moe.hub AND merged.child = moe.name
    LEFT JOIN parent ON parent.hub = moe.hub AND parent.model = moe.name
),

used AS (
    SELECT held.hub, held.made_by, held.quarter, count(DISTINCT model_use.repository) AS repositories
    FROM held
    JOIN model_use ON model_use.hub = held.hub AND model_use.model_resolved = held.name
    WHERE NOT model_use.is_copy AND NOT model_use.is_vendored AND NOT model_use.is_registry
    GROUP BY held.hub, held.made_by, held.quarter
)

SELECT
    held.hub,
    held.made_by,
    held.quarter,
    count(*) AS models,
    count(*) FILTER (WHERE held.state <> 'present') AS gone,
    count(*) FILTER (WHERE held.state = 'present' AND held.downloads >= $alive_downloads) AS alive,
    round(
        count(*) FILTER (WHERE held.state = 'present' AND held.downloads >= $alive_downloads) / count(*), 4
    )::DOUBLE AS alive_share,
    coalesce(sum(held.downloads), 0)::BIGINT AS downloads,
    median(coalesce(held.downloads, 0))::BIGINT AS median_downloads,
    count(*) FILTER (WHERE held.is_revised) AS revised_later,
    count(*) FILTER (WHERE held.has_derivatives) AS with_derivatives,
    CASE WHEN any_value(uses.is_collected) THEN coalesce(any_value(used.repositories), 0) END AS repositories
FROM held
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN used
    ON used.hub = held.hub AND used.made_by = held.made_by
    AND used.quarter IS NOT DISTINCT FROM held.quarter
GROUP BY held.hub, held.made_by, held.quarter
ORDER BY held.hub, held.made_by, held.quarter NULLS LAST;
