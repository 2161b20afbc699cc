-- title:     Deepest lineages
-- question:  Which models stand at the end of the longest chains of bases?
-- row:       one model
-- counts:    edges of the longest chain from the model to a root
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, depth, root, is_root_held, downloads, created_at
-- reads:     model, model_lineage
-- known:     model: name IN (SELECT child FROM model_edge)
-- caveats:   declared_only, names_unresolved
-- since:     data-2026.12.0
SELECT
    lineage.hub,
    lineage.model,
    lineage.depth,
    lineage.root,
    lineage.is_root_held,
    model.downloads,
    model.created_at
FROM model_lineage AS lineage
JOIN model ON model.hub = lineage.hub AND model.name = lineage.model
WHERE lineage.depth > 0
ORDER BY lineage.depth DESC, lineage.hub, lineage.model
LIMIT $top;
