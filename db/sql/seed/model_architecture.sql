-- A part at a time, as models. Rows whose is_unsure is null were never judged: the hub's record
-- says all that is known. Columns that the export fills up from the record stand here as well. Of
-- models that were judged without finding anything there may be evidence alone.
WITH stated AS (
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
    chosen.* EXCLUDE (model_id, source, confidence, is_unsure, reasons, conflicts, run_id),
    coalesce(rules_of_architecture(), seeded_digest()) AS version,
    seeded_digest() AS record_digest,
    config.blob_sha AS config_sha,
    card.blob_sha AS card_sha,
    coalesce(base.base_count, 0) AS base_count,
    CASE WHEN chosen.is_moe IS NOT NULL THEN chosen.source END AS source,
    coalesce(chosen.confidence, 0) AS confidence,
    coalesce(chosen.is_unsure, stated.has_reasons) AS is_unsure,
    nullif(chosen.reasons, '[]') AS reasons,
    nullif(chosen.conflicts, '[]') AS conflicts,
    stated.evidence,
    seed_run() AS run_id
FROM (FROM model_key WHERE hub = $hub AND name BETWEEN $low AND $high) AS model
LEFT JOIN (
    FROM plain.model_architecture WHERE hub = $hub AND model BETWEEN $low AND $high
) AS chosen ON chosen.model = model.name
LEFT JOIN stated ON stated.model = model.name
LEFT JOIN card ON card.model = model.name
LEFT JOIN config ON config.model = model.name
LEFT JOIN base ON base.model = model.name
WHERE chosen.is_unsure IS NOT NULL OR stated.model IS NOT NULL
