-- title:     Growth by domain
-- question:  How many models appeared in each domain in each month (PeaTMOSS, figure 10)?
-- row:       one month and domain of a hub; null: no task, or one that the list does not have
-- counts:    models that are present, once, in the month of their first commit, or of their creation where
--            that is earlier or no history was fetched; the floor of createdAt is no date. The study counts
--            every commit, so a model is there as often as it was changed. Parameters are those of
--            configs, weights and names; model_sizes draws them
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            first_day DATE = '2000-01-01'   models that appeared before it are left out
-- columns:   hub, month, domain, models, with_parameter_count, median_parameter_count, p90_parameter_count
-- reads:     model, model_architecture
-- known:     model: created_at > TIMESTAMP '2022-03-02 23:29:05' OR
--            (hub, name) IN (SELECT (hub, model) FROM model_commit WHERE title IS NOT NULL)
-- caveats:   created_at_floor, dates_missing, history_not_fetched, declared_only, tags_by_hub
-- since:     data-2026.12.0
-- picture:   series
--            along month                                 month of the first commit or creation
--            show models log                             models (powers of ten)
--            color domain                                domain: NLP | computer vision | audio | multimodal | other
--            mark 2020-06-01, 2021-05-01, 2021-07-01, 2022-04-01, 2022-07-01, 2022-11-01, 2023-02-01, 2023-03-01   releases that the study marks: GPT-3 | LaMDA | Codex | PaLM | BLOOM | GPT-3.5 | LLaMA | GPT-4
WITH dated AS (
    SELECT
        model.hub,
        model.name,
        model.domain,
        least(
            model.first_commit_at,
            CASE WHEN model.created_at > TIMESTAMP '2022-03-02 23:29:05' THEN model.created_at END
        ) AS published_at
    FROM model
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
)

SELECT
    dated.hub,
    date_trunc('month', dated.published_at)::DATE AS month,
    dated.domain,
    count(*) AS models,
    count(architecture.parameter_count) AS with_parameter_count,
    quantile_cont(architecture.parameter_count, 0.5)::BIGINT AS median_parameter_count,
    quantile_cont(architecture.parameter_count, 0.9)::BIGINT AS p90_parameter_count
FROM dated
LEFT JOIN model_architecture AS architecture
    ON architecture.hub = dated.hub AND architecture.model = dated.name
WHERE dated.published_at >= $first_day
GROUP BY dated.hub, month, dated.domain
ORDER BY dated.hub, month, dated.domain;
