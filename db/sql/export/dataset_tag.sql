SELECT DISTINCT hub, dataset, tag
FROM (
    SELECT named.hub, named.name AS dataset, unnest(from_json(dataset.tags, '["VARCHAR"]')) AS tag
    FROM store.dataset
    JOIN store.named_dataset AS named ON named.id = dataset.id
)
WHERE tag IS NOT NULL
