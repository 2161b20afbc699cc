SELECT
    edge.* REPLACE (coalesce(named.name, edge.parent) AS parent),
    coalesce(named.is_held, false) AS is_parent_held,
    fact_url(
        edge.hub, edge.child, edge.source, child_card_revision, child_sha, child_card_url, child_tree_url
    ) AS evidence_url
FROM plain.model_edge AS edge
LEFT JOIN store.named_model AS named ON named.id = edge.parent_id
