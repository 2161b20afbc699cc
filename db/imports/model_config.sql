SELECT
    model.id AS model_id,
    config.blob_sha,
    config.model_type,
    as_json(config.architectures) AS architectures,
    config.context_length,
    config.vocabulary_size,
    config.dtype,
    config.quantization,
    config.name_or_path
FROM published.model_config AS config
JOIN model_key AS model ON model.hub = config.hub AND model.name = config.model
