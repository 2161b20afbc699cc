-- title:     Models by task
-- question:  How many models are there for each task?
-- row:       one task
-- counts:    models that are present on their hub; those without a task are one row, null
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 50              rows returned
-- columns:   hub, pipeline_tag, models, share, downloads
-- reads:     model
-- known:     model: pipeline_tag IS NOT NULL
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along pipeline_tag                          task
--            show models                                 models
--            show share                                  share of all models
--            show downloads                              downloads in 30 days
SELECT
    hub,
    pipeline_tag,
    count(*) AS models,
    round(count(*) / sum(count(*)) OVER (PARTITION BY hub), 4)::DOUBLE AS share,
    sum(downloads)::BIGINT AS downloads
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
GROUP BY hub, pipeline_tag
ORDER BY models DESC, hub, pipeline_tag
LIMIT $top;
