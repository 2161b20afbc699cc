-- title:     Mixtures of experts by task
-- question:  For which tasks are models MoE, and where beside text generation?
-- row:       one task; null: none is named
-- counts:    models that are present; moe_share is of those known to be MoE or dense
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 100             rows returned
-- columns:   hub, pipeline_tag, models, known, moe, moe_share, moe_originals, moe_derivatives, known_downloads, moe_downloads, first_moe_on
-- reads:     model
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind
-- caveats:   declared_only, downloads_30_days, created_at_floor
-- since:     data-2026.12.0
-- picture:   ranking
--            along pipeline_tag                          task
--            show moe_originals + moe_derivatives        MoE models: originals | derivatives
--            show moe_share of known                     MoE, share of the models known
--            show known in models                        known to be MoE or dense, of all models: known | not known
--            show moe_downloads                          downloads of MoE models in 30 days
SELECT
    hub,
    pipeline_tag,
    count(*) AS models,
    count(is_moe) AS known,
    count(*) FILTER (WHERE is_moe) AS moe,
    round(count(*) FILTER (WHERE is_moe) / nullif(count(is_moe), 0), 4)::DOUBLE AS moe_share,
    count(*) FILTER (WHERE is_moe AND coalesce(base_count, 0) = 0) AS moe_originals,
    count(*) FILTER (WHERE is_moe AND base_count > 0) AS moe_derivatives,
    coalesce(sum(downloads) FILTER (WHERE is_moe IS NOT NULL), 0)::BIGINT AS known_downloads,
    coalesce(sum(downloads) FILTER (WHERE is_moe), 0)::BIGINT AS moe_downloads,
    min(created_at) FILTER (WHERE is_moe)::DATE AS first_moe_on
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
GROUP BY hub, pipeline_tag
ORDER BY moe DESC, models DESC, hub, pipeline_tag
LIMIT $top;
