-- title:     Downloads by license
-- question:  Under which licenses are models downloaded?
-- row:       one license of a hub
-- counts:    downloads of 30 days of models that are present; no license is one row, null
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, license, downloads, download_share, models
-- reads:     model
-- known:     model: license IS NOT NULL AND downloads IS NOT NULL
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
SELECT
    hub,
    license,
    sum(downloads)::BIGINT AS downloads,
    round(sum(downloads) / sum(sum(downloads)) OVER (PARTITION BY hub), 4)::DOUBLE
        AS download_share,
    count(*) AS models
FROM model
WHERE state = 'present'
    AND downloads > 0
GROUP BY hub, license
ORDER BY downloads DESC, hub, license
LIMIT $top;
