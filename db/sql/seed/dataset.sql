SELECT dataset.*, as_json(tag.tags) AS tags
FROM plain.dataset
LEFT JOIN (
    SELECT hub, dataset, list(tag ORDER BY tag) AS tags
    FROM published.dataset_tag
    GROUP BY hub, dataset
) AS tag ON tag.hub = dataset.hub AND tag.dataset = dataset.name
