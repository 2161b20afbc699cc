SELECT
    key.id,
    sweep.name,
    hub_key.id AS hub_id,
    sweep.subject,
    sweep.kind,
    json_merge_patch(
        CASE
            WHEN sweep.subject = 'model' AND sweep.kind IN ('full', 'light') AND seen_since.since >= hub_floor()
                THEN to_json({'since': seen_since.since::VARCHAR})
            ELSE '{}'::JSON
        END,
        CASE
            WHEN sweep.kind = 'seed'
                THEN to_json(
                    {'seed': {'name': snapshot_name(), 'date': sweep.started_at::VARCHAR, 'lacks': []::VARCHAR[]}}
                )
            ELSE '{}'::JSON
        END
    )::VARCHAR AS "window",
    sweep.started_at,
    sweep.ended_at,
    sweep.page_count,
    sweep.record_count,
    sweep.rejected_count,
    sweep.is_complete,
    seed_run() AS run_id
FROM published.sweep
JOIN sweep_key AS key ON key.name = sweep.name
JOIN hub_key ON hub_key.name = sweep.hub
LEFT JOIN seen_since ON seen_since.hub = sweep.hub
