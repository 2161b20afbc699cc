SELECT
    sweep.name,
    hub.name AS hub,
    sweep.subject,
    sweep.kind,
    sweep.started_at,
    sweep.ended_at,
    sweep.page_count,
    sweep.record_count,
    sweep.rejected_count,
    sweep.is_complete
FROM store.sweep
JOIN store.hub ON hub.id = sweep.hub_id
