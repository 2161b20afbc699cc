SELECT key.id, hub_key.id AS hub_id, key.name
FROM owner_key AS key
JOIN hub_key ON hub_key.name = key.hub
