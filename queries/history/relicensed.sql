-- title:     Changes of license
-- question:  Which models declare another license than before, since when, and who depends on them?
-- row:       one change of one model; a null license: none was declared
-- counts:    changes that sweeps found; direct derivatives that are present, with their downloads
--            and how many of them declare the old license; repositories that load it, copies and
--            vendored libraries left out
-- params:    found_since DATE = '2000-01-01'   found on this day or later
--            top BIGINT = 50                   rows returned
-- columns:   hub, model, found_at, old_license, new_license, downloads, derivatives, derivative_downloads, derivatives_with_old_license, repositories
-- reads:     model, model_edge, model_event, model_use
-- known:     model: license IS NOT NULL
-- caveats:   dated_by_sweep, declared_only, downloads_30_days, search_is_partial
-- since:     data-2026.12.0
WITH changed AS (
    SELECT hub, model, observed_at, old_value, new_value
    FROM model_event
    WHERE kind = 'relicensed'
        AND observed_at >= $found_since
),

derivative AS (
    SELECT edge.hub, edge.parent, child.downloads, child.license
    FROM model_edge AS edge
    SEMI JOIN changed ON changed.hub = edge.hub AND changed.model = edge.parent
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
),

loaded AS (
    SELECT used.hub, used.model_resolved AS model, count(DISTINCT used.repository) AS repositories
    FROM model_use AS used
    SEMI JOIN changed ON changed.hub = used.hub AND changed.model = used.model_resolved
    WHERE NOT used.is_copy
        AND NOT used.is_vendored
        AND NOT used.is_registry
    GROUP BY used.hub, used.model_resolved
)

SELECT
    changed.hub,
    changed.model,
    changed.observed_at AS found_at,
    changed.old_value AS old_license,
    changed.new_value AS new_license,
    model.downloads,
    count(derivative.parent) AS derivatives,
    coalesce(sum(derivative.downloads), 0)::BIGINT AS derivative_downloads,
    count(*) FILTER (WHERE derivative.license = lower(changed.old_value))
        AS derivatives_with_old_license,
    coalesce(any_value(loaded.repositories), 0) AS repositories
FROM changed
JOIN model ON model.hub = changed.hub AND model.name = changed.model
LEFT JOIN derivative ON derivative.hub = changed.hub AND derivative.parent = changed.model
LEFT JOIN loaded ON loaded.hub = changed.hub AND loaded.model = changed.model
GROUP BY ALL
ORDER BY derivatives DESC, repositories DESC, model.downloads DESC NULLS LAST, changed.hub, changed.model, found_at
LIMIT $top;
