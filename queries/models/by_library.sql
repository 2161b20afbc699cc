-- title:     Models by library
-- question:  How many models does each library load?
-- row:       one library
-- counts:    models that are present on their hub; those without a library are one row, null
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 50              rows returned
-- columns:   hub, library_name, models, share, downloads
-- reads:     model
-- known:     model: library_name IS NOT NULL
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along library_name                          library
--            show models                                 models
--            show downloads                              downloads in 30 days
SELECT
    hub,
    library_name,
    count(*) AS models,
    round(count(*) / sum(count(*)) OVER (PARTITION BY hub), 4)::DOUBLE AS share,
    sum(downloads)::BIGINT AS downloads
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
GROUP BY hub, library_name
ORDER BY models DESC, hub, library_name
LIMIT $top;
