SELECT
    named.hub,
    named.name AS model,
    config.blob_sha,
    config.model_type,
    from_json(config.architectures, '["VARCHAR"]') AS architectures,
    config.context_length,
    config.vocabulary_size,
    config.dtype,
    config.quantization,
    config.name_or_path,
    blob_url(named.hub, named.name, coalesce(file.revision, named.sha), 'config.json')
        AS evidence_url
FROM store.model_config AS config
JOIN store.named_model AS named ON named.id = config.model_id
LEFT JOIN store.fetched_file AS file
    ON file.model_id = config.model_id AND file.path = 'config.json'
