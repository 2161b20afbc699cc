-- Keys that a source has no answer for are not there.
WITH judged AS (
    SELECT
        model_id,
        source,
        method,
        is_moe,
        from_json(
            evidence,
            '[{"source": "VARCHAR", "method": "VARCHAR", "is_moe": "BOOLEAN", "moe_family": "VARCHAR",
            "model_type": "VARCHAR", "expert_count": "BIGINT", "experts_per_token": "BIGINT",
            "shared_expert_count": "BIGINT", "granularity": "DOUBLE", "router": "VARCHAR", "parameter_count": "BIGINT",
            "active_parameter_count": "BIGINT", "active_parameter_count_no_embedding": "BIGINT",
            "is_weak": "BOOLEAN", "reasons": ["VARCHAR"], "state": "VARCHAR", "read_in": "VARCHAR",
            "confidence": "DOUBLE"}]'
        ) AS answers
    FROM store.model_architecture
    WHERE nullif(evidence, 'null') IS NOT NULL
),

answered AS (
    SELECT
        * EXCLUDE (answers),
        unnest(answers) AS said,
        generate_subscripts(answers, 1) - 1 AS position
    FROM judged
)

SELECT
    named.hub,
    named.name AS model,
    answered.position,
    said.source,
    said.method,
    said.is_moe,
    said.moe_family,
    said.model_type,
    said.expert_count,
    said.experts_per_token,
    said.shared_expert_count,
    said.granularity,
    said.router,
    said.parameter_count,
    said.active_parameter_count,
    said.active_parameter_count_no_embedding,
    coalesce(said.is_weak, false) AS is_weak,
    said.is_moe IS NOT NULL
    AND answered.position = min(answered.position) FILTER (
        WHERE said.source = answered.source AND said.method = answered.method AND said.is_moe = answered.is_moe
    ) OVER (PARTITION BY answered.model_id) AS is_chosen,
    CASE WHEN said.is_moe IS NOT NULL THEN said.confidence END AS confidence,
    said.state,
    said.reasons,
    said.read_in,
    fact_url(
        named.hub, named.name, CASE said.source WHEN 'card-rule' THEN 'card' ELSE said.source END,
        named.card_revision, named.sha, named.card_url, named.tree_url
    ) AS evidence_url
FROM answered
JOIN store.named_model AS named ON named.id = answered.model_id
