SELECT model.hub, model_alias.alias, model.name AS model, model_alias.observed_at, model_alias.source
FROM store.model_alias
JOIN store.named_model AS model ON model.id = model_alias.model_id
