SELECT
    row_number() OVER () AS id,
    hub_key.id AS hub_id,
    alias.alias,
    dataset.id AS dataset_id,
    alias.observed_at
FROM published.dataset_alias AS alias
JOIN hub_key ON hub_key.name = alias.hub
JOIN dataset_key AS dataset ON dataset.hub = alias.hub AND dataset.name = alias.dataset
