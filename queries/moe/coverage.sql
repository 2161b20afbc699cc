-- title:     What is known of mixtures of experts, and from where
-- question:  Of which share of MoE models, and of their downloads, are experts and parameters known?
-- row:       one fact, and one source that it was read from; both shares are of all
--            MoE models of the hub, so the rows of a fact add up to its coverage; null: not known
-- counts:    MoE models that are present; whether a model is one is not known of all: see known
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            originals_only BOOLEAN = false   leave out models that name a base
-- columns:   hub, fact, source, models, model_share, downloads, download_share
-- reads:     architecture_evidence, model, model_architecture
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind, experts, parameters, active
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along source            where it was read
--            show models             MoE models of which it is known
--            show download_share     their share of the downloads of all MoE models
--            facet fact              what is known
--            null not known
WITH mixture AS (
    SELECT
        model.hub,
        model.name,
        coalesce(model.downloads, 0) AS downloads,
        architecture.expert_count,
        architecture.parameter_count,
        architecture.active_parameter_count,
        architecture.parameter_source
    FROM model
    JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE model.is_moe
        AND model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (NOT $originals_only OR coalesce(model.base_count, 0) = 0)
),

-- the best source that states the number chosen
stated AS (
    SELECT mixture.hub, mixture.name, arg_min(evidence.source, evidence.position) AS source
    FROM mixture
    JOIN architecture_evidence AS evidence
        ON evidence.hub = mixture.hub
        AND evidence.model = mixture.name
        AND evidence.expert_count = mixture.expert_count
    GROUP BY mixture.hub, mixture.name
),

fact AS (
    SELECT
        mixture.hub,
        mixture.downloads,
        unnest([
            {
                'fact': 'experts',
                'source': CASE WHEN mixture.expert_count IS NOT NULL THEN coalesce(stated.source, 'several') END
            },
            {
                'fact': 'parameters',
                'source': CASE WHEN mixture.parameter_count IS NOT NULL THEN mixture.parameter_source END
            },
            {
                'fact': 'active parameters',
                'source':
                    CASE WHEN mixture.active_parameter_count IS NOT NULL
                        THEN coalesce(mixture.parameter_source, 'several') END
            }
        ], recursive := true)
    FROM mixture
    LEFT JOIN stated ON stated.hub = mixture.hub AND stated.name = mixture.name
),

whole AS (
    SELECT hub, count(*) AS models, sum(downloads) AS downloads
    FROM mixture
    GROUP BY hub
)

SELECT
    fact.hub,
    fact.fact,
    fact.source,
    count(*) AS models,
    round(count(*) / any_value(whole.models), 4)::DOUBLE AS model_share,
    sum(fact.downloads)::BIGINT AS downloads,
    round(sum(fact.downloads) / nullif(any_value(whole.downloads), 0), 4)::DOUBLE AS download_share
FROM fact
JOIN whole ON whole.hub = fact.hub
GROUP BY fact.hub, fact.fact, fact.source
ORDER BY fact.hub, fact.fact, fact.source IS NULL, models DESC, fact.source;
