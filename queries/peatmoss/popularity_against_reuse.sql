-- title:     Popularity against reuse
-- question:  Do popular models have more repositories that use them, and more popular ones (PeaTMOSS, I1)?
-- row:       one measure of popularity and one of reuse: Spearman's coefficient over the models of a hub
-- counts:    models that are present and have both numbers; repositories that load them, copies and
--            vendored libraries left out, and the sum of their stars. The demo lists 100 models and
--            leaves the coefficient to the reader; its links are Python literals of 2023, these are
--            names in any language, configuration or command, as the last scan found them
-- params:    with_unused BOOLEAN = false  models that no repository uses too, as 0
-- columns:   hub, popularity, reuse, models, rank_correlation
-- reads:     model, model_use, repository
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   search_is_partial, downloads_30_days, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along popularity                            popularity of the model
--            show rank_correlation                       rank correlation with its reuse
--            facet reuse                                 reuse
WITH used AS (
    SELECT DISTINCT model_use.hub, model_use.model_resolved AS model, repository.name, repository.stars
    FROM model_use
    JOIN repository ON repository.name = model_use.repository
    WHERE model_use.model_resolved IS NOT NULL
        AND NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
),

loaded AS (
    SELECT hub, model, count(*) AS repositories, sum(stars)::BIGINT AS stars
    FROM used
    GROUP BY hub, model
),

measured AS (
    SELECT
        model.hub,
        model.name,
        model.downloads,
        model.downloads_all_time,
        model.likes,
        coalesce(loaded.repositories, 0) AS repositories,
        CASE WHEN loaded.model IS NULL THEN 0 ELSE loaded.stars END AS stars
    FROM model
    LEFT JOIN loaded ON loaded.hub = model.hub AND loaded.model = model.name
    WHERE model.state = 'present'
        AND ($with_unused OR loaded.model IS NOT NULL)
),

popular AS (
    SELECT hub, name, 'downloads of 30 days' AS popularity, downloads AS amount FROM measured
    UNION ALL
    SELECT hub, name, 'downloads of all time', downloads_all_time FROM measured
    UNION ALL
    SELECT hub, name, 'likes', likes FROM measured
),

reused AS (
    SELECT hub, name, 'repositories' AS reuse, repositories AS amount FROM measured
    UNION ALL
    SELECT hub, name, 'stars of repositories', stars FROM measured
),

pair AS (
    SELECT
        popular.hub,
        popular.popularity,
        reused.reuse,
        popular.amount AS popularity_amount,
        reused.amount AS reuse_amount
    FROM popular
    JOIN reused ON reused.hub = popular.hub AND reused.name = popular.name
    WHERE popular.amount IS NOT NULL
        AND reused.amount IS NOT NULL
),

-- equal values share the mean of their ranks, as Spearman's coefficient has it
ranked AS (
    SELECT
        hub,
        popularity,
        reuse,
        rank() OVER (PARTITION BY hub, popularity, reuse ORDER BY popularity_amount)
        + (count(*) OVER (PARTITION BY hub, popularity, reuse, popularity_amount) - 1) / 2.0
            AS popularity_rank,
        rank() OVER (PARTITION BY hub, popularity, reuse ORDER BY reuse_amount)
        + (count(*) OVER (PARTITION BY hub, popularity, reuse, reuse_amount) - 1) / 2.0 AS reuse_rank
    FROM pair
)

SELECT
    hub,
    popularity,
    reuse,
    count(*) AS models,
    CASE
        WHEN var_pop(popularity_rank) > 0 AND var_pop(reuse_rank) > 0
            THEN round(corr(popularity_rank, reuse_rank), 4)
    END AS rank_correlation
FROM ranked
GROUP BY hub, popularity, reuse
ORDER BY hub, popularity, reuse;
