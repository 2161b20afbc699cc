-- title:     Uses by month
-- question:  How many uses of models came into repositories in each month?
-- row:       one month
-- counts:    pairs of repository and model: by the commit that brought the line where it is known,
--            and all by the scan that saw them first
-- params:    first_day DATE = '2019-01-01'  months from this day on
-- columns:   month, uses_introduced, uses_first_seen
-- reads:     model_use
-- known:     model_use: introduced_at IS NOT NULL
-- caveats:   first_seen_is_not_first_used, search_is_partial
-- since:     data-2026.12.0
-- picture:   series
--            along month                                     month
--            show uses_introduced, uses_first_seen           uses of models by repositories: by the commit that brought them | by the scan that saw them
WITH dated AS (
    SELECT date_trunc('month', introduced_at)::DATE AS month, 1 AS introduced, 0 AS seen
    FROM model_use
    WHERE NOT is_copy AND NOT is_vendored AND NOT is_registry
    UNION ALL
    SELECT date_trunc('month', first_seen_at)::DATE, 0, 1
    FROM model_use
    WHERE NOT is_copy AND NOT is_vendored AND NOT is_registry
)
SELECT
    month,
    sum(introduced)::BIGINT AS uses_introduced,
    sum(seen)::BIGINT AS uses_first_seen
FROM dated
WHERE month >= $first_day
GROUP BY month
ORDER BY month;
