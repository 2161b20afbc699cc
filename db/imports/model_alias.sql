SELECT
    row_number() OVER () AS id,
    hub_key.id AS hub_id,
    alias.alias,
    model.id AS model_id,
    alias.observed_at,
    alias.source
FROM published.model_alias AS alias
JOIN hub_key ON hub_key.name = alias.hub
JOIN model_key AS model ON model.hub = alias.hub AND model.name = alias.model
