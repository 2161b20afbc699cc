-- title:     Models per repository
-- question:  How many models does a repository use?
-- row:       one number of models, more than nine together
-- counts:    repositories that load a model, by different models; names that match none count as written;
--            copies and vendored libraries left out. PeaTMOSS has 44,337 links of 15,129 repositories, 2.9
--            each, tests, examples and copied libraries among them
-- params:    with_examples BOOLEAN = true   uses that stand in examples or tests only
-- columns:   models, repositories, share, uses
-- reads:     model_use
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along models                                different models that a repository loads
--            show repositories                           repositories
--            show share                                  share of the repositories
WITH counted AS (
    SELECT repository, count(DISTINCT (hub, coalesce(model_resolved, model))) AS models
    FROM model_use
    WHERE NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
        AND ($with_examples OR role = 'use')
    GROUP BY repository
)

SELECT
    CASE WHEN models < 10 THEN models::VARCHAR ELSE '10 and more' END AS models,
    count(*) AS repositories,
    round(count(*) / sum(count(*)) OVER (), 4)::DOUBLE AS share,
    sum(counted.models)::BIGINT AS uses
FROM counted
GROUP BY CASE WHEN models < 10 THEN models::VARCHAR ELSE '10 and more' END
ORDER BY min(counted.models);
