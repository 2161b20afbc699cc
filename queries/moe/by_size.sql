-- title:     Mixtures of experts by size
-- question:  In which classes of size are models MoE, by all parameters and by those that a token uses?
-- row:       one class of size by one measure, total or active; null: the size is not known
-- counts:    models that are present; moe_share is of those known to be MoE or dense; all parameters of a
--            dense model are active, and none are known to be where nothing tells which of both it is
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            originals_only BOOLEAN = false   leave out models that name a base
-- columns:   hub, measure, size_class, models, known, moe, moe_share, moe_originals, moe_derivatives, moe_downloads, median_active_share
-- reads:     model, model_architecture
-- known:     model: (hub, name) IN (SELECT (hub, model) FROM model_architecture WHERE is_moe IS NOT NULL AND parameter_count IS NOT NULL)
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along size_class                            parameters (B: billions)
--            show moe_originals + moe_derivatives        MoE models: originals | derivatives
--            show moe_share of known                     MoE, share of the models known
--            show known in models                        known to be MoE or dense, of all models: known | not known
--            facet measure                               all parameters, or those that a token uses
--            null size not known
WITH held AS (
    SELECT
        model.hub,
        model.downloads,
        coalesce(model.base_count, 0) = 0 AS is_original,
        architecture.is_moe,
        architecture.parameter_count AS total,
        CASE
            WHEN NOT architecture.is_moe
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

sized AS (
    SELECT
        hub, 'total' AS measure, total AS size, downloads, is_original, is_moe, active / total AS active_share
    FROM held
    UNION ALL
    SELECT hub, 'active', active, downloads, is_original, is_moe, active / total
    FROM held
)

SELECT
    hub,
    measure,
    CASE
        WHEN size IS NULL THEN NULL
        WHEN size < 1e9 THEN 'below 1 B'
        WHEN size < 4e9 THEN '1 B to 4 B'
        WHEN size < 1e10 THEN '4 B to 10 B'
        WHEN size < 4e10 THEN '10 B to 40 B'
        WHEN size < 1e11 THEN '40 B to 100 B'
        WHEN size < 4e11 THEN '100 B to 400 B'
        ELSE '400 B and more'
    END AS size_class,
    count(*) AS models,
    count(is_moe) AS known,
    count(*) FILTER (WHERE is_moe) AS moe,
    round(count(*) FILTER (WHERE is_moe) / nullif(count(is_moe), 0), 4)::DOUBLE AS moe_share,
    count(*) FILTER (WHERE is_moe AND is_original) AS moe_originals,
    count(*) FILTER (WHERE is_moe AND NOT is_original) AS moe_derivatives,
    coalesce(sum(downloads) FILTER (WHERE is_moe), 0)::BIGINT AS moe_downloads,
    round(median(active_share) FILTER (WHERE is_moe), 4)::DOUBLE AS median_active_share
FROM sized
GROUP BY hub, measure, size_class
ORDER BY hub, measure DESC, min(size) NULLS LAST;
