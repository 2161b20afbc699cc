-- title:     Models by month
-- question:  How many models were created in each month?
-- row:       one month of a hub
-- counts:    models that are present on their hub; those without a date are one row, null
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            first_day DATE = '2000-01-01'   models created before it are left out
-- columns:   hub, month, models, gated_models, licensed_models, downloads
-- reads:     model
-- known:     model: created_at IS NOT NULL
-- caveats:   created_at_floor, dates_missing, private_unseen
-- since:     data-2026.12.0
-- picture:   series
--            along month                                 month of creation
--            show models log                             models created (powers of ten)
--            show licensed_models in models              of these, with a declared license: declared | none declared
--            show gated_models log                       of these, gated (powers of ten)
--            show downloads log                          their downloads in 30 days (powers of ten)
SELECT
    hub,
    date_trunc('month', created_at)::DATE AS month,
    count(*) AS models,
    count(*) FILTER (WHERE gated <> 'no') AS gated_models,
    count(license) AS licensed_models,
    sum(downloads)::BIGINT AS downloads
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
    AND (created_at IS NULL OR created_at >= $first_day)
GROUP BY hub, month
ORDER BY hub, month;
