-- Snapshots from before the bounds were published: what the models seen were created since.
SELECT
    sweep.* EXCLUDE ("window"),
    json_merge_patch(
        CASE
            WHEN sweep."window" IS NOT NULL THEN sweep."window"::JSON
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
