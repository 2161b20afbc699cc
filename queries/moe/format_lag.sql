-- title:     Time from a mixture of experts to its formats
-- question:  How long after an MoE model was published did the first copy in each format follow?
-- row:       one root (an MoE model without a base) and one format of weights
-- counts:    the root and models whose longest chain of bases begins at it; lags of models without a date, and
--            of roots without one or at the floor of createdAt, are null; roots with most derivatives first
-- params:    roots BIGINT = 50            so many roots
-- columns:   hub, root, moe_family, root_created_on, weight_format, models, owners, downloads, first_model, first_on, lag_days
-- reads:     model, model_architecture, model_lineage
-- known:     model_architecture: weight_format IS NOT NULL
-- coverage:  kind, family
-- caveats:   created_at_floor, dates_missing, declared_only, names_unresolved, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along weight_format                         format of the weights
--            show lag_days spread log                    days from the root model to its first copy in the format (powers of ten)
--            show rows                                   roots with a copy in the format
--            show models                                 all copies of these roots
--            show downloads                              their downloads in 30 days
WITH tree AS (
    SELECT
        lineage.hub,
        lineage.root AS top_model,
        any_value(architecture.moe_family) AS family,
        any_value(root.created_at) AS root_created_at,
        count(*) AS size
    FROM model_lineage AS lineage
    JOIN model_architecture AS architecture
        ON architecture.hub = lineage.hub AND architecture.model = lineage.root
    JOIN model AS root ON root.hub = lineage.hub AND root.name = lineage.root
    WHERE architecture.is_moe
    GROUP BY lineage.hub, lineage.root
    ORDER BY size DESC, lineage.hub, lineage.root
    LIMIT $roots
)

SELECT
    tree.hub,
    tree.top_model AS root,
    tree.family AS moe_family,
    tree.root_created_at::DATE AS root_created_on,
    architecture.weight_format,
    count(*) AS models,
    count(DISTINCT model.owner) AS owners,
    coalesce(sum(model.downloads), 0)::BIGINT AS downloads,
    first(model.name ORDER BY model.created_at, model.name) FILTER (WHERE model.created_at IS NOT NULL)
        AS first_model,
    min(model.created_at)::DATE AS first_on,
    CASE
        WHEN tree.root_created_at > TIMESTAMP '2022-03-02 23:29:05'
            THEN datediff('day', tree.root_created_at, min(model.created_at))
    END AS lag_days
FROM tree
JOIN model_lineage AS lineage ON lineage.hub = tree.hub AND lineage.root = tree.top_model
JOIN model ON model.hub = lineage.hub AND model.name = lineage.model
JOIN model_architecture AS architecture
    ON architecture.hub = model.hub AND architecture.model = model.name
WHERE architecture.weight_format IS NOT NULL
    AND architecture.is_moe IS DISTINCT FROM false
GROUP BY tree.hub, tree.top_model, tree.family, tree.root_created_at, tree.size, architecture.weight_format
ORDER BY tree.size DESC, tree.hub, tree.top_model, first_on NULLS LAST, architecture.weight_format;
