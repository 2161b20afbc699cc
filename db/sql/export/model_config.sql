SELECT
    config.*,
    blob_url(config.hub, config.model, coalesce(file.revision, config.model_sha), 'config.json') AS evidence_url
FROM plain.model_config AS config
LEFT JOIN store.fetched_file AS file
    ON file.model_id = config.model_id AND file.path = 'config.json'
