SELECT DISTINCT hub, model, tag
FROM (
    SELECT named.hub, named.name AS model, unnest(from_json(model.tags, '["VARCHAR"]')) AS tag
    FROM store.model
    JOIN store.named_model AS named ON named.id = model.id
)
WHERE tag IS NOT NULL
