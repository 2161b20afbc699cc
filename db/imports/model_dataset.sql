SELECT
    row_number() OVER () AS id,
    model.id AS model_id,
    use.dataset_declared AS dataset,
    dataset.id AS dataset_id,
    use.role,
    use.source,
    use.is_chosen,
    use.blob_sha,
    use.span_start,
    use.span_end
FROM published.model_dataset_statement AS use
JOIN model_key AS model ON model.hub = use.hub AND model.name = use.model
LEFT JOIN dataset_key AS dataset ON dataset.hub = use.hub AND dataset.name = use.dataset
