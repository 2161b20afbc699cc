SELECT hub.name AS hub, owner.name
FROM store.owner
JOIN store.hub ON hub.id = owner.hub_id
