-- title:     Memory that mixtures of experts need
-- question:  How much memory do the weights of MoE models take at each precision, and how much of it does a token read?
-- row:       one MoE model: of those of one owner, family and number of parameters the most downloaded
-- counts:    models that are present and of which all parameters are known; models: how many of their owner
--            the row stands for, such as the same weights in other formats; gigabytes are of 10^9 bytes, weights
--            alone: what is kept of the context, and scales of quantized weights, come on top; fits_at_4_bits is
--            the smallest of 8, 16, 24, 48, 80, 192 and 640 gigabytes that holds the weights and a tenth more
-- params:    originals_only BOOLEAN = true   leave out models that name a base
--            top BIGINT = 100             rows returned, most downloaded first
-- columns:   hub, model, moe_family, parameter_count, active_parameter_count, active_share, gb_16_bits, gb_8_bits, gb_4_bits, active_gb_16_bits, active_gb_8_bits, active_gb_4_bits, fits_at_4_bits, parameter_source, downloads, models
-- reads:     model, model_architecture
-- known:     model_architecture: is_moe IS DISTINCT FROM true OR parameter_count IS NOT NULL
-- coverage:  kind, parameters, active
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                             model
--            show gb_4_bits, gb_8_bits, gb_16_bits log               gigabytes of all weights: at 4 bits | at 8 bits | at 16 bits
--            show active_gb_4_bits, active_gb_8_bits, active_gb_16_bits log   gigabytes that one token reads: at 4 bits | at 8 bits | at 16 bits
--            mark 8, 16, 24, 48, 80, 192, 640                        memory of 8, 16, 24, 48, 80, 192 and 640 gigabytes
SELECT
    model.hub,
    model.name AS model,
    architecture.moe_family,
    architecture.parameter_count,
    architecture.active_parameter_count,
    round(architecture.active_parameter_count / architecture.parameter_count, 4)::DOUBLE AS active_share,
    round(architecture.parameter_count * 2 / 1e9, 1)::DOUBLE AS gb_16_bits,
    round(architecture.parameter_count / 1e9, 1)::DOUBLE AS gb_8_bits,
    round(architecture.parameter_count / 2 / 1e9, 1)::DOUBLE AS gb_4_bits,
    round(architecture.active_parameter_count * 2 / 1e9, 1)::DOUBLE AS active_gb_16_bits,
    round(architecture.active_parameter_count / 1e9, 1)::DOUBLE AS active_gb_8_bits,
    round(architecture.active_parameter_count / 2 / 1e9, 1)::DOUBLE AS active_gb_4_bits,
    CASE
        WHEN architecture.parameter_count <= 8e9 / 0.55 THEN 8
        WHEN architecture.parameter_count <= 16e9 / 0.55 THEN 16
        WHEN architecture.parameter_count <= 24e9 / 0.55 THEN 24
        WHEN architecture.parameter_count <= 48e9 / 0.55 THEN 48
        WHEN architecture.parameter_count <= 80e9 / 0.55 THEN 80
        WHEN architecture.parameter_count <= 192e9 / 0.55 THEN 192
        WHEN architecture.parameter_count <= 640e9 / 0.55 THEN 640
    END AS fits_at_4_bits,
    architecture.parameter_source,
    model.downloads,
    count(*) OVER alike AS models
FROM model
JOIN model_architecture AS architecture
    ON architecture.hub = model.hub AND architecture.model = model.name
WHERE architecture.is_moe
    AND model.is_moe
    AND architecture.parameter_count > 0
    AND model.state = 'present'
    AND (NOT $originals_only OR coalesce(model.base_count, 0) = 0)
WINDOW alike AS (
    PARTITION BY
        model.hub, string_split(model.name, '/')[1], coalesce(architecture.moe_family, model.name),
        architecture.parameter_count
)
QUALIFY row_number() OVER (alike ORDER BY model.downloads DESC NULLS LAST, model.name) = 1
ORDER BY model.downloads DESC NULLS LAST, model.hub, model.name
LIMIT $top;
