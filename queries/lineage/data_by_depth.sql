-- title:     Training data by depth
-- question:  How far down chains of derivatives are training data still documented?
-- row:       one depth: edges from the top of a model's longest chain of bases
-- counts:    models that are present; itself: a dataset that it was trained on is named for it; base: not for
--            itself, but for a direct base; root: for neither, but for the top of its chain; nowhere: for none
--            of the three. A quantized model is not trained, and rightly names none of its own
-- params:    in_relation VARCHAR = ''     only models that derive by this relation; empty: all
--            min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, depth, models, itself, base, root, nowhere, itself_share, reached_share
-- reads:     model, model_dataset, model_edge, model_lineage
-- known:     model: dataset_count > 0
-- caveats:   declared_only, cards_not_fetched, names_unresolved, relation_inferred
-- since:     data-2026.12.0
-- picture:   ranking
--            along depth                                 edges to the top of the chain
--            show itself + base + root + nowhere         models by where training data are named: itself | a base | the root | nowhere
--            show itself_share of models                 share that names its own
--            show reached_share of models                share that names some, or whose base or root does
WITH documented AS (
    SELECT DISTINCT hub, model FROM model_dataset WHERE role = 'trained_on'
),

based AS (
    SELECT
        edge.hub,
        edge.child AS model,
        bool_or(documented.model IS NOT NULL) AS is_documented,
        bool_or(edge.relation = $in_relation) AS is_in_relation
    FROM model_edge AS edge
    LEFT JOIN documented ON documented.hub = edge.hub AND documented.model = edge.parent
    WHERE edge.child <> edge.parent
    GROUP BY edge.hub, edge.child
),

placed AS (
    SELECT
        lineage.hub,
        lineage.depth,
        CASE
            WHEN own.model IS NOT NULL THEN 'itself'
            WHEN based.is_documented THEN 'base'
            WHEN top.model IS NOT NULL THEN 'root'
            ELSE 'nowhere'
        END AS place
    FROM model_lineage AS lineage
    JOIN model ON model.hub = lineage.hub AND model.name = lineage.model
    LEFT JOIN documented AS own ON own.hub = lineage.hub AND own.model = lineage.model
    LEFT JOIN documented AS top ON top.hub = lineage.hub AND top.model = lineage.root
    LEFT JOIN based ON based.hub = lineage.hub AND based.model = lineage.model
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND ($in_relation = '' OR based.is_in_relation)
)

SELECT
    hub,
    depth,
    count(*) AS models,
    count(*) FILTER (WHERE place = 'itself') AS itself,
    count(*) FILTER (WHERE place = 'base') AS base,
    count(*) FILTER (WHERE place = 'root') AS root,
    count(*) FILTER (WHERE place = 'nowhere') AS nowhere,
    round(count(*) FILTER (WHERE place = 'itself') / count(*), 4)::DOUBLE AS itself_share,
    round(count(*) FILTER (WHERE place <> 'nowhere') / count(*), 4)::DOUBLE AS reached_share
FROM placed
GROUP BY hub, depth
ORDER BY hub, depth;
