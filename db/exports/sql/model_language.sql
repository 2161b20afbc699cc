SELECT DISTINCT hub, model, language
FROM (
    SELECT
        named.hub,
        named.name AS model,
        unnest(from_json(model.languages, '["VARCHAR"]')) AS language
    FROM store.model
    JOIN store.named_model AS named ON named.id = model.id
)
WHERE language IS NOT NULL
