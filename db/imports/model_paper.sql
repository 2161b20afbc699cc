SELECT
    row_number() OVER () AS id,
    model.id AS model_id,
    paper.id AS paper_id,
    naming.role,
    naming.source,
    naming.is_chosen,
    naming.blob_sha,
    naming.span_start,
    naming.span_end
FROM published.model_paper AS naming
JOIN model_key AS model ON model.hub = naming.hub AND model.name = naming.model
JOIN paper_key AS paper ON paper.arxiv_id = naming.arxiv_id
