-- title:     Gated models
-- question:  How many models can only be had after asking, and how much are they downloaded?
-- row:       one way of gating of a hub; null: the hub does not say
-- counts:    models that are present
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, gated, models, share, downloads
-- reads:     model
-- known:     model: gated IS NOT NULL
-- caveats:   downloads_30_days
-- since:     data-2026.12.0
SELECT
    hub,
    gated,
    count(*) AS models,
    round(count(*) / sum(count(*)) OVER (PARTITION BY hub), 4)::DOUBLE AS share,
    sum(downloads)::BIGINT AS downloads
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
GROUP BY hub, gated
ORDER BY models DESC, hub, gated;
