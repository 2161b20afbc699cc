-- title:     Models that came back
-- question:  Which models were gone and are listed again, since when, and who depends on them?
-- row:       one return of one model
-- counts:    returns that sweeps found; direct derivatives that are present, with their downloads
-- params:    found_since DATE = '2000-01-01'   found on this day or later
--            top BIGINT = 50                   rows returned
-- columns:   hub, model, found_at, found_gone_at, downloads, license, derivatives, derivative_downloads
-- reads:     model, model_edge, model_event
-- known:     model_event: observed_at IS NOT NULL
-- caveats:   dated_by_sweep, declared_only, downloads_30_days
-- since:     data-2026.12.0
WITH changed AS (
    SELECT hub, model, observed_at
    FROM model_event
    WHERE kind = 'returned'
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
    max(lost.observed_at) AS found_gone_at,
    model.downloads,
    model.license,
    coalesce(derived.derivatives, 0) AS derivatives,
    coalesce(derived.downloads, 0) AS derivative_downloads
FROM changed
JOIN model ON model.hub = changed.hub AND model.name = changed.model
LEFT JOIN model_event AS lost
    ON lost.hub = changed.hub AND lost.model = changed.model AND lost.kind = 'gone'
    AND lost.observed_at <= changed.observed_at
LEFT JOIN derived ON derived.hub = changed.hub AND derived.parent = changed.model
GROUP BY ALL
ORDER BY derivatives DESC, model.downloads DESC NULLS LAST, changed.hub, changed.model, found_at
LIMIT $top;
