SELECT
    field.*,
    coalesce(named_model.name, named_dataset.name) AS named,
    coalesce(named_dataset.name, known.spelling) AS dataset,
    extraction.blob_sha,
    coalesce(
        field.model_card_url, blob_url(field.hub, field.model, field.model_card_revision, 'README.md')
    ) AS evidence_url
FROM plain.extracted_field AS field
JOIN store.extraction ON extraction.id = field.extraction_id
LEFT JOIN store.named_model ON named_model.id = field.named_model_id
LEFT JOIN store.named_dataset ON named_dataset.id = field.named_dataset_id
LEFT JOIN store.dataset_spelling AS known
    ON field.field IN ('training_dataset', 'evaluation_dataset')
        AND known.hub = field.hub AND known.key = dataset_key(field.value_text)
