-- title:     Sources that contradict each other over experts
-- question:  For which models do config, GGUF, tags, base, name and card not agree on experts or size?
-- row:       one statement of a source that differs from what was chosen
-- counts:    models that are MoE, or that a source calls so: an answer of experts or none, a number of experts,
--            or a number of parameters that is more than a fifth away; weights that hold fewer or far more than
--            the config says; what a source does not tell differs from nothing
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 200             rows returned, most downloaded first
-- columns:   hub, model, downloads, about, chosen_source, chosen, said_by, said_method, said, is_weak, evidence_url
-- reads:     architecture_evidence, model, model_architecture
-- known:     model_architecture: is_moe IS NOT NULL
-- coverage:  kind
-- caveats:   declared_only, tags_by_hub, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along about                                 what they disagree about
--            show rows                                   statements of a source that differ from what was chosen
--            color said_by                               source that says otherwise
WITH pair AS (
    SELECT
        said.hub,
        said.model,
        said.source AS said_by,
        said.method AS said_method,
        said.is_weak,
        said.evidence_url,
        unnest([
            {
                'about': 'experts or none',
                'chosen': CASE WHEN chosen.is_moe THEN 'experts' ELSE 'none' END,
                'said': CASE WHEN said.is_moe THEN 'experts' ELSE 'none' END,
                'differs': said.is_moe <> chosen.is_moe
            },
            {
                'about': 'experts',
                'chosen': chosen.expert_count::VARCHAR,
                'said': said.expert_count::VARCHAR,
                'differs': said.is_moe AND said.expert_count <> chosen.expert_count
            },
            {
                'about': 'experts per token',
                'chosen': chosen.experts_per_token::VARCHAR,
                'said': said.experts_per_token::VARCHAR,
                'differs': said.is_moe AND said.experts_per_token <> chosen.experts_per_token
            },
            {
                'about': 'shared experts',
                'chosen': chosen.shared_expert_count::VARCHAR,
                'said': said.shared_expert_count::VARCHAR,
                'differs': said.is_moe AND said.shared_expert_count <> chosen.shared_expert_count
            },
            {
                'about': 'parameters',
                'chosen': chosen.parameter_count::VARCHAR,
                'said': said.parameter_count::VARCHAR,
                'differs': abs(said.parameter_count / nullif(chosen.parameter_count, 0) - 1) > 0.2
            },
            {
                'about': 'active parameters',
                'chosen': chosen.active_parameter_count::VARCHAR,
                'said': said.active_parameter_count::VARCHAR,
                'differs': abs(
                    said.active_parameter_count / nullif(chosen.active_parameter_count, 0) - 1
                ) > 0.2
            }
        ]) AS one
    FROM architecture_evidence AS said
    JOIN model_architecture AS chosen ON chosen.hub = said.hub AND chosen.model = said.model
    WHERE chosen.is_moe IS NOT NULL
        AND (chosen.is_moe OR said.is_moe)
        AND NOT said.is_chosen
        AND (
            said.is_moe <> chosen.is_moe
            OR (
                said.is_moe
                AND (
                    said.expert_count <> chosen.expert_count
                    OR said.experts_per_token <> chosen.experts_per_token
                    OR said.shared_expert_count <> chosen.shared_expert_count
                )
            )
            OR abs(said.parameter_count / nullif(chosen.parameter_count, 0) - 1) > 0.2
            OR abs(said.active_parameter_count / nullif(chosen.active_parameter_count, 0) - 1) > 0.2
        )
),

differing AS (
    SELECT hub, model, one.about, one.chosen, said_by, said_method, one.said, is_weak, evidence_url
    FROM pair
    WHERE one.differs
    UNION ALL
    SELECT
        hub, model, 'parameters', parameter_count::VARCHAR, 'safetensors', 'weights', parameter_check, false, NULL
    FROM model_architecture
    WHERE is_moe AND parameter_check IN ('disagrees', 'fewer in the weights')
),

-- the best source that states the number chosen
stated AS (
    SELECT
        chosen.hub,
        chosen.model,
        any_value(chosen.source) AS kind,
        any_value(chosen.parameter_source) AS parameters,
        arg_min(said.source, said.position) FILTER (
            WHERE said.active_parameter_count = chosen.active_parameter_count
        ) AS active,
        arg_min(said.source, said.position) FILTER (WHERE said.expert_count = chosen.expert_count) AS experts,
        arg_min(said.source, said.position) FILTER (
            WHERE said.experts_per_token = chosen.experts_per_token
        ) AS used,
        arg_min(said.source, said.position) FILTER (
            WHERE said.shared_expert_count = chosen.shared_expert_count
        ) AS shared
    FROM model_architecture AS chosen
    SEMI JOIN differing ON differing.hub = chosen.hub AND differing.model = chosen.model
    LEFT JOIN architecture_evidence AS said ON said.hub = chosen.hub AND said.model = chosen.model
    GROUP BY chosen.hub, chosen.model
)

SELECT
    differing.hub,
    differing.model,
    model.downloads,
    differing.about,
    CASE differing.about
        WHEN 'experts or none' THEN stated.kind
        WHEN 'experts' THEN stated.experts
        WHEN 'experts per token' THEN stated.used
        WHEN 'shared experts' THEN stated.shared
        WHEN 'parameters' THEN stated.parameters
        ELSE coalesce(stated.active, stated.parameters)
    END AS chosen_source,
    differing.chosen,
    differing.said_by,
    differing.said_method,
    differing.said,
    differing.is_weak,
    differing.evidence_url
FROM differing
JOIN stated ON stated.hub = differing.hub AND stated.model = differing.model
JOIN model ON model.hub = differing.hub AND model.name = differing.model
WHERE coalesce(model.downloads, 0) >= $min_downloads
ORDER BY
    model.downloads DESC NULLS LAST, differing.hub, differing.model, differing.about, differing.said_by,
    differing.said_method
LIMIT $top;
