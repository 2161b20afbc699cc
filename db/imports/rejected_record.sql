SELECT
    row_number() OVER () AS id,
    hub_key.id AS hub_id,
    rejected.subject,
    rejected.name,
    rejected.field,
    rejected.reason,
    rejected.detail,
    rejected.position
FROM published.rejected_record AS rejected
JOIN hub_key ON hub_key.name = rejected.hub
