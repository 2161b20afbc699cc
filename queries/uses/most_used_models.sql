-- title:     Most used models
-- question:  Which models do most repositories use?
-- row:       one model; a name that matches no model held counts as it is written
-- counts:    repositories, copies and vendored libraries left out
-- params:    on_hub VARCHAR = ''          only models of this hub; empty: all
--            min_stars BIGINT = 0         only repositories with so many stars
--            top BIGINT = 50              rows returned
-- columns:   hub, model, repositories, use_sites, stars, downloads, license, example_url
-- reads:     model_use, repository, model
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   search_is_partial, names_unresolved, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model
--            show repositories                           repositories that load it
--            show use_sites                              use sites
--            show downloads                              downloads in 30 days
WITH counted AS (
    SELECT
        used.hub,
        coalesce(used.model_resolved, used.model) AS model,
        any_value(used.model_resolved) AS model_resolved,
        count(DISTINCT used.repository) AS repositories,
        sum(used.use_site_count)::BIGINT AS use_sites,
        sum(repository.stars)::BIGINT AS stars,
        min(used.evidence_url) AS example_url
    FROM model_use AS used
    JOIN repository ON repository.name = used.repository
    WHERE NOT used.is_copy
        AND NOT used.is_vendored AND NOT used.is_registry
        AND ($on_hub = '' OR used.hub = $on_hub)
        AND coalesce(repository.stars, 0) >= $min_stars
    GROUP BY used.hub, coalesce(used.model_resolved, used.model)
    ORDER BY repositories DESC, use_sites DESC, used.hub, model
    LIMIT $top
)

SELECT
    counted.hub,
    counted.model,
    counted.repositories,
    counted.use_sites,
    counted.stars,
    held.downloads,
    held.license,
    counted.example_url
FROM counted
LEFT JOIN model AS held ON held.hub = counted.hub AND held.name = counted.model_resolved
ORDER BY counted.repositories DESC, counted.use_sites DESC, counted.hub, counted.model;
