-- title:     Movers
-- question:  Whose downloads changed most between the last two sweeps?
-- row:       one model that both of the last two complete sweeps of its hub saw
-- counts:    downloads of the 30 days before each sight, compared
-- params:    min_downloads BIGINT = 100      left out: fewer in both sweeps
--            top BIGINT = 50                 rows returned
-- columns:   hub, model, downloads_before, downloads, change, change_ratio, observed_before, observed_at
-- reads:     model_observation, sweep
-- known:     model_observation: downloads IS NOT NULL
-- caveats:   downloads_30_days
-- since:     data-2026.12.0
WITH placed AS (
    SELECT
        name,
        row_number() OVER (PARTITION BY hub ORDER BY started_at DESC, name DESC) AS place
    FROM sweep
    WHERE subject = 'model'
        AND kind IN ('full', 'light')
        AND is_complete
),

popular AS (
    SELECT DISTINCT seen.hub, seen.model
    FROM model_observation AS seen
    JOIN placed ON placed.name = seen.sweep AND placed.place <= 2
    WHERE seen.downloads >= $min_downloads
),

sight AS MATERIALIZED (
    SELECT seen.hub, seen.model, seen.downloads, seen.observed_at, placed.place
    FROM model_observation AS seen
    JOIN placed ON placed.name = seen.sweep AND placed.place <= 2
    SEMI JOIN popular ON popular.hub = seen.hub AND popular.model = seen.model
)

SELECT
    latest.hub,
    latest.model,
    earlier.downloads AS downloads_before,
    latest.downloads,
    latest.downloads - earlier.downloads AS change,
    round((latest.downloads - earlier.downloads) / nullif(earlier.downloads, 0), 4) AS change_ratio,
    earlier.observed_at AS observed_before,
    latest.observed_at
FROM sight AS latest
JOIN sight AS earlier ON earlier.hub = latest.hub AND earlier.model = latest.model
WHERE latest.place = 1
    AND earlier.place = 2
    AND latest.downloads <> earlier.downloads
ORDER BY abs(latest.downloads - earlier.downloads) DESC, latest.hub, latest.model
LIMIT $top;
