SELECT hub, model, file.path, min(file.size_bytes) AS size_bytes, min(file.sha256) AS sha256
FROM (
    SELECT
        named.hub,
        named.name AS model,
        unnest(
            from_json(
                model.files, '[{"path": "VARCHAR", "size_bytes": "BIGINT", "sha256": "VARCHAR"}]'
            )
        ) AS file
    FROM store.model
    JOIN store.named_model AS named ON named.id = model.id
)
WHERE file.path IS NOT NULL
GROUP BY hub, model, file.path
