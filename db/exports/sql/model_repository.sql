SELECT
    model.hub,
    model.name AS model,
    coalesce(held.name, moved.name, link.repository) AS repository,
    link.repository AS repository_declared,
    coalesce(held.node_id, moved.node_id) IS NOT NULL AS is_repository_held,
    link.source,
    link.blob_sha,
    link.span_start,
    link.span_end,
    fact_url(
        model.hub, model.name, link.source, model.card_revision, model.sha, model.card_url, model.tree_url
    ) AS evidence_url
FROM store.model_repository AS link
JOIN store.named_model AS model ON model.id = link.model_id
LEFT JOIN store.repository AS held ON held.name = link.repository
LEFT JOIN store.repository_alias AS alias ON alias.alias = link.repository AND held.id IS NULL
LEFT JOIN store.repository AS moved ON moved.id = alias.repository_id
