SELECT
    named.hub,
    named.name AS model,
    card_state(card.state, model.files) AS state,
    CASE
        WHEN card.state IS NOT NULL THEN card.reason
        WHEN card_state(card.state, model.files) = 'missing' THEN 'not among the files of the model'
        WHEN NOT named.is_held THEN 'the model itself was never seen'
        ELSE 'no crawl has asked for it so far'
    END AS reason,
    card.blob_sha,
    card.revision,
    card.size_bytes,
    card.parse_state,
    card.parse_reason,
    card.observed_at,
    CASE
        WHEN card.blob_sha IS NOT NULL
            THEN coalesce(
                named.card_url, blob_url(named.hub, named.name, card.revision, 'README.md')
            )
    END AS evidence_url
FROM store.named_model AS named
JOIN store.model ON model.id = named.id
LEFT JOIN store.fetched_file AS card ON card.model_id = named.id AND card.path = 'README.md'
