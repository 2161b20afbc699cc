-- title:     Edges without a model
-- question:  Which edges have a child, or a base that is said to be held, that is no model?
-- row:       one edge
-- counts:    each end apart
-- params:    none
-- columns:   hub, child, parent, missing
-- reads:     model, model_edge
-- known:     model_edge: is_parent_held
-- caveats:   none
-- since:     data-2026.12.0
SELECT edge.hub, edge.child, edge.parent, 'child' AS missing
FROM model_edge AS edge
ANTI JOIN model ON model.hub = edge.hub AND model.name = edge.child
UNION ALL
SELECT edge.hub, edge.child, edge.parent, 'parent'
FROM model_edge AS edge
ANTI JOIN model ON model.hub = edge.hub AND model.name = edge.parent
WHERE edge.is_parent_held
ORDER BY hub, child, parent, missing;
