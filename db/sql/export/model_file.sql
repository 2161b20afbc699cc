-- Of several entries of one path the smallest stands.
WITH listed AS (
    SELECT
        hub,
        model,
        list_sort(
            from_json(files, '[{"path": "VARCHAR", "size_bytes": "BIGINT", "sha256": "VARCHAR"}]'),
            'ASC',
            'NULLS LAST'
        ) AS files
    FROM store.listed_model
)

SELECT hub, model, file.path, file.size_bytes, file.sha256
FROM (
    SELECT
        hub,
        model,
        unnest(
            list_filter(
                files,
                lambda file, place: file.path IS NOT NULL
                    AND (place = 1 OR file.path <> files[place - 1].path)
            )
        ) AS file
    FROM listed
)
