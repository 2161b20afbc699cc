SELECT
    extraction.*,
    coalesce(model_card_url, blob_url(hub, model, model_card_revision, 'README.md')) AS evidence_url
FROM plain.extraction
