SELECT
    hub.name AS hub,
    rejected.subject,
    rejected.name,
    rejected.field,
    rejected.reason,
    rejected.detail,
    rejected.position
FROM store.rejected_record AS rejected
JOIN store.hub ON hub.id = rejected.hub_id
