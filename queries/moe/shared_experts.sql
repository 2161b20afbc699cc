-- title:     Experts that are always on, by quarter
-- question:  Did new MoE models take up shared experts after DeepSeekMoE described them in January 2024?
-- row:       one quarter
-- counts:    MoE models that are present, by date of creation; share and families are of those of which the
--            number of shared experts is known
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            originals_only BOOLEAN = true   leave out models that name a base
-- columns:   hub, quarter, is_after_paper, moe, known, with_shared, shared_share, families, families_with_shared, owners_with_shared, first_with_shared_on
-- reads:     model, model_architecture
-- known:     model_architecture: is_moe IS DISTINCT FROM true OR shared_expert_count IS NOT NULL
-- coverage:  kind, shared, family
-- caveats:   created_at_floor, dates_missing, declared_only
-- since:     data-2026.12.0
-- picture:   series
--            along quarter                               quarter of creation
--            show shared_share of known                  MoE models with shared experts, share of those known
--            show known in moe                           MoE models whose number of shared experts is known: known | not known
--            show moe log                                MoE models, known or not (powers of ten)
--            show families_with_shared, families         families seen in the quarter: with shared experts | all
--            mark 2024-01-01                             DeepSeekMoE, January 2024
SELECT
    model.hub,
    date_trunc('quarter', model.created_at)::DATE AS quarter,
    date_trunc('quarter', model.created_at) >= DATE '2024-01-01' AS is_after_paper,
    count(*) AS moe,
    count(architecture.shared_expert_count) AS known,
    count(*) FILTER (WHERE architecture.shared_expert_count > 0) AS with_shared,
    round(
        count(*) FILTER (WHERE architecture.shared_expert_count > 0)
        / nullif(count(architecture.shared_expert_count), 0),
        4
    )::DOUBLE AS shared_share,
    count(DISTINCT architecture.moe_family) FILTER (WHERE architecture.shared_expert_count IS NOT NULL)
        AS families,
    count(DISTINCT architecture.moe_family) FILTER (WHERE architecture.shared_expert_count > 0)
        AS families_with_shared,
    count(DISTINCT model.owner) FILTER (WHERE architecture.shared_expert_count > 0) AS owners_with_shared,
    min(model.created_at) FILTER (WHERE architecture.shared_expert_count > 0)::DATE AS first_with_shared_on
FROM model
JOIN model_architecture AS architecture
    ON architecture.hub = model.hub AND architecture.model = model.name
WHERE architecture.is_moe
    AND model.is_moe
    AND model.state = 'present'
    AND coalesce(model.downloads, 0) >= $min_downloads
    AND (NOT $originals_only OR coalesce(model.base_count, 0) = 0)
GROUP BY model.hub, quarter, is_after_paper
ORDER BY model.hub, quarter NULLS LAST;
