-- title:     Concentration of owners
-- question:  What share of models and of downloads do the largest owners have?
-- row:       one measure (models, downloads) of a hub
-- counts:    models that are present; legacy names without owner count as one owner, the hub
-- params:    largest BIGINT = 10          so many owners are the largest
-- columns:   hub, measure, owners, total, largest_share, herfindahl_index
-- reads:     model
-- known:     model: downloads IS NOT NULL
-- caveats:   downloads_30_days, private_unseen
-- since:     data-2026.12.0
WITH held AS (
    SELECT hub, coalesce(owner, '') AS login, count(*) AS models, sum(downloads) AS downloads
    FROM model
    WHERE state = 'present'
    GROUP BY hub, login
),

measured AS (
    SELECT hub, login, 'models' AS measure, models::DOUBLE AS quantity FROM held
    UNION ALL
    SELECT hub, login, 'downloads', downloads::DOUBLE FROM held WHERE downloads > 0
),

ranked AS (
    SELECT
        hub,
        measure,
        quantity,
        row_number() OVER (PARTITION BY hub, measure ORDER BY quantity DESC, login) AS place
    FROM measured
)

SELECT
    hub,
    measure,
    count(*) AS owners,
    sum(quantity)::BIGINT AS total,
    round(coalesce(sum(quantity) FILTER (WHERE place <= $largest), 0) / sum(quantity), 4)
        AS largest_share,
    round(sum(quantity * quantity) / (sum(quantity) * sum(quantity)), 6) AS herfindahl_index
FROM ranked
GROUP BY hub, measure
ORDER BY hub, measure;
