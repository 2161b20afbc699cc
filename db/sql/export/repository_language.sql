SELECT
    name AS repository,
    unnest(json_keys(languages)) AS language,
    CAST(json_extract_string(languages, '$."' || language || '"') AS BIGINT) AS size_bytes
FROM store.repository
WHERE json_type(languages) = 'OBJECT'
