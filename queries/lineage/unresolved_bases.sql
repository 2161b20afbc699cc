-- title:     Bases that are not held
-- question:  Which names do models give as their base that match no model held?
-- row:       one name as declared
-- counts:    children, each once
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, parent_declared, children, downloads, example
-- reads:     model, model_edge
-- known:     model_edge: is_parent_held
-- caveats:   names_unresolved, private_unseen
-- since:     data-2026.12.0
SELECT
    edge.hub,
    edge.parent_declared,
    count(*) AS children,
    sum(model.downloads)::BIGINT AS downloads,
    min(edge.child) AS example
FROM model_edge AS edge
JOIN model ON model.hub = edge.hub AND model.name = edge.child
WHERE NOT edge.is_parent_held
GROUP BY edge.hub, edge.parent_declared
ORDER BY children DESC, edge.hub, edge.parent_declared
LIMIT $top;
