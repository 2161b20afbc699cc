-- title:     Families of mixtures of experts
-- question:  Which MoE families have most derivatives, downloads and repositories?
-- row:       one family; null: MoE models of no family in the table
-- counts:    models that are present; a derivative is a model of the family that names a base, by the relation
--            to it; one with several counts once for each; repositories that load one, copies and vendored
--            libraries left out; experts_known, active_known: models of which experts and active parameters
--            are known; active_published: of these, in the publisher's own way of counting
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 100             rows returned
-- columns:   hub, moe_family, title, released, models, originals, derivatives, experts_known, active_known, active_published, quantizations, finetunes, adapters, merges, owners, downloads, repositories, first_model_on
-- reads:     collection, model, model_architecture, model_edge, model_use, moe_family
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind, family, experts, active
-- caveats:   downloads_30_days, declared_only, relation_inferred, created_at_floor, search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along title                                                 family
--            show quantizations + finetunes + adapters + merges          derivatives by relation: quantized | fine-tuned | adapters | merged
--            show originals + derivatives                                models: originals | derivatives
--            show experts_known in models                                models whose experts are known: known | not known
--            show downloads                                              downloads in 30 days
--            show repositories                                           repositories that load one
--            null in no family of the table
WITH held AS MATERIALIZED (
    SELECT
        model.hub,
        model.name AS member,
        model.owner,
        model.downloads,
        model.created_at,
        coalesce(model.base_count, 0) > 0 AS is_derivative,
        architecture.moe_family AS family,
        architecture.expert_count,
        architecture.active_parameter_count,
        architecture.parameter_source
    FROM model
    JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE architecture.is_moe
        AND model.is_moe
        AND model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
),

derived AS (
    SELECT
        held.hub,
        held.family,
        count(DISTINCT held.member) FILTER (WHERE edge.relation = 'quantized') AS quantizations,
        count(DISTINCT held.member) FILTER (WHERE edge.relation = 'finetune') AS finetunes,
        count(DISTINCT held.member) FILTER (WHERE edge.relation = 'adapter') AS adapters,
        count(DISTINCT held.member) FILTER (WHERE edge.relation = 'merge') AS merges
    FROM held
    JOIN model_edge AS edge ON edge.hub = held.hub AND edge.child = held.member
    WHERE edge.parent <> edge.child
    GROUP BY held.hub, held.family
),

used AS (
    SELECT held.hub, held.family, count(DISTINCT model_use.repository) AS repositories
    FROM held
    JOIN model_use ON model_use.hub = held.hub AND model_use.model_resolved = held.member
    WHERE NOT model_use.is_copy AND NOT model_use.is_vendored AND NOT model_use.is_registry
    GROUP BY held.hub, held.family
),

counted AS (
    SELECT
        hub,
        family,
        count(*) AS models,
        count(*) FILTER (WHERE is_derivative) AS derivatives,
        count(expert_count) AS experts_known,
        count(active_parameter_count) AS active_known,
        count(active_parameter_count) FILTER (WHERE parameter_source = 'published') AS active_published,
        count(DISTINCT owner) AS owners,
        coalesce(sum(downloads), 0)::BIGINT AS downloads,
        min(created_at)::DATE AS first_model_on
    FROM held
    GROUP BY hub, family
)

SELECT
    counted.hub,
    counted.family AS moe_family,
    moe_family.title,
    moe_family.released,
    counted.models,
    counted.models - counted.derivatives AS originals,
    counted.derivatives,
    counted.experts_known,
    counted.active_known,
    counted.active_published,
    coalesce(derived.quantizations, 0) AS quantizations,
    coalesce(derived.finetunes, 0) AS finetunes,
    coalesce(derived.adapters, 0) AS adapters,
    coalesce(derived.merges, 0) AS merges,
    counted.owners,
    counted.downloads,
    CASE WHEN uses.is_collected THEN coalesce(used.repositories, 0) END AS repositories,
    counted.first_model_on
FROM counted
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN moe_family ON moe_family.name = counted.family
LEFT JOIN derived
    ON derived.hub = counted.hub AND derived.family IS NOT DISTINCT FROM counted.family
LEFT JOIN used ON used.hub = counted.hub AND used.family IS NOT DISTINCT FROM counted.family
ORDER BY counted.derivatives DESC, counted.downloads DESC, counted.hub, counted.family
LIMIT $top;
