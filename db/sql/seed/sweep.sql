SELECT
    sweep.*,
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
    )::VARCHAR AS "window"
FROM plain.sweep
LEFT JOIN seen_since ON seen_since.hub = sweep.hub
