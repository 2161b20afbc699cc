-- title:     Sizes that cards state, beside the files
-- question:  How large are models by what their cards state, and do the files agree?
-- row:       one size class; the class is that of the card's number
-- counts:    models whose card states a number of parameters; agreeing: the headers of its files say the
--            same within 10 %, packed formats (quantized) left out
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   size_class, models, with_file_count, agreeing, median_downloads
-- reads:     extracted_field, model, model_architecture
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only, downloads_30_days
-- since:     data-2026.12.0
WITH sized AS (
    SELECT
        said.value_number AS stated,
        CASE
            WHEN architecture.quantization IS NULL
                AND coalesce(architecture.parameter_source, '') NOT IN ('inherited', 'name')
                THEN architecture.parameter_count
        END AS counted,
        coalesce(model.downloads, 0) AS downloads
    FROM extracted_field AS said
    JOIN model ON model.hub = said.hub AND model.name = said.model
    LEFT JOIN model_architecture AS architecture
        ON architecture.hub = said.hub AND architecture.model = said.model
    WHERE said.field = 'parameter_count' AND said.is_chosen AND said.value_number > 0
        AND coalesce(model.downloads, 0) >= $min_downloads
)

SELECT
    CASE
        WHEN stated < 1e8 THEN 'below 100 M'
        WHEN stated < 1e9 THEN '100 M to 1 B'
        WHEN stated < 1e10 THEN '1 B to 10 B'
        WHEN stated < 1e11 THEN '10 B to 100 B'
        ELSE '100 B and more'
    END AS size_class,
    count(*) AS models,
    count(counted) AS with_file_count,
    count(*) FILTER (WHERE abs(counted / stated - 1) <= 0.1) AS agreeing,
    median(downloads)::BIGINT AS median_downloads
FROM sized
GROUP BY size_class
ORDER BY min(stated);
