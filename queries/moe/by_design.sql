-- title:     Mixtures of experts by design
-- question:  Which routers, numbers of experts and granularities do MoE models have, and which are used?
-- row:       one feature (router, experts, used share, granularity) and one class of it; null: not known, which design says in words
-- counts:    MoE models that are present; a share is that of all of them, so the rows of a feature add up to 1;
--            used share: part of the routed experts that a token uses; granularity: four times the hidden size
--            by the width of one expert; repositories that load one, copies and vendored libraries left out
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            originals_only BOOLEAN = false   leave out models that name a base
-- columns:   hub, feature, class, design, models, model_share, originals, derivatives, families, downloads, download_share, repositories, first_on
-- reads:     collection, model, model_architecture, model_use
-- known:     model_architecture: is_moe IS DISTINCT FROM true OR router IS NOT NULL
-- coverage:  kind, router, experts, used, granularity
-- caveats:   downloads_30_days, declared_only, created_at_floor, search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along design                                feature and class
--            show models                                 MoE models
--            show download_share                         share of the downloads of all MoE models
--            show repositories                           repositories that load one
--            color feature                               what of the design
WITH held AS MATERIALIZED (
    SELECT
        model.hub,
        model.name,
        model.created_at,
        coalesce(model.downloads, 0) AS downloads,
        coalesce(model.base_count, 0) = 0 AS is_original,
        architecture.moe_family AS family,
        architecture.router,
        CASE
            WHEN architecture.expert_count >= 256 THEN '256 experts and more'
            WHEN architecture.expert_count >= 128 THEN '128 to 255 experts'
            WHEN architecture.expert_count >= 32 THEN '32 to 127 experts'
            WHEN architecture.expert_count > 8 THEN '9 to 31 experts'
            WHEN architecture.expert_count IS NOT NULL THEN '2 to 8 experts'
        END AS experts,
        CASE
            WHEN architecture.experts_per_token >= architecture.expert_count THEN 'all of them'
            WHEN architecture.experts_per_token / architecture.expert_count > 0.2 THEN 'a fifth and more'
            WHEN architecture.experts_per_token / architecture.expert_count > 0.05 THEN 'a twentieth to a fifth'
            WHEN architecture.experts_per_token / architecture.expert_count > 0 THEN 'below a twentieth'
        END AS used,
        CASE
            WHEN architecture.granularity >= 8 THEN 'granularity 8 and more'
            WHEN architecture.granularity >= 4 THEN 'granularity 4 to 8'
            WHEN architecture.granularity >= 2 THEN 'granularity 2 to 4'
            WHEN architecture.granularity IS NOT NULL THEN 'granularity below 2'
        END AS granularity
    FROM model
    JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE architecture.is_moe
        AND model.is_moe
        AND model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (NOT $originals_only OR coalesce(model.base_count, 0) = 0)
),

designed AS (
    SELECT
        * EXCLUDE (router, experts, used, granularity),
        unnest(['router', 'experts', 'used share', 'granularity']) AS feature,
        unnest([router, experts, used, granularity]) AS class
    FROM held
),

used AS (
    SELECT designed.hub, designed.feature, designed.class, count(DISTINCT model_use.repository) AS repositories
    FROM designed
    JOIN model_use ON model_use.hub = designed.hub AND model_use.model_resolved = designed.name
    WHERE NOT model_use.is_copy AND NOT model_use.is_vendored AND NOT model_use.is_registry
    GROUP BY designed.hub, designed.feature, designed.class
),

counted AS (
    SELECT
        hub,
        feature,
        class,
        count(*) AS models,
        count(*) FILTER (WHERE is_original) AS originals,
        count(*) FILTER (WHERE NOT is_original) AS derivatives,
        count(DISTINCT family) AS families,
        sum(downloads)::BIGINT AS downloads,
        min(created_at)::DATE AS first_on
    FROM designed
    GROUP BY hub, feature, class
)

SELECT
    counted.hub,
    counted.feature,
    counted.class,
    CASE
        WHEN counted.class IS NULL THEN counted.feature || ' not known'
        WHEN counted.feature IN ('router', 'used share') THEN counted.feature || ': ' || counted.class
        ELSE counted.class
    END AS design,
    counted.models,
    round(counted.models / sum(counted.models) OVER whole, 4)::DOUBLE AS model_share,
    counted.originals,
    counted.derivatives,
    counted.families,
    counted.downloads,
    round(counted.downloads / nullif(sum(counted.downloads) OVER whole, 0), 4)::DOUBLE AS download_share,
    CASE WHEN uses.is_collected THEN coalesce(used.repositories, 0) END AS repositories,
    counted.first_on
FROM counted
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN used
    ON used.hub = counted.hub AND used.feature = counted.feature AND used.class IS NOT DISTINCT FROM counted.class
WINDOW whole AS (PARTITION BY counted.hub, counted.feature)
ORDER BY
    counted.hub, counted.feature = 'router', counted.feature, counted.models DESC, counted.class NULLS LAST;
