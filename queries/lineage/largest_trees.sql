-- title:     Largest trees of derivatives
-- question:  From which roots do most models derive, and how?
-- row:       one root
-- counts:    models whose longest chain of bases begins at the root, by the relation to their base;
--            a model with several bases counts once for each relation
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, root, is_root_held, models, max_depth, finetunes, adapters, quantizations, merges, distillations, unknown
-- reads:     model_edge, model_lineage
-- known:     model_edge: is_parent_held
-- caveats:   declared_only, relation_inferred, names_unresolved
-- since:     data-2026.12.0
SELECT
    lineage.hub,
    lineage.root,
    bool_or(lineage.is_root_held) AS is_root_held,
    count(DISTINCT lineage.model) AS models,
    max(lineage.depth) AS max_depth,
    count(DISTINCT edge.child) FILTER (WHERE edge.relation = 'finetune') AS finetunes,
    count(DISTINCT edge.child) FILTER (WHERE edge.relation = 'adapter') AS adapters,
    count(DISTINCT edge.child) FILTER (WHERE edge.relation = 'quantized') AS quantizations,
    count(DISTINCT edge.child) FILTER (WHERE edge.relation = 'merge') AS merges,
    count(DISTINCT edge.child) FILTER (WHERE edge.relation = 'distill') AS distillations,
    count(DISTINCT edge.child) FILTER (WHERE edge.relation = 'unknown') AS unknown
FROM model_lineage AS lineage
JOIN model_edge AS edge ON edge.hub = lineage.hub AND edge.child = lineage.model
WHERE lineage.depth > 0
GROUP BY lineage.hub, lineage.root
ORDER BY models DESC, lineage.hub, lineage.root
LIMIT $top;
