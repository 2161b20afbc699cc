-- Where only one extractor gives a value, the confidence is that of its method. Where several do it
-- was raised, and is the best that is known of the method.
SELECT
    field.*,
    field.confidence AS method_confidence,
    named_model.id AS named_model_id,
    named_dataset.id AS named_dataset_id
FROM plain.extracted_field AS field
LEFT JOIN model_key AS named_model
    ON named_model.hub = field.hub AND named_model.name = field.named AND field.field = 'base_model'
LEFT JOIN dataset_key AS named_dataset
    ON named_dataset.hub = field.hub
        AND named_dataset.name = CASE field.field WHEN 'base_model' THEN field.dataset ELSE field.named END
