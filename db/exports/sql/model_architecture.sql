WITH said AS (
    SELECT
        named.hub,
        named.name AS model,
        config.model_id IS NOT NULL AS has_config,
        coalesce(
            model.gguf_architecture, model.gguf_context_length::VARCHAR,
            model.gguf_parameter_count::VARCHAR
        ) IS NOT NULL AS has_gguf,
        model.safetensors_parameter_count IS NOT NULL AS has_safetensors,
        coalesce(config.model_type, model.gguf_architecture, model.model_type) AS model_type,
        coalesce(
            from_json(config.architectures, '["VARCHAR"]')[1],
            from_json(model.architectures, '["VARCHAR"]')[1]
        ) AS architecture,
        coalesce(model.gguf_parameter_count, model.safetensors_parameter_count) AS parameter_count,
        CASE
            WHEN model.gguf_parameter_count IS NOT NULL THEN 'gguf'
            WHEN model.safetensors_parameter_count IS NOT NULL THEN 'safetensors'
        END AS parameter_source,
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
        coalesce(config.quantization, model.quantization) AS quantization
    FROM store.model
    JOIN store.named_model AS named ON named.id = model.id
    LEFT JOIN store.model_config AS config ON config.model_id = model.id
)
SELECT
    hub,
    model,
    model_type,
    architecture,
    parameter_count,
    parameter_source,
    context_length,
    dtype,
    quantization,
    CASE
        WHEN has_config THEN 'config'
        WHEN has_gguf THEN 'gguf'
        WHEN has_safetensors THEN 'safetensors'
        ELSE 'api'
    END AS source
FROM said
WHERE coalesce(
    model_type, architecture, parameter_count::VARCHAR, context_length::VARCHAR, dtype, quantization
) IS NOT NULL
