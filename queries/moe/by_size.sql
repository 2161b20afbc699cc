-- title:     Mixtures of experts by size
-- question:  In which classes of size are models MoE, by all parameters and by those that a token uses?
-- row:       one class of size by one measure, total or active; null: the size is not known
-- counts:    models that are present; moe_share is of those known to be MoE or dense; all parameters of a
--            dense model are active, and none are known to be where nothing tells which of both it is;
--            moe_published: MoE models sized by the publisher's own way of counting, not by config or headers
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            originals_only BOOLEAN = false   leave out models that name a base
-- columns:   hub, measure, size_class, models, known, moe, moe_share, moe_originals, moe_derivatives, moe_downloads, moe_published, median_active_share
-- reads:     model, model_architecture
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind, parameters, active
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along size_class                            parameters (B: billions)
--            show moe_originals + moe_derivatives        MoE models: originals | derivatives
--            show moe_share of known                     MoE, share of the models known
--            show known in models                        known to be MoE or dense, of all models: known | not known
--            show moe_published in moe                   MoE models sized as published, not by config or headers: published | counted
--            facet measure                               all parameters, or those that a token uses
--            null size not known
WITH held AS (
    SELECT
        model.hub,
        model.downloads,
        coalesce(model.base_count, 0) = 0 AS is_original,
        model.is_moe,
        architecture.parameter_count AS total,
        architecture.parameter_source = 'published' AS is_published,
        CASE
            WHEN NOT model.is_moe
                THEN coalesce(architecture.active_parameter_count, architecture.parameter_count)
            ELSE architecture.active_parameter_count
        END AS active
    FROM model
    LEFT JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (NOT $originals_only OR coalesce(model.base_count, 0) = 0)
),

-- a class is the number of bounds that a size reaches
classed AS (
    SELECT
        hub,
        downloads,
        is_original,
        is_moe,
        coalesce(is_published, false) AS is_published,
        active / total AS active_share,
        (total >= 1e9)::TINYINT + (total >= 4e9)::TINYINT + (total >= 1e10)::TINYINT + (total >= 4e10)::TINYINT
        + (total >= 1e11)::TINYINT + (total >= 4e11)::TINYINT AS total_class,
        (active >= 1e9)::TINYINT + (active >= 4e9)::TINYINT + (active >= 1e10)::TINYINT + (active >= 4e10)::TINYINT
        + (active >= 1e11)::TINYINT + (active >= 4e11)::TINYINT AS active_class
    FROM held
),

-- first by kind: both measures count every model, and of few rows each can be taken twice
kind AS (
    SELECT
        hub,
        total_class,
        active_class,
        is_original,
        is_moe,
        is_published,
        count(*) AS models,
        coalesce(sum(downloads), 0) AS downloads
    FROM classed
    GROUP BY hub, total_class, active_class, is_original, is_moe, is_published
),

share AS (
    SELECT hub, measure, size_class, median(active_share) AS active_share
    FROM (
        SELECT
            hub, active_share, unnest(['total', 'active']) AS measure,
            unnest([total_class, active_class]) AS size_class
        FROM classed
        WHERE is_moe
    )
    GROUP BY hub, measure, size_class
),

counted AS (
    SELECT
        hub,
        measure,
        size_class,
        sum(models)::BIGINT AS models,
        coalesce(sum(models) FILTER (WHERE is_moe IS NOT NULL), 0)::BIGINT AS known,
        coalesce(sum(models) FILTER (WHERE is_moe), 0)::BIGINT AS moe,
        coalesce(sum(models) FILTER (WHERE is_moe AND is_original), 0)::BIGINT AS moe_originals,
        coalesce(sum(models) FILTER (WHERE is_moe AND NOT is_original), 0)::BIGINT AS moe_derivatives,
        coalesce(sum(downloads) FILTER (WHERE is_moe), 0)::BIGINT AS moe_downloads,
        coalesce(sum(models) FILTER (WHERE is_moe AND is_published), 0)::BIGINT AS moe_published
    FROM (
        SELECT
            *, unnest(['total', 'active']) AS measure, unnest([total_class, active_class]) AS size_class
        FROM kind
    )
    GROUP BY hub, measure, size_class
)

SELECT
    counted.hub,
    counted.measure,
    [
        'below 1 B', '1 B to 4 B', '4 B to 10 B', '10 B to 40 B', '40 B to 100 B', '100 B to 400 B',
        '400 B and more'
    ][counted.size_class + 1] AS size_class,
    counted.models,
    counted.known,
    counted.moe,
    round(counted.moe / nullif(counted.known, 0), 4)::DOUBLE AS moe_share,
    counted.moe_originals,
    counted.moe_derivatives,
    counted.moe_downloads,
    counted.moe_published,
    round(share.active_share, 4)::DOUBLE AS median_active_share
FROM counted
LEFT JOIN share
    ON share.hub = counted.hub
    AND share.measure = counted.measure
    AND share.size_class IS NOT DISTINCT FROM counted.size_class
ORDER BY counted.hub, counted.measure DESC, counted.size_class NULLS LAST;
