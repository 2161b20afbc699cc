-- title:     Models by license
-- question:  How many models declare each license?
-- row:       one license
-- counts:    models that are present on their hub; those without a license are one row, null
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 50              rows returned
-- columns:   hub, license, models, share, downloads
-- reads:     model
-- known:     model: license IS NOT NULL
-- caveats:   declared_only, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along license                               license
--            show models                                 models
--            show downloads                              downloads in 30 days
--            null none declared
SELECT
    hub,
    license,
    count(*) AS models,
    round(count(*) / sum(count(*)) OVER (PARTITION BY hub), 4)::DOUBLE AS share,
    sum(downloads)::BIGINT AS downloads
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
GROUP BY hub, license
ORDER BY models DESC, hub, license
LIMIT $top;
