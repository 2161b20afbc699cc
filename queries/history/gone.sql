-- title:     Models that are gone
-- question:  Which models are no longer there, since when, and who depended on them?
-- row:       one model that was seen once and is gone now, or was made private
-- counts:    derivatives and datasets that are declared; of derivatives those that are present,
--            also where the models between them and the lost one are gone too;
--            downloads and license are those at the last sight; repositories that load it, copies
--            and vendored libraries left out
-- params:    found_since DATE = '2000-01-01'   found gone on this day or later
--            top BIGINT = 50                   rows returned
-- columns:   hub, model, state, last_seen_at, found_gone_at, downloads, license, direct_derivatives, derivatives, derivative_downloads, datasets, repositories
-- reads:     model, model_dataset, model_edge, model_use
-- known:     model: last_seen_at IS NOT NULL
-- caveats:   dated_by_sweep, private_unseen, declared_only, downloads_30_days, search_is_partial
-- since:     data-2026.12.0
WITH RECURSIVE lost AS (
    SELECT hub, name, state, last_seen_at, state_at, downloads, license
    FROM model
    WHERE state IN ('gone', 'gone-or-private')
        AND state_at >= $found_since
),

direct AS (
    SELECT edge.hub, edge.parent, count(*) AS derivatives
    FROM model_edge AS edge
    JOIN lost ON lost.hub = edge.hub AND lost.name = edge.parent
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
    GROUP BY edge.hub, edge.parent
),

shown AS (
    SELECT lost.*, coalesce(direct.derivatives, 0) AS direct_derivatives
    FROM lost
    LEFT JOIN direct ON direct.hub = lost.hub AND direct.parent = lost.name
    ORDER BY direct_derivatives DESC, lost.downloads DESC NULLS LAST, lost.hub, lost.name
    LIMIT $top
),

reached AS (
    SELECT hub, name AS base, name AS reached_name FROM shown
    UNION
    SELECT reached.hub, reached.base, edge.child
    FROM reached
    JOIN model_edge AS edge ON edge.hub = reached.hub AND edge.parent = reached.reached_name
),

derived AS (
    SELECT
        reached.hub,
        reached.base,
        count(*) AS derivatives,
        sum(child.downloads)::BIGINT AS downloads
    FROM reached
    JOIN model AS child ON child.hub = reached.hub AND child.name = reached.reached_name
    WHERE child.state = 'present'
        AND reached.reached_name <> reached.base
    GROUP BY reached.hub, reached.base
),

trained AS (
    SELECT used.hub, used.model, count(DISTINCT used.dataset) AS datasets
    FROM model_dataset AS used
    JOIN shown ON shown.hub = used.hub AND shown.name = used.model
    GROUP BY used.hub, used.model
),

loaded AS (
    SELECT used.hub, used.model_resolved AS model, count(DISTINCT used.repository) AS repositories
    FROM model_use AS used
    JOIN shown ON shown.hub = used.hub AND shown.name = used.model_resolved
    WHERE NOT used.is_copy
        AND NOT used.is_vendored
        AND NOT used.is_registry
    GROUP BY used.hub, used.model_resolved
)

SELECT
    shown.hub,
    shown.name AS model,
    shown.state,
    shown.last_seen_at,
    shown.state_at AS found_gone_at,
    shown.downloads,
    shown.license,
    shown.direct_derivatives,
    coalesce(derived.derivatives, 0) AS derivatives,
    coalesce(derived.downloads, 0) AS derivative_downloads,
    coalesce(trained.datasets, 0) AS datasets,
    coalesce(loaded.repositories, 0) AS repositories
FROM shown
LEFT JOIN derived ON derived.hub = shown.hub AND derived.base = shown.name
LEFT JOIN trained ON trained.hub = shown.hub AND trained.model = shown.name
LEFT JOIN loaded ON loaded.hub = shown.hub AND loaded.model = shown.name
ORDER BY direct_derivatives DESC, shown.downloads DESC NULLS LAST, shown.hub, model;
