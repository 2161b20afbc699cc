SELECT site.*, model.name AS model_resolved
FROM store.placed_site AS site
LEFT JOIN store.model_use AS used
    ON used.repository_id = site.repository_id AND used.hub = site.hub AND used.model = site.model
LEFT JOIN store.named_model AS model ON model.id = used.model_id
