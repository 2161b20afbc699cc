-- title:     Dates out of range
-- question:  Which models have a date that cannot be?
-- row:       one model
-- counts:    created before 2000, or created or modified more than a day after it was observed
-- params:    none
-- columns:   hub, name, created_at, last_modified_at, observed_at
-- reads:     model
-- known:     model: created_at IS NOT NULL
-- caveats:   none
-- since:     data-2026.12.0
SELECT hub, name, created_at, last_modified_at, observed_at
FROM model
WHERE created_at < TIMESTAMP '2000-01-01 00:00:00'
    OR created_at > observed_at + INTERVAL 1 DAY
    OR last_modified_at > observed_at + INTERVAL 1 DAY
ORDER BY hub, name;
