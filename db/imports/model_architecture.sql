-- A part at a time, as models. Rows whose is_unsure is null were never judged: the hub's record
-- says all that is known. Columns that the export fills up from the record stand here as well. Of
-- models that were judged without finding anything there may be evidence alone.
WITH said AS (
    SELECT
        model,
        '[' || string_agg(
            json_merge_patch('{}'::JSON, to_json({
                'source': source, 'method': method, 'is_moe': is_moe, 'moe_family': moe_family,
                'model_type': model_type, 'expert_count': expert_count,
                'experts_per_token': experts_per_token, 'shared_expert_count': shared_expert_count,
                'granularity': granularity,
                'router': router, 'parameter_count': parameter_count,
                'active_parameter_count': active_parameter_count,
                'active_parameter_count_no_embedding': active_parameter_count_no_embedding,
                'is_weak': is_weak, 'reasons': reasons, 'state': state, 'read_in': read_in,
                'confidence': confidence
            }))::VARCHAR,
            ',' ORDER BY position
        ) || ']' AS evidence,
        coalesce(bool_or(len(reasons) > 0), false) AS has_reasons
    FROM published.architecture_evidence
    WHERE hub = $hub AND model BETWEEN $low AND $high
    GROUP BY model
),

card AS (
    SELECT model, blob_sha FROM published.model_card
    WHERE hub = $hub AND model BETWEEN $low AND $high AND state = 'fetched'
),

config AS (
    SELECT model, blob_sha FROM published.model_config
    WHERE hub = $hub AND model BETWEEN $low AND $high
),

base AS (
    SELECT edge.child AS model, count(DISTINCT parent.id) AS base_count
    FROM published.model_edge_statement AS edge
    JOIN model_key AS parent ON parent.hub = edge.hub AND parent.name = edge.parent
    WHERE edge.hub = $hub AND edge.child BETWEEN $low AND $high AND edge.is_chosen
        AND edge.child <> edge.parent
    GROUP BY edge.child
)

SELECT
    model.id AS model_id,
    coalesce(rules_of_architecture(), seeded_digest()) AS version,
    seeded_digest() AS record_digest,
    config.blob_sha AS config_sha,
    card.blob_sha AS card_sha,
    coalesce(base.base_count, 0) AS base_count,
    made.is_moe,
    made.moe_family,
    made.model_type,
    made.architecture,
    made.expert_count,
    made.experts_per_token,
    made.shared_expert_count,
    made.granularity,
    made.parameter_count,
    made.active_parameter_count,
    made.active_parameter_count_no_embedding,
    made.parameter_source,
    made.parameter_check,
    made.router,
    CASE WHEN made.is_moe IS NOT NULL THEN made.source END AS source,
    made.method,
    coalesce(made.confidence, 0) AS confidence,
    coalesce(made.is_unsure, said.has_reasons) AS is_unsure,
    as_json(nullif(made.reasons, [])) AS reasons,
    as_json(nullif(made.conflicts, [])) AS conflicts,
    said.evidence,
    seed_run() AS run_id
FROM (FROM model_key WHERE hub = $hub AND name BETWEEN $low AND $high) AS model
LEFT JOIN (
    FROM published.model_architecture WHERE hub = $hub AND model BETWEEN $low AND $high
) AS made ON made.model = model.name
LEFT JOIN said ON said.model = model.name
LEFT JOIN card ON card.model = model.name
LEFT JOIN config ON config.model = model.name
LEFT JOIN base ON base.model = model.name
WHERE made.is_unsure IS NOT NULL OR said.model IS NOT NULL
