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
WITH tree AS (
    SELECT
        hub,
        root,
        bool_or(is_root_held) AS is_root_held,
        count(*) AS models,
        max(depth) AS max_depth
    FROM model_lineage
    WHERE depth > 0
    GROUP BY hub, root
    ORDER BY models DESC, hub, root
    LIMIT $top
),

derived AS (
    SELECT DISTINCT tree.hub, tree.root, edge.child, edge.relation
    FROM tree
    JOIN model_lineage AS lineage ON lineage.hub = tree.hub AND lineage.root = tree.root
    JOIN model_edge AS edge ON edge.hub = lineage.hub AND edge.child = lineage.model
    WHERE lineage.depth > 0
)

SELECT
    tree.hub,
    tree.root,
    tree.is_root_held,
    tree.models,
    tree.max_depth,
    count(*) FILTER (WHERE derived.relation = 'finetune') AS finetunes,
    count(*) FILTER (WHERE derived.relation = 'adapter') AS adapters,
    count(*) FILTER (WHERE derived.relation = 'quantized') AS quantizations,
    count(*) FILTER (WHERE derived.relation = 'merge') AS merges,
    count(*) FILTER (WHERE derived.relation = 'distill') AS distillations,
    count(*) FILTER (WHERE derived.relation = 'unknown') AS unknown
FROM tree
JOIN derived ON derived.hub = tree.hub AND derived.root = tree.root
GROUP BY tree.hub, tree.root, tree.is_root_held, tree.models, tree.max_depth
ORDER BY tree.models DESC, tree.hub, tree.root;
