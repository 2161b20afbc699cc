-- title:     Carbon and hardware that cards report
-- question:  How many cards report what training took, by year of the model?
-- row:       one year of creation; null: no date
-- counts:    models whose card was read, readings that were imported from PeaTMOSS left out; with_carbon and
--            the others state that field. What copies repeat counts once: quantized copies stand for their
--            base, carbon in the same words for the card that has them first. Carbon of all models of a
--            family together (of_family) is no model's, and stands apart
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   year, models, with_hardware, with_time, with_carbon, with_provider, with_region, carbon_kg, median_carbon_kg, of_family, carbon_kg_of_family
-- reads:     model, extraction, extracted_field, model_edge
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only, created_at_floor
-- since:     data-2026.12.0
WITH packed AS (
    SELECT hub, model, min(base) AS base
    FROM (
        SELECT hub, child AS model, parent AS base
        FROM model_edge
        WHERE relation = 'quantized'
        UNION ALL
        SELECT hub, model, coalesce(named, value_text) AS base
        FROM extracted_field
        WHERE field = 'base_model' AND is_chosen AND qualifiers ->> 'relation' = 'quantized'
    ) AS made
    WHERE base <> model
    GROUP BY hub, model
),

stated AS (
    SELECT
        field.hub,
        field.model,
        model.created_at,
        field.field,
        field.value_number,
        lower(regexp_replace(trim(field.quote), '\s+', ' ', 'g')) AS words,
        coalesce(field.qualifiers ->> 'of', '') = 'family' AS is_of_family,
        packed.base IS NOT NULL AS is_packed,
        coalesce(packed.base, field.model) AS subject
    FROM extracted_field AS field
    JOIN model ON model.hub = field.hub AND model.name = field.model
    LEFT JOIN packed ON packed.hub = field.hub AND packed.model = field.model
    WHERE field.is_chosen
        AND field.field IN ('hardware', 'training_time', 'carbon_emitted', 'cloud_provider', 'compute_region')
        AND coalesce(field.qualifiers ->> 'of', '') <> 'base'
        AND coalesce(model.downloads, 0) >= $min_downloads
),

worded AS (
    SELECT
        *,
        is_packed OR is_of_family
        OR split_part(model, '/', 1) <> first(split_part(model, '/', 1)) OVER same AS is_repeated
    FROM stated
    WHERE field = 'carbon_emitted' AND value_number IS NOT NULL
    WINDOW same AS (
        PARTITION BY hub, value_number, words
        ORDER BY is_packed, created_at NULLS LAST, model
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

carbon AS (
    SELECT *
    FROM worded
    QUALIFY NOT is_repeated OR row_number() OVER (
        PARTITION BY hub, value_number, words
        ORDER BY is_repeated, is_packed, created_at NULLS LAST, model
    ) = 1
),

by_year AS (
    SELECT
        year(created_at) AS year,
        count(*) FILTER (WHERE field = 'hardware') AS with_hardware,
        count(*) FILTER (WHERE field = 'training_time') AS with_time,
        count(*) FILTER (WHERE field = 'cloud_provider') AS with_provider,
        count(*) FILTER (WHERE field = 'compute_region') AS with_region
    FROM (SELECT hub, subject, field, min(created_at) AS created_at FROM stated GROUP BY hub, subject, field)
    GROUP BY year(created_at)
),

carbon_by_year AS (
    SELECT
        year(created_at) AS year,
        count(*) FILTER (WHERE NOT is_of_family) AS with_carbon,
        sum(value_number) FILTER (WHERE NOT is_of_family) AS carbon_kg,
        median(value_number) FILTER (WHERE NOT is_of_family) AS median_carbon_kg,
        count(*) FILTER (WHERE is_of_family) AS of_family,
        sum(value_number) FILTER (WHERE is_of_family) AS carbon_kg_of_family
    FROM carbon
    GROUP BY year(created_at)
),

read_by_year AS (
    SELECT year(model.created_at) AS year, count(*) AS models
    FROM model
    JOIN (
        SELECT DISTINCT hub, model
        FROM extraction
        WHERE state IN ('extracted', 'partial')
            AND extractor <> 'peatmoss'
    ) AS reading
        ON reading.hub = model.hub AND reading.model = model.name
    WHERE coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY year(model.created_at)
)

SELECT
    reading.year,
    reading.models,
    coalesce(by_year.with_hardware, 0) AS with_hardware,
    coalesce(by_year.with_time, 0) AS with_time,
    coalesce(carbon.with_carbon, 0) AS with_carbon,
    coalesce(by_year.with_provider, 0) AS with_provider,
    coalesce(by_year.with_region, 0) AS with_region,
    round(carbon.carbon_kg, 3) AS carbon_kg,
    round(carbon.median_carbon_kg, 3) AS median_carbon_kg,
    coalesce(carbon.of_family, 0) AS of_family,
    round(carbon.carbon_kg_of_family, 3) AS carbon_kg_of_family
FROM read_by_year AS reading
LEFT JOIN by_year ON by_year.year IS NOT DISTINCT FROM reading.year
LEFT JOIN carbon_by_year AS carbon ON carbon.year IS NOT DISTINCT FROM reading.year
ORDER BY reading.year NULLS LAST;
