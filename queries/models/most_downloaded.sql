-- title:     Most downloaded models
-- question:  Which models are downloaded most, overall or for one task?
-- row:       one model
-- counts:    downloads of the 30 days before the observation
-- params:    task VARCHAR = ''            only models of this task; empty: all
--            top BIGINT = 50              rows returned
-- columns:   hub, model, pipeline_tag, license, downloads, downloads_all_time, likes, created_at, evidence_url
-- reads:     model
-- known:     model: downloads IS NOT NULL
-- caveats:   downloads_30_days, created_at_floor
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model
--            show downloads                              downloads in 30 days
--            show downloads_all_time                     downloads of all time
--            show likes                                  likes
SELECT
    hub,
    name AS model,
    pipeline_tag,
    license,
    downloads,
    downloads_all_time,
    likes,
    created_at,
    evidence_url
FROM model
WHERE downloads IS NOT NULL
    AND state = 'present'
    AND ($task = '' OR pipeline_tag = $task)
ORDER BY downloads DESC, hub, name
LIMIT $top;
