-- title:     Changes of gating
-- question:  Which models were put behind a gate or opened, when, and who depends on them?
-- row:       one change of one model
-- counts:    changes that sweeps found; direct derivatives that are present, with their downloads
-- params:    found_since DATE = '2000-01-01'   found on this day or later
--            top BIGINT = 50                   rows returned
-- columns:   hub, model, found_at, old_gating, new_gating, downloads, license, derivatives, derivative_downloads
-- reads:     model, model_edge, model_event
-- known:     model: gated IS NOT NULL
-- caveats:   dated_by_sweep, declared_only, downloads_30_days
-- since:     data-2026.12.0
WITH changed AS (
    SELECT hub, model, observed_at, old_value, new_value
    FROM model_event
    WHERE kind = 'gated'
        AND observed_at >= $found_since
),

derived AS (
    SELECT edge.hub, edge.parent, count(*) AS derivatives, sum(child.downloads)::BIGINT AS downloads
    FROM model_edge AS edge
    SEMI JOIN changed ON changed.hub = edge.hub AND changed.model = edge.parent
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
    GROUP BY edge.hub, edge.parent
)

SELECT
    changed.hub,
    changed.model,
    changed.observed_at AS found_at,
    changed.old_value AS old_gating,
    changed.new_value AS new_gating,
    model.downloads,
    model.license,
    coalesce(derived.derivatives, 0) AS derivatives,
    coalesce(derived.downloads, 0) AS derivative_downloads
FROM changed
JOIN model ON model.hub = changed.hub AND model.name = changed.model
LEFT JOIN derived ON derived.hub = changed.hub AND derived.parent = changed.model
ORDER BY derivatives DESC, model.downloads DESC NULLS LAST, changed.hub, changed.model, found_at
LIMIT $top;
