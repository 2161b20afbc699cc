SELECT
    statement.*,
    coalesce(model.hub, dataset.hub) AS hub,
    CASE WHEN model.id IS NOT NULL THEN 'model' ELSE 'dataset' END AS subject_kind,
    coalesce(model.name, dataset.name) AS subject,
    CASE
        WHEN statement.source = 'license-file'
            THEN blob_url(model.hub, model.name, coalesce(file.revision, model.sha), statement.license_link)
        WHEN model.id IS NOT NULL
            THEN fact_url(
        model.hub, model.name, statement.source, model.card_revision, model.sha, model.card_url, model.tree_url
    )
        WHEN statement.source = 'card-rule'
            THEN blob_url(
                dataset.hub, 'datasets/' || dataset.name, coalesce(card.revision, dataset.sha), 'README.md'
            )
        ELSE tree_url(dataset.hub, 'datasets/' || dataset.name, dataset.sha)
    END AS evidence_url
FROM plain.license_statement AS statement
LEFT JOIN store.named_model AS model ON model.id = statement.model_id
LEFT JOIN store.named_dataset AS dataset ON dataset.id = statement.dataset_id
LEFT JOIN store.dataset_card AS card ON card.dataset_id = statement.dataset_id
LEFT JOIN store.fetched_file AS file
    ON statement.source = 'license-file'
        AND file.model_id = statement.model_id
        AND file.path = statement.license_link
