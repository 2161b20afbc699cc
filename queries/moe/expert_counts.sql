-- title:     Numbers of experts by quarter
-- question:  How many experts do new MoE models have, how many does a token use, and how fine are they?
-- row:       one quarter and one setting of experts; nulls: not known
-- counts:    MoE models that are present, and those whose number of experts is known; used_share is the part
--            of the routed experts that a token uses; granularity is four times the hidden size by the width
--            of one expert: 1 is as coarse as a dense block, the larger, the finer
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            originals_only BOOLEAN = true   leave out models that name a base
-- columns:   hub, quarter, expert_count, experts_per_token, shared_expert_count, granularity, used_share, models, known, owners, downloads
-- reads:     model, model_architecture
-- known:     model_architecture: is_moe IS DISTINCT FROM true OR expert_count IS NOT NULL
-- coverage:  kind, experts, used, shared, granularity
-- caveats:   created_at_floor, dates_missing, downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   series
--            along quarter                               quarter of creation
--            show expert_count by models log             routed experts of a layer (powers of ten)
--            show experts_per_token by models            experts that a token uses
--            show used_share by models                   share of the routed experts that a token uses
--            show granularity by models                  granularity: 1 is as coarse as a dense block, the larger, the finer
--            show known in models                        MoE models whose number of experts is known: known | not known
SELECT
    model.hub,
    date_trunc('quarter', model.created_at)::DATE AS quarter,
    architecture.expert_count,
    architecture.experts_per_token,
    architecture.shared_expert_count,
    architecture.granularity,
    round(architecture.experts_per_token / nullif(architecture.expert_count, 0), 4)::DOUBLE AS used_share,
    count(*) AS models,
    count(architecture.expert_count) AS known,
    count(DISTINCT model.owner) AS owners,
    coalesce(sum(model.downloads), 0)::BIGINT AS downloads
FROM model
JOIN model_architecture AS architecture
    ON architecture.hub = model.hub AND architecture.model = model.name
WHERE architecture.is_moe
    AND model.is_moe
    AND model.state = 'present'
    AND coalesce(model.downloads, 0) >= $min_downloads
    AND (NOT $originals_only OR coalesce(model.base_count, 0) = 0)
GROUP BY
    model.hub, quarter, architecture.expert_count, architecture.experts_per_token,
    architecture.shared_expert_count, architecture.granularity
ORDER BY
    model.hub, quarter NULLS LAST, models DESC, architecture.expert_count, architecture.experts_per_token,
    architecture.shared_expert_count, architecture.granularity;
