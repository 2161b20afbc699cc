-- title:     Owners of mixtures of experts
-- question:  Who publishes MoE models, their own and derivatives of others'?
-- row:       one owner with at least one MoE model
-- counts:    models that are present; moe_share is of those known to be MoE or dense; known families of its
--            MoE models
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 100             rows returned
-- columns:   hub, owner, models, known, moe, moe_share, moe_originals, moe_derivatives, families, moe_downloads, first_moe_on
-- reads:     model, model_architecture
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind, family
-- caveats:   downloads_30_days, declared_only, created_at_floor
-- since:     data-2026.12.0
-- picture:   ranking
--            along owner                                 owner
--            show moe_originals + moe_derivatives        MoE models: originals | derivatives
--            show moe_share of known                     MoE, share of the models known
--            show known in models                        known to be MoE or dense, of all models: known | not known
--            show moe_downloads                          downloads of MoE models in 30 days
WITH whole AS (
    SELECT
        hub,
        owner,
        count(*) AS models,
        count(is_moe) AS known,
        count(*) FILTER (WHERE is_moe) AS moe,
        count(*) FILTER (WHERE is_moe AND coalesce(base_count, 0) = 0) AS moe_originals,
        count(*) FILTER (WHERE is_moe AND base_count > 0) AS moe_derivatives,
        coalesce(sum(downloads) FILTER (WHERE is_moe), 0)::BIGINT AS moe_downloads,
        min(created_at) FILTER (WHERE is_moe)::DATE AS first_moe_on
    FROM model
    WHERE state = 'present'
        AND coalesce(downloads, 0) >= $min_downloads
    GROUP BY hub, owner
    HAVING count(*) FILTER (WHERE is_moe) > 0
),

family AS (
    SELECT model.hub, model.owner, count(DISTINCT architecture.moe_family) AS families
    FROM model
    JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE model.is_moe
        AND architecture.is_moe
        AND model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY model.hub, model.owner
)

SELECT
    whole.hub,
    whole.owner,
    whole.models,
    whole.known,
    whole.moe,
    round(whole.moe / nullif(whole.known, 0), 4)::DOUBLE AS moe_share,
    whole.moe_originals,
    whole.moe_derivatives,
    family.families,
    whole.moe_downloads,
    whole.first_moe_on
FROM whole
JOIN family ON family.hub = whole.hub AND family.owner IS NOT DISTINCT FROM whole.owner
ORDER BY whole.moe DESC, whole.moe_downloads DESC, whole.hub, whole.owner
LIMIT $top;
