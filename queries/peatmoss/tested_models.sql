-- title:     Models that tests load
-- question:  Do repositories test the models that they use (asked by studies since PeaTMOSS)?
-- row:       one class of repositories, by stars (powers of ten)
-- counts:    repositories that load a model, copies and vendored libraries left out; own: their own code or
--            configuration loads one; tested: a test loads one of the same models; a test that loads another
--            model, or none by name, is not seen. Studies read some hundreds of repositories by hand
-- params:    none
-- columns:   stars_from, repositories, own, tested, tested_share, uses, tested_uses, only_tests_or_examples
-- reads:     model_use, repository
-- known:     model_use: use_site_count > 0
-- caveats:   search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along stars_from                            stars of the repository, at least
--            show tested_share of own                    repositories with a test that loads a model they use, share of all with own code that loads one
--            show own + only_tests_or_examples           repositories that load a model: in their own code | in tests or examples alone
WITH loaded AS (
    SELECT
        model_use.repository,
        any_value(repository.stars) AS stars,
        count(*) FILTER (WHERE model_use.role = 'use') AS uses,
        count(*) FILTER (WHERE model_use.role = 'use' AND model_use.test_count > 0) AS tested_uses
    FROM model_use
    JOIN repository ON repository.name = model_use.repository
    WHERE NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
    GROUP BY model_use.repository
)

SELECT
    coalesce((10 ** floor(log10(nullif(stars, 0))))::BIGINT, 0) AS stars_from,
    count(*) AS repositories,
    count(*) FILTER (WHERE uses > 0) AS own,
    count(*) FILTER (WHERE tested_uses > 0) AS tested,
    round(count(*) FILTER (WHERE tested_uses > 0) / nullif(count(*) FILTER (WHERE uses > 0), 0), 4)::DOUBLE
        AS tested_share,
    sum(uses)::BIGINT AS uses,
    sum(tested_uses)::BIGINT AS tested_uses,
    count(*) FILTER (WHERE uses = 0) AS only_tests_or_examples
FROM loaded
GROUP BY stars_from
ORDER BY stars_from;
