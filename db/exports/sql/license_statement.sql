SELECT
    coalesce(model.hub, dataset.hub) AS hub,
    CASE WHEN model.id IS NOT NULL THEN 'model' ELSE 'dataset' END AS subject_kind,
    coalesce(model.name, dataset.name) AS subject,
    statement.source,
    statement.position,
    statement.key,
    statement.canonical,
    statement.license_name,
    statement.license_link,
    statement.scope,
    statement.is_chosen,
    statement.blob_sha,
    statement.span_start,
    statement.span_end,
    CASE
        WHEN model.id IS NOT NULL
            THEN fact_url(
        model.hub, model.name, statement.source, model.card_revision, model.sha, model.card_url, model.tree_url
    )
        ELSE tree_url(dataset.hub, 'datasets/' || dataset.name, dataset.sha)
    END AS evidence_url
FROM store.license_statement AS statement
LEFT JOIN store.named_model AS model ON model.id = statement.model_id
LEFT JOIN store.named_dataset AS dataset ON dataset.id = statement.dataset_id
