SELECT
    naming.*,
    fact_url(hub, model, source, model_card_revision, model_sha, model_card_url, model_tree_url) AS evidence_url
FROM plain.model_paper AS naming
