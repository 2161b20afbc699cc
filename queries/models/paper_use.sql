-- title:     Papers that models name
-- question:  Which papers do most models name, and how long after the paper came the first model?
-- row:       one paper; its title where a card gives it beside the paper's number, or traced_paper has it
-- counts:    models, each once, whichever sources and roles. The paper on emissions that the template of cards
--            names is left out: nobody chose to name it
-- params:    first_month DATE = '1991-01-01'   papers of earlier months are left out
--            top BIGINT = 50              rows returned
-- columns:   arxiv_id, title, published_on, models, first_model_on, last_model_on, months_to_first_model, url
-- reads:     extracted_field, model, model_paper, paper, traced_paper
-- known:     paper: published_on IS NOT NULL
-- caveats:   papers_cited, created_at_floor, dates_missing
-- since:     data-2026.12.0
WITH titled AS (
    SELECT value_text AS arxiv_id, mode(qualifiers ->> 'title' ORDER BY hub, model) AS title
    FROM extracted_field
    WHERE field = 'paper' AND qualifiers ->> 'title' IS NOT NULL
    GROUP BY value_text
)

SELECT
    paper.arxiv_id,
    coalesce(any_value(titled.title), any_value(traced_paper.title)) AS title,
    paper.published_on,
    count(DISTINCT (model.hub, model.name)) AS models,
    min(model.created_at)::DATE AS first_model_on,
    max(model.created_at)::DATE AS last_model_on,
    datediff('month', paper.published_on, min(model.created_at)::DATE) AS months_to_first_model,
    paper.url
FROM paper
JOIN model_paper ON model_paper.arxiv_id = paper.arxiv_id
JOIN model ON model.hub = model_paper.hub AND model.name = model_paper.model
LEFT JOIN titled ON titled.arxiv_id = paper.arxiv_id
LEFT JOIN traced_paper ON traced_paper.arxiv_id = paper.arxiv_id
WHERE coalesce(paper.published_on >= $first_month, true)
    AND paper.arxiv_id <> '1910.09700'
GROUP BY paper.arxiv_id, paper.published_on, paper.url
ORDER BY models DESC, paper.arxiv_id
LIMIT $top;
