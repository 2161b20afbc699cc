-- title:     Reuse before and after a change of license
-- question:  Do fewer or more repositories and models take up a model after it changed its license?
-- row:       one change of a stated license into another, or into none
-- counts:    changes by the commit of the card, and of models whose changes were not asked for those that
--            sweeps found; uses by the commit that brought the line and derivatives by their creation, in as
--            many days before the change as after it; copies and vendored libraries left out. Growth of the
--            hub alone makes after larger than before, so compare with changes within a family.
--            PeaTMOSS has one state of each card, and no change
-- params:    window_days BIGINT = 90      days before and after
--            top BIGINT = 50              rows returned
-- columns:   hub, model, changed_at, dated_by, old_license, new_license, old_family, new_family, is_window_over, uses_before, uses_after, derivatives_before, derivatives_after
-- reads:     license, model, model_commit_change, model_edge, model_event, model_history, model_use
-- known:     model_use: introduced_at IS NOT NULL
-- caveats:   history_not_fetched, dated_by_sweep, declared_only, search_is_partial, created_at_floor
-- since:     data-2026.12.0
WITH asked AS (
    SELECT hub, model
    FROM model_history
    WHERE kind = 'changes'
        AND state IN ('fetched', 'partial')
),

changed AS (
    SELECT hub, model, committed_at AS changed_at, 'commit' AS dated_by, old_value, new_value
    FROM model_commit_change
    WHERE field = 'license'
        AND old_value IS NOT NULL
        AND committed_at IS NOT NULL
    UNION ALL
    SELECT event.hub, event.model, event.observed_at, 'sweep', event.old_value, event.new_value
    FROM model_event AS event
    ANTI JOIN asked ON asked.hub = event.hub AND asked.model = event.model
    WHERE event.kind = 'relicensed'
        AND event.old_value IS NOT NULL
),

loaded AS (
    SELECT used.hub, used.model_resolved AS model, used.repository, min(used.introduced_at) AS begun_at
    FROM model_use AS used
    SEMI JOIN changed ON changed.hub = used.hub AND changed.model = used.model_resolved
    WHERE used.introduced_at IS NOT NULL
        AND NOT used.is_copy
        AND NOT used.is_vendored
        AND NOT used.is_registry
    GROUP BY used.hub, used.model_resolved, used.repository
),

derived AS (
    SELECT DISTINCT edge.hub, edge.parent AS model, edge.child, child.created_at AS begun_at
    FROM model_edge AS edge
    SEMI JOIN changed ON changed.hub = edge.hub AND changed.model = edge.parent
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    WHERE edge.child <> edge.parent
        AND child.state = 'present'
        AND child.created_at > TIMESTAMP '2022-03-02 23:29:05'
),

begun AS (
    SELECT hub, model, begun_at, 1 AS uses, 0 AS derivatives FROM loaded
    UNION ALL
    SELECT hub, model, begun_at, 0, 1 FROM derived
),

counted AS (
    SELECT
        changed.hub,
        changed.model,
        changed.changed_at,
        changed.dated_by,
        changed.old_value,
        changed.new_value,
        sum(begun.uses) FILTER (WHERE begun.begun_at < changed.changed_at) AS uses_before,
        sum(begun.uses) FILTER (WHERE begun.begun_at >= changed.changed_at) AS uses_after,
        sum(begun.derivatives) FILTER (WHERE begun.begun_at < changed.changed_at) AS derivatives_before,
        sum(begun.derivatives) FILTER (WHERE begun.begun_at >= changed.changed_at) AS derivatives_after
    FROM changed
    LEFT JOIN begun
        ON begun.hub = changed.hub
        AND begun.model = changed.model
        AND begun.begun_at >= changed.changed_at - to_days($window_days::INTEGER)
        AND begun.begun_at < changed.changed_at + to_days($window_days::INTEGER)
    GROUP BY ALL
)

SELECT
    counted.hub,
    counted.model,
    counted.changed_at,
    counted.dated_by,
    counted.old_value AS old_license,
    counted.new_value AS new_license,
    before.family AS old_family,
    after.family AS new_family,
    model.observed_at >= counted.changed_at + to_days($window_days::INTEGER) AS is_window_over,
    coalesce(counted.uses_before, 0)::BIGINT AS uses_before,
    coalesce(counted.uses_after, 0)::BIGINT AS uses_after,
    coalesce(counted.derivatives_before, 0)::BIGINT AS derivatives_before,
    coalesce(counted.derivatives_after, 0)::BIGINT AS derivatives_after
FROM counted
JOIN model ON model.hub = counted.hub AND model.name = counted.model
LEFT JOIN license AS before ON before.license = lower(counted.old_value)
LEFT JOIN license AS after ON after.license = lower(counted.new_value)
ORDER BY
    uses_before + uses_after DESC,
    derivatives_before + derivatives_after DESC,
    counted.changed_at DESC,
    counted.hub,
    counted.model,
    counted.dated_by,
    old_license,
    new_license
LIMIT $top;
