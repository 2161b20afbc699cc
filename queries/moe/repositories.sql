-- title:     How repositories load mixtures of experts
-- question:  Do repositories load MoE models in other ways than dense ones: by which library, quantized or not?
-- row:       one kind of model (moe, dense, not known) and one signature; null: only the role told
-- counts:    sites that load a model which is held, mentions left out; copies, vendored libraries and a
--            library's own source too; a share is that of all repositories that load such models
-- params:    min_confidence DOUBLE = 0.5  least precision of the rule that found a site
-- columns:   loads, signature, repositories, repository_share, sites, models, quantized_sites, quantized_share, examples, tests, notebooks
-- reads:     model_architecture, use_site
-- known:     use_site: model_resolved IS NOT NULL
-- coverage:  kind
-- caveats:   search_is_partial, names_unresolved, first_seen_is_not_first_used
-- since:     data-2026.12.0
-- picture:   ranking
--            along signature                             way of loading
--            show repository_share of repositories       share of the repositories that load such models
--            show quantized_share of sites               sites that load quantized weights, share of all
--            color loads                                 kind of model: MoE | dense | not known
--            null only the role is known
WITH loading AS (
    SELECT
        CASE architecture.is_moe WHEN true THEN 'moe' WHEN false THEN 'dense' ELSE 'not known' END AS loads,
        site.signature,
        site.repository,
        site.hub,
        site.model_resolved,
        site.role,
        site.kind,
        architecture.weight_format IS NOT NULL AS is_quantized
    FROM use_site AS site
    LEFT JOIN model_architecture AS architecture
        ON architecture.hub = site.hub AND architecture.model = site.model_resolved
    WHERE site.model_resolved IS NOT NULL
        AND site.role <> 'mention'
        AND site.confidence >= $min_confidence
        AND NOT site.is_copy
        AND NOT site.is_vendored
        AND NOT site.is_registry
),

whole AS (
    SELECT loads, count(DISTINCT repository) AS repositories FROM loading GROUP BY loads
)

SELECT
    loading.loads,
    loading.signature,
    count(DISTINCT loading.repository) AS repositories,
    round(count(DISTINCT loading.repository) / any_value(whole.repositories), 4)::DOUBLE AS repository_share,
    count(*) AS sites,
    count(DISTINCT (loading.hub, loading.model_resolved)) AS models,
    count(*) FILTER (WHERE loading.is_quantized) AS quantized_sites,
    round(count(*) FILTER (WHERE loading.is_quantized) / count(*), 4)::DOUBLE AS quantized_share,
    count(*) FILTER (WHERE loading.role = 'example') AS examples,
    count(*) FILTER (WHERE loading.role = 'test') AS tests,
    count(*) FILTER (WHERE loading.kind = 'notebook') AS notebooks
FROM loading
JOIN whole ON whole.loads = loading.loads
GROUP BY loading.loads, loading.signature
ORDER BY loading.loads = 'moe' DESC, loading.loads, repositories DESC, loading.signature;
