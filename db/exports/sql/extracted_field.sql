SELECT
    model.hub,
    model.name AS model,
    extraction.extractor,
    extraction.llm,
    said.position,
    said.field,
    said.state,
    said.reason,
    said.value_text,
    said.value_number,
    said.unit,
    said.qualifiers,
    coalesce(named_model.name, named_dataset.name) AS named,
    said.quote,
    said.place,
    said.source,
    said.method,
    said.confidence,
    said.agreement,
    said.is_chosen,
    extraction.blob_sha,
    said.span_start,
    said.span_end,
    coalesce(model.card_url, blob_url(model.hub, model.name, model.card_revision, 'README.md')) AS evidence_url
FROM store.extracted_field AS said
JOIN store.extraction ON extraction.id = said.extraction_id
JOIN store.named_model AS model ON model.id = said.model_id
LEFT JOIN store.named_model ON named_model.id = said.named_model_id
LEFT JOIN store.named_dataset ON named_dataset.id = said.named_dataset_id
