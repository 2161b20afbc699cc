SELECT
    use.* REPLACE (coalesce(named.name, use.dataset) AS dataset),
    coalesce(named.is_held, false) AS is_dataset_held,
    fact_url(
        use.hub, use.model, use.source, model_card_revision, model_sha, model_card_url, model_tree_url
    ) AS evidence_url
FROM plain.model_dataset AS use
LEFT JOIN store.named_dataset AS named ON named.id = use.dataset_id
