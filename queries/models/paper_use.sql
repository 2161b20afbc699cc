-- title:     Papers that models name
-- question:  Which papers do most models name, and how long after the paper came the first model?
-- row:       one paper
-- counts:    models, each once, whichever sources and roles
-- params:    first_month DATE = '1991-01-01'   papers of earlier months are left out
--            top BIGINT = 50              rows returned
-- columns:   arxiv_id, published_on, models, first_model_on, last_model_on, months_to_first_model, url
-- reads:     model, model_paper, paper
-- known:     paper: published_on IS NOT NULL
-- caveats:   papers_cited, created_at_floor, dates_missing
-- since:     data-2026.12.0
SELECT
    paper.arxiv_id,
    paper.published_on,
    count(DISTINCT (model.hub, model.name)) AS models,
    min(model.created_at)::DATE AS first_model_on,
    max(model.created_at)::DATE AS last_model_on,
    datediff('month', paper.published_on, min(model.created_at)::DATE) AS months_to_first_model,
    paper.url
FROM paper
JOIN model_paper ON model_paper.arxiv_id = paper.arxiv_id
JOIN model ON model.hub = model_paper.hub AND model.name = model_paper.model
WHERE coalesce(paper.published_on >= $first_month, true)
GROUP BY paper.arxiv_id, paper.published_on, paper.url
ORDER BY models DESC, paper.arxiv_id
LIMIT $top;
