-- title:     Age of repositories when models came
-- question:  Do models come into repositories with their beginning, or later (asked by studies since PeaTMOSS)?
-- row:       one year of age of the repository
-- counts:    pairs of a repository and a model by the commit that brought the earliest line, where both
--            dates are known; first_models: the first one of the repository; lines that are older than the
--            repository on GitHub came with its earlier history and count as age 0; lines that were removed
--            since are not seen; copies and vendored libraries left out
-- params:    min_stars BIGINT = 0         repositories with fewer stars are left out
-- columns:   age_years, uses, first_models, repositories, share
-- reads:     model_use, repository
-- known:     model_use: introduced_at IS NOT NULL
-- caveats:   search_is_partial, first_seen_is_not_first_used, dates_missing
-- since:     data-2026.12.0
-- picture:   ranking
--            along age_years                             age of the repository in years
--            show uses                                   models that came in
--            show first_models                           of these, the first of the repository
WITH dated AS (
    SELECT
        model_use.repository,
        greatest(datediff('day', repository.created_at, model_use.introduced_at), 0) // 365 AS age_years,
        row_number() OVER (
            PARTITION BY model_use.repository
            ORDER BY model_use.introduced_at, model_use.hub, model_use.model
        ) AS place
    FROM model_use
    JOIN repository ON repository.name = model_use.repository
    WHERE model_use.introduced_at IS NOT NULL
        AND repository.created_at IS NOT NULL
        AND coalesce(repository.stars, 0) >= $min_stars
        AND NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
)

SELECT
    age_years,
    count(*) AS uses,
    count(*) FILTER (WHERE place = 1) AS first_models,
    count(DISTINCT repository) AS repositories,
    round(count(*) / sum(count(*)) OVER (), 4)::DOUBLE AS share
FROM dated
GROUP BY age_years
ORDER BY age_years;
