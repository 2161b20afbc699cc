SELECT
    row_number() OVER () AS id,
    model.id AS model_id,
    link.repository_declared AS repository,
    link.source,
    link.blob_sha,
    link.span_start,
    link.span_end
FROM published.model_repository AS link
JOIN model_key AS model ON model.hub = link.hub AND model.name = link.model
