SELECT
    id,
    command,
    to_json({'snapshot': snapshot_name()})::VARCHAR AS arguments,
    code_version,
    started_at,
    ended_at,
    -- one that never ended did not end here either
    CASE state WHEN 'running' THEN 'failed' ELSE state END AS state
FROM run_key
