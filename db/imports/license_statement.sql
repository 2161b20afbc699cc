SELECT
    row_number() OVER () AS id,
    model.id AS model_id,
    dataset.id AS dataset_id,
    said.source,
    said.position,
    said.key,
    said.canonical,
    said.license_name,
    said.license_link,
    said.scope,
    said.is_chosen,
    said.blob_sha,
    said.span_start,
    said.span_end
FROM published.license_statement AS said
LEFT JOIN model_key AS model
    ON model.hub = said.hub AND model.name = said.subject AND said.subject_kind = 'model'
LEFT JOIN dataset_key AS dataset
    ON dataset.hub = said.hub AND dataset.name = said.subject AND said.subject_kind = 'dataset'
WHERE coalesce(model.id, dataset.id) IS NOT NULL
