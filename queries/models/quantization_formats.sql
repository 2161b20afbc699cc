-- title:     Formats of quantized models
-- question:  In which formats are quantized models published?
-- row:       one format of a hub; null: derived as quantized, format not known
-- counts:    models that name a method of quantization, are GGUF files, or derive as quantized
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, format, models, with_base, downloads
-- reads:     model, model_architecture, model_edge
-- known:     model_architecture: weight_format IS NOT NULL
-- caveats:   declared_only, relation_inferred, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along format                                format of the weights
--            show models                                 models
--            show with_base in models                    of these, with a declared base: declared | none declared
--            show downloads                              downloads in 30 days
WITH derived AS (
    SELECT DISTINCT hub, child FROM model_edge WHERE relation = 'quantized'
),

formatted AS (
    SELECT hub, model AS name, weight_format AS format FROM model_architecture
)

SELECT
    model.hub,
    formatted.format,
    count(*) AS models,
    count(derived.child) AS with_base,
    sum(model.downloads)::BIGINT AS downloads
FROM model
LEFT JOIN formatted ON formatted.hub = model.hub AND formatted.name = model.name
LEFT JOIN derived ON derived.hub = model.hub AND derived.child = model.name
WHERE (formatted.format IS NOT NULL OR derived.child IS NOT NULL)
    AND model.state = 'present'
    AND coalesce(model.downloads, 0) >= $min_downloads
GROUP BY model.hub, formatted.format
ORDER BY models DESC, model.hub, formatted.format;
