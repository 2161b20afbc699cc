-- A sweep belongs to the crawl that made it: the last that began before its first answer.
SELECT
    sweep.id,
    sweep.name,
    sweep.started_at,
    sweep.ended_at,
    0 AS batch_count,
    sweep.record_count,
    true AS is_complete,
    crawl_before(sweep.ended_at) AS run_id
FROM repository_sweep_key AS sweep
