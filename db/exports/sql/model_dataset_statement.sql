SELECT
    model.hub,
    model.name AS model,
    coalesce(dataset.name, use.dataset) AS dataset,
    use.role,
    use.source,
    use.dataset AS dataset_declared,
    coalesce(dataset.is_held, false) AS is_dataset_held,
    use.is_chosen,
    use.blob_sha,
    use.span_start,
    use.span_end,
    fact_url(
        model.hub, model.name, use.source, model.card_revision, model.sha, model.card_url, model.tree_url
    ) AS evidence_url
FROM store.model_dataset AS use
JOIN store.named_model AS model ON model.id = use.model_id
LEFT JOIN store.named_dataset AS dataset ON dataset.id = use.dataset_id
