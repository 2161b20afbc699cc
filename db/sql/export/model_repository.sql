SELECT
    link.* REPLACE (coalesce(known.name, moved.name, link.repository) AS repository),
    coalesce(known.node_id, moved.node_id) IS NOT NULL AS is_repository_held,
    fact_url(
        link.hub, link.model, link.source, model_card_revision, model_sha, model_card_url, model_tree_url
    ) AS evidence_url
FROM plain.model_repository AS link
LEFT JOIN store.repository AS known ON known.name = link.repository
LEFT JOIN store.repository_alias AS alias ON alias.alias = link.repository AND known.id IS NULL
LEFT JOIN store.repository AS moved ON moved.id = alias.repository_id
