SELECT statement.*, model.id AS model_id, dataset.id AS dataset_id
FROM plain.license_statement AS statement
LEFT JOIN model_key AS model
    ON model.hub = statement.hub AND model.name = statement.subject AND statement.subject_kind = 'model'
LEFT JOIN dataset_key AS dataset
    ON dataset.hub = statement.hub AND dataset.name = statement.subject AND statement.subject_kind = 'dataset'
WHERE coalesce(model.id, dataset.id) IS NOT NULL
