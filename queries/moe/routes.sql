-- title:     Routes of mixtures of experts into repositories
-- question:  How do MoE models reach repositories: by which engine, in which format of weights, by whose copy?
-- row:       one engine (the library of the loading call; null: only the role is known) and one format
-- counts:    repositories that load an MoE model which is stored, mentions, copies, vendored libraries and a
--            library's own source left out; plain: weights as trained; a copy: another owner's than that of
--            the model at the top of its longest chain of bases
-- params:    min_confidence DOUBLE = 0.5  sites by a rule of lower precision are left out
-- columns:   engine, weight_format, repositories, share, models, families, sites, copied_repositories, top_family
-- reads:     model, model_architecture, model_lineage, use_site
-- known:     use_site: model_resolved IS NOT NULL
-- coverage:  kind, family
-- caveats:   search_is_partial, names_unresolved, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along engine                                engine
--            show repositories                           repositories that load an MoE model by it
--            show models                                 models
--            color weight_format                         format of the weights
--            null only the role is known
WITH loading AS (
    SELECT
        site.repository,
        site.hub,
        site.model_resolved AS model,
        site.signature AS engine,
        coalesce(architecture.weight_format, 'plain') AS weight_format,
        architecture.moe_family AS family,
        coalesce(base.owner <> model.owner, false) AS is_copy
    FROM use_site AS site
    JOIN model_architecture AS architecture
        ON architecture.hub = site.hub AND architecture.model = site.model_resolved
    JOIN model ON model.hub = site.hub AND model.name = site.model_resolved
    LEFT JOIN model_lineage AS lineage ON lineage.hub = site.hub AND lineage.model = site.model_resolved
    LEFT JOIN model AS base ON base.hub = lineage.hub AND base.name = lineage.root
    WHERE architecture.is_moe
        AND site.role <> 'mention'
        AND site.confidence >= $min_confidence
        AND NOT site.is_copy
        AND NOT site.is_vendored
        AND NOT site.is_registry
),

whole AS (
    SELECT count(DISTINCT repository) AS repositories FROM loading
)

SELECT
    loading.engine,
    loading.weight_format,
    count(DISTINCT loading.repository) AS repositories,
    round(count(DISTINCT loading.repository) / any_value(whole.repositories), 4)::DOUBLE AS share,
    count(DISTINCT (loading.hub, loading.model)) AS models,
    count(DISTINCT loading.family) AS families,
    count(*) AS sites,
    count(DISTINCT loading.repository) FILTER (WHERE loading.is_copy) AS copied_repositories,
    mode(loading.family ORDER BY loading.family) AS top_family
FROM loading
CROSS JOIN whole
GROUP BY loading.engine, loading.weight_format
ORDER BY repositories DESC, sites DESC, loading.engine, loading.weight_format;
