-- The present name of a base that is held differs from the declared one where that was resolved.
SELECT
    row_number() OVER () AS id,
    child.id AS child_id,
    edge.parent_declared AS parent,
    parent.id AS parent_id,
    edge.relation,
    edge.relation_source,
    edge.source,
    edge.is_chosen,
    edge.blob_sha,
    edge.span_start,
    edge.span_end
FROM published.model_edge_statement AS edge
JOIN model_key AS child ON child.hub = edge.hub AND child.name = edge.child
LEFT JOIN model_key AS parent ON parent.hub = edge.hub AND parent.name = edge.parent
