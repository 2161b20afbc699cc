SELECT
    hub.name AS hub,
    dataset.name,
    dataset.uid,
    dataset.state,
    dataset.created_at,
    dataset.last_modified_at,
    dataset.sha,
    dataset.downloads,
    dataset.likes,
    dataset.gated,
    dataset.license,
    dataset.size_category,
    dataset.used_storage_bytes,
    dataset.observed_at,
    tree_url(hub.name, 'datasets/' || dataset.name, dataset.sha) AS evidence_url
FROM store.dataset
JOIN store.hub ON hub.id = dataset.hub_id
