SELECT
    child.hub,
    child.name AS child,
    coalesce(parent.name, edge.parent) AS parent,
    edge.relation,
    edge.source,
    edge.relation_source,
    edge.parent AS parent_declared,
    coalesce(parent.is_held, false) AS is_parent_held,
    edge.is_chosen,
    edge.blob_sha,
    edge.span_start,
    edge.span_end,
    fact_url(
        child.hub, child.name, edge.source, child.card_revision, child.sha, child.card_url, child.tree_url
    ) AS evidence_url
FROM store.model_edge AS edge
JOIN store.named_model AS child ON child.id = edge.child_id
LEFT JOIN store.named_model AS parent ON parent.id = edge.parent_id
