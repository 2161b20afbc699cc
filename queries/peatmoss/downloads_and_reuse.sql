-- title:     Most downloaded models and their reuse
-- question:  How many repositories use each of the most downloaded models (the demo of PeaTMOSS)?
-- row:       one model
-- counts:    models that are present; repositories that load them, copies and vendored libraries left
--            out; those with a name at the call itself apart: PeaTMOSS looked for no others, and links
--            that were imported from it count there
-- params:    top BIGINT = 100             rows returned
-- columns:   hub, model, downloads, repositories, repositories_by_literal, stars
-- reads:     collection, model, model_use, repository, use_site
-- known:     model_use: model_resolved IS NOT NULL
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

literal AS (
    SELECT DISTINCT site.hub, site.model_resolved AS model, site.repository
    FROM use_site AS site
    SEMI JOIN popular ON popular.hub = site.hub AND popular.name = site.model_resolved
    WHERE site.role <> 'mention'
        AND site.method IN ('literal', 'peatmoss')
        AND NOT site.is_copy
        AND NOT site.is_vendored
        AND NOT site.is_registry
),

-- an imported link without a file has no site
used AS (
    SELECT
        model_use.hub,
        model_use.model_resolved AS model,
        model_use.repository,
        bool_or(literal.model IS NOT NULL OR model_use.use_site_count = 0) AS is_literal
    FROM model_use
    SEMI JOIN popular ON popular.hub = model_use.hub AND popular.name = model_use.model_resolved
    LEFT JOIN literal
        ON literal.hub = model_use.hub
        AND literal.model = model_use.model_resolved
        AND literal.repository = model_use.repository
    WHERE NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
    GROUP BY model_use.hub, model_use.model_resolved, model_use.repository
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
    CASE WHEN uses.is_collected THEN coalesce(loaded.repositories, 0) END AS repositories,
    CASE WHEN uses.is_collected THEN coalesce(loaded.repositories_by_literal, 0) END
        AS repositories_by_literal,
    loaded.stars
FROM popular
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN loaded ON loaded.hub = popular.hub AND loaded.model = popular.name
ORDER BY popular.downloads DESC, popular.hub, popular.name;
