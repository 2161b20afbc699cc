-- title:     Carbon and hardware that cards report
-- question:  How many cards report what training took, by year of the model?
-- row:       one year of creation; null: no date
-- counts:    models whose card was read, readings that were imported from PeaTMOSS left out; with_carbon and
--            the others state that field
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   year, models, with_hardware, with_time, with_carbon, with_provider, with_region, carbon_kg, median_carbon_kg
-- reads:     model, extraction, extracted_field
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only, created_at_floor
-- since:     data-2026.12.0
WITH stated AS (
    SELECT
        hub,
        model,
        bool_or(field = 'hardware') AS has_hardware,
        bool_or(field = 'training_time') AS has_time,
        bool_or(field = 'cloud_provider') AS has_provider,
        bool_or(field = 'compute_region') AS has_region,
        any_value(value_number) FILTER (WHERE field = 'carbon_emitted') AS carbon_kg
    FROM extracted_field
    WHERE is_chosen AND coalesce(qualifiers ->> 'of', '') <> 'base'
    GROUP BY hub, model
)

SELECT
    year(model.created_at) AS year,
    count(*) AS models,
    count(*) FILTER (WHERE stated.has_hardware) AS with_hardware,
    count(*) FILTER (WHERE stated.has_time) AS with_time,
    count(stated.carbon_kg) AS with_carbon,
    count(*) FILTER (WHERE stated.has_provider) AS with_provider,
    count(*) FILTER (WHERE stated.has_region) AS with_region,
    round(sum(stated.carbon_kg), 3) AS carbon_kg,
    round(median(stated.carbon_kg), 3) AS median_carbon_kg
FROM model
JOIN (
    SELECT DISTINCT hub, model
    FROM extraction
    WHERE state IN ('extracted', 'partial')
        AND extractor <> 'peatmoss'
) AS reading
    ON reading.hub = model.hub AND reading.model = model.name
LEFT JOIN stated ON stated.hub = model.hub AND stated.model = model.name
WHERE coalesce(model.downloads, 0) >= $min_downloads
GROUP BY year(model.created_at)
ORDER BY year NULLS LAST;
