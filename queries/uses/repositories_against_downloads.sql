-- title:     Repositories against downloads
-- question:  Do the models that most repositories use have the most downloads?
-- row:       one hub
-- counts:    held models with downloads that at least min_repositories repositories use; copies and
--            vendored libraries left out
-- params:    min_repositories BIGINT = 1  fewest repositories of a model
-- columns:   hub, models, repositories, rank_correlation
-- reads:     model_use, model
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   search_is_partial, downloads_30_days, names_unresolved
-- since:     data-2026.12.0
WITH used AS (
    SELECT
        model_use.hub,
        model_use.model_resolved AS model,
        any_value(model.downloads) AS downloads,
        count(DISTINCT model_use.repository) AS repositories
    FROM model_use
    JOIN model ON model.hub = model_use.hub AND model.name = model_use.model_resolved
    WHERE model.downloads IS NOT NULL
        AND NOT model_use.is_copy
        AND NOT model_use.is_vendored AND NOT model_use.is_registry
    GROUP BY model_use.hub, model_use.model_resolved
),

-- equal values share the mean of their ranks, as Spearman's coefficient has it
ranked AS (
    SELECT
        hub,
        repositories,
        rank() OVER (PARTITION BY hub ORDER BY repositories)
        + (count(*) OVER (PARTITION BY hub, repositories) - 1) / 2.0 AS repository_rank,
        rank() OVER (PARTITION BY hub ORDER BY downloads)
        + (count(*) OVER (PARTITION BY hub, downloads) - 1) / 2.0 AS download_rank
    FROM used
    WHERE repositories >= $min_repositories
)

SELECT
    hub,
    count(*) AS models,
    sum(repositories)::BIGINT AS repositories,
    CASE
        WHEN var_pop(repository_rank) > 0 AND var_pop(download_rank) > 0
            THEN round(corr(repository_rank, download_rank), 4)
    END AS rank_correlation
FROM ranked
GROUP BY hub
ORDER BY models DESC, hub;
