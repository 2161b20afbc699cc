SELECT
    key.id,
    hub_key.id AS hub_id,
    dataset.uid,
    dataset.name,
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
    as_json(tag.tags) AS tags,
    dataset.observed_at,
    seed_run() AS run_id
FROM published.dataset
JOIN dataset_key AS key ON key.hub = dataset.hub AND key.name = dataset.name
JOIN hub_key ON hub_key.name = dataset.hub
LEFT JOIN (
    SELECT hub, dataset, list(tag ORDER BY tag) AS tags
    FROM published.dataset_tag
    GROUP BY hub, dataset
) AS tag ON tag.hub = dataset.hub AND tag.dataset = dataset.name
