SELECT
    model.hub,
    model.name AS model,
    model_event.kind,
    model_event.old_value,
    model_event.new_value,
    model_event.observed_at,
    sweep.name AS sweep
FROM store.model_event
JOIN store.named_model AS model ON model.id = model_event.model_id
LEFT JOIN store.sweep ON sweep.id = model_event.sweep_id
