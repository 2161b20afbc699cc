WITH reported AS (
    SELECT
        named.hub,
        named.name AS model,
        judged.*,
        config.model_id IS NOT NULL AS has_config,
        coalesce(
            model.gguf_architecture, model.gguf_context_length::VARCHAR,
            model.gguf_parameter_count::VARCHAR
        ) IS NOT NULL AS has_gguf,
        model.safetensors_parameter_count IS NOT NULL AS has_safetensors,
        coalesce(config.model_type, model.gguf_architecture, model.model_type) AS reported_type,
        coalesce(
            from_json(config.architectures, '["VARCHAR"]')[1],
            from_json(model.architectures, '["VARCHAR"]')[1]
        ) AS reported_class,
        -- a count that was set aside when the model was judged (packed words, a part of it) stays so
        CASE WHEN judged.model_id IS NULL
            THEN coalesce(model.gguf_parameter_count, model.safetensors_parameter_count)
        END AS reported_count,
        CASE
            WHEN judged.model_id IS NOT NULL THEN NULL
            WHEN model.gguf_parameter_count IS NOT NULL THEN 'gguf'
            WHEN model.safetensors_parameter_count IS NOT NULL THEN 'safetensors'
        END AS reported_by,
        coalesce(config.context_length, model.gguf_context_length) AS context_length,
        coalesce(
            config.dtype,
            list_reverse_sort(
                list_transform(
                    map_entries(CAST(CAST(model.safetensors_dtypes AS JSON) AS MAP(VARCHAR, BIGINT))),
                    lambda entry: {'elements': entry.value, 'dtype': entry.key}
                )
            )[1].dtype
        ) AS dtype,
        coalesce(config.quantization, model.quantization) AS quantization,
        regexp_extract(
            lower(split_part(named.name, '/', -1)),
            '(?:^|[-_.])(nvfp4|mxfp4|fp8|awq|gptq|exl2|exl3|gguf|mlx)(?:$|[-_.])', 1
        ) AS format_in_name,
        contains(model.tags, '"gguf"')
        OR contains(model.files, '.gguf"')
        OR regexp_matches(lower(split_part(named.name, '/', -1)), '(^|[-_.])gguf([-_.]|$)')
            AS has_gguf_files,
        contains(model.tags, '"mlx"') OR model.library_name = 'mlx' AS is_mlx
    FROM store.model
    JOIN store.named_model AS named ON named.id = model.id
    LEFT JOIN store.model_config AS config ON config.model_id = model.id
    LEFT JOIN store.model_architecture AS judged ON judged.model_id = model.id
),

-- a container of quantizers holds several formats: then the name tells which
formatted AS (
    SELECT
        *,
        CASE
            WHEN format_in_name IN ('nvfp4', 'mxfp4', 'fp8')
                AND coalesce(quantization, 'modelopt') IN ('compressed-tensors', 'modelopt', 'quark', 'torchao')
                AND NOT coalesce(has_gguf_files, false)
                THEN format_in_name
            WHEN quantization IN ('fbgemm_fp8', 'finegrained_fp8') THEN 'fp8'
            WHEN quantization IS NOT NULL THEN lower(quantization)
            WHEN has_gguf OR has_gguf_files THEN 'gguf'
            WHEN is_mlx THEN 'mlx'
            ELSE nullif(format_in_name, '')
        END AS weight_format
    FROM reported
)

SELECT
    formatted.* REPLACE (
        coalesce(model_type, reported_type) AS model_type,
        coalesce(architecture, reported_class) AS architecture,
        coalesce(parameter_count, reported_count) AS parameter_count,
        CASE WHEN parameter_count IS NULL THEN reported_by ELSE parameter_source END AS parameter_source,
        coalesce(
            source,
            CASE
                WHEN has_config THEN 'config'
                WHEN has_gguf THEN 'gguf'
                WHEN has_safetensors THEN 'safetensors'
                ELSE 'api'
            END
        ) AS source,
        CASE WHEN is_moe IS NOT NULL THEN confidence END AS confidence,
        from_json(nullif(reasons, 'null'), '["VARCHAR"]') AS reasons,
        from_json(nullif(conflicts, 'null'), '["VARCHAR"]') AS conflicts
    )
FROM formatted
WHERE is_moe IS NOT NULL
    OR coalesce(
        model_type, reported_type, architecture, reported_class, parameter_count::VARCHAR,
        reported_count::VARCHAR, context_length::VARCHAR, dtype, quantization, weight_format
    ) IS NOT NULL
