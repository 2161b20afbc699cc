SELECT
    model.hub,
    model.name AS model,
    paper.arxiv_id,
    naming.role,
    naming.source,
    naming.is_chosen,
    naming.blob_sha,
    naming.span_start,
    naming.span_end,
    fact_url(
        model.hub, model.name, naming.source, model.card_revision, model.sha, model.card_url, model.tree_url
    ) AS evidence_url
FROM store.model_paper AS naming
JOIN store.named_model AS model ON model.id = naming.model_id
JOIN store.paper ON paper.id = naming.paper_id
