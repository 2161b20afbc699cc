SELECT
    use.* REPLACE (coalesce(named.name, known.spelling, use.dataset) AS dataset),
    coalesce(named.is_held, false) AS is_dataset_held,
    fact_url(
        use.hub, use.model, use.source, model_card_revision, model_sha, model_card_url, model_tree_url
    ) AS evidence_url
FROM plain.model_dataset AS use
LEFT JOIN store.named_dataset AS named ON named.id = use.dataset_id
LEFT JOIN store.dataset_spelling AS known
    ON known.hub = use.hub AND known.key = dataset_key(use.dataset)
