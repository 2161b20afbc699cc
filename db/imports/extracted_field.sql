-- Where only one extractor gives a value, the confidence is that of its method. Where several do it
-- was raised, and is the best that is known of the method.
SELECT
    row_number() OVER () AS id,
    extraction.id AS extraction_id,
    model.id AS model_id,
    said.position,
    said.field,
    said.state,
    said.reason,
    said.value_text,
    said.value_number,
    said.unit,
    said.qualifiers,
    said.quote,
    said.span_start,
    said.span_end,
    said.place,
    said.source,
    said.method,
    said.confidence AS method_confidence,
    said.confidence,
    said.agreement,
    said.is_chosen,
    named_model.id AS named_model_id,
    named_dataset.id AS named_dataset_id
FROM published.extracted_field AS said
JOIN extraction_key AS extraction
    ON extraction.hub = said.hub AND extraction.model = said.model
    AND extraction.extractor = said.extractor AND extraction.llm = said.llm
JOIN model_key AS model ON model.hub = said.hub AND model.name = said.model
LEFT JOIN model_key AS named_model
    ON named_model.hub = said.hub AND named_model.name = said.named AND said.field = 'base_model'
LEFT JOIN dataset_key AS named_dataset
    ON named_dataset.hub = said.hub AND named_dataset.name = said.named AND said.field <> 'base_model'
