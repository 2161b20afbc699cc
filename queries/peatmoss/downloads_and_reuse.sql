-- title:     Most downloaded models and their reuse
-- question:  How many repositories use each of the most downloaded models (the demo of PeaTMOSS)?
-- row:       one model
-- counts:    models that are present; repositories that load them, copies and vendored libraries left
--            out; those with a name at the call itself apart: PeaTMOSS looked for no others, and links
--            that were imported from it count there
-- params:    top BIGINT = 100             rows returned
-- columns:   hub, model, downloads, repositories, repositories_by_literal, stars
-- reads:     model, repository, use_site
-- known:     use_site: model_resolved IS NOT NULL
-- caveats:   search_is_partial, downloads_30_days, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model
--            show downloads                              downloads in 30 days
--            show repositories                           repositories that load it
--            show repositories_by_literal                of these, with the name at the call
WITH popular AS (
    SELECT hub, name, downloads
    FROM model
    WHERE state = 'present'
        AND downloads IS NOT NULL
    ORDER BY downloads DESC, hub, name
    LIMIT $top
),

used AS (
    SELECT
        site.hub,
        site.model_resolved AS model,
        site.repository,
        bool_or(site.method IN ('literal', 'peatmoss')) AS is_literal
    FROM use_site AS site
    SEMI JOIN popular ON popular.hub = site.hub AND popular.name = site.model_resolved
    WHERE site.role <> 'mention'
        AND NOT site.is_copy
        AND NOT site.is_vendored
        AND NOT site.is_registry
    GROUP BY site.hub, site.model_resolved, site.repository
),

loaded AS (
    SELECT
        used.hub,
        used.model,
        count(*) AS repositories,
        count(*) FILTER (WHERE used.is_literal) AS repositories_by_literal,
        sum(repository.stars)::BIGINT AS stars
    FROM used
    JOIN repository ON repository.name = used.repository
    GROUP BY used.hub, used.model
)

SELECT
    popular.hub,
    popular.name AS model,
    popular.downloads,
    coalesce(loaded.repositories, 0) AS repositories,
    coalesce(loaded.repositories_by_literal, 0) AS repositories_by_literal,
    loaded.stars
FROM popular
LEFT JOIN loaded ON loaded.hub = popular.hub AND loaded.model = popular.name
ORDER BY popular.downloads DESC, popular.hub, popular.name;
