-- The present name of a known base differs from the declared one where that was resolved.
SELECT edge.*, named.id AS parent_id
FROM plain.model_edge AS edge
LEFT JOIN model_key AS named ON named.hub = edge.hub AND named.name = edge.published_parent
