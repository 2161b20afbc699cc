SELECT
    row_number() OVER () AS id,
    model.id AS model_id,
    event.kind,
    event.old_value,
    event.new_value,
    event.observed_at,
    sweep.id AS sweep_id
FROM published.model_event AS event
JOIN model_key AS model ON model.hub = event.hub AND model.name = event.model
LEFT JOIN sweep_key AS sweep ON sweep.name = event.sweep
