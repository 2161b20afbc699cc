SELECT
    model.hub,
    model.name AS model,
    extraction.extractor,
    extraction.llm,
    extraction.version,
    extraction.prompt_hash,
    extraction.blob_sha,
    extraction.state,
    extraction.reason,
    extraction.value_count,
    extraction.rejected_count,
    extraction.prompt_tokens,
    extraction.completion_tokens,
    extraction.cost_usd,
    coalesce(model.card_url, blob_url(model.hub, model.name, model.card_revision, 'README.md')) AS evidence_url
FROM store.extraction
JOIN store.named_model AS model ON model.id = extraction.model_id
