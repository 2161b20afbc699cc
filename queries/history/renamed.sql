-- title:     Renamed models
-- question:  Which models have another name than before, and who still declares the old one?
-- row:       one renaming of one model; its present name can be a later one still
-- counts:    renamings that sweeps found; derivatives, each once, by the name they declare
-- params:    found_since DATE = '2000-01-01'   found on this day or later
--            top BIGINT = 50                   rows returned
-- columns:   hub, old_name, new_name, present_name, found_at, downloads, derivatives_by_old_name, derivatives_by_new_name, is_old_name_taken
-- reads:     model, model_edge_statement, model_event
-- known:     model: uid IS NOT NULL
-- caveats:   dated_by_sweep, declared_only, names_unresolved
-- since:     data-2026.12.0
WITH changed AS (
    SELECT hub, model, observed_at, old_value, new_value
    FROM model_event
    WHERE kind = 'renamed'
        AND observed_at >= $found_since
),

declared AS (
    SELECT edge.hub, edge.parent_declared AS name, count(DISTINCT edge.child) AS derivatives
    FROM model_edge_statement AS edge
    SEMI JOIN (
        SELECT hub, old_value AS name FROM changed UNION ALL SELECT hub, new_value FROM changed
    ) AS either ON either.hub = edge.hub AND either.name = edge.parent_declared
    GROUP BY edge.hub, edge.parent_declared
)

SELECT
    changed.hub,
    changed.old_value AS old_name,
    changed.new_value AS new_name,
    changed.model AS present_name,
    changed.observed_at AS found_at,
    model.downloads,
    coalesce(old.derivatives, 0) AS derivatives_by_old_name,
    coalesce(new.derivatives, 0) AS derivatives_by_new_name,
    taken.name IS NOT NULL AS is_old_name_taken
FROM changed
JOIN model ON model.hub = changed.hub AND model.name = changed.model
LEFT JOIN declared AS old ON old.hub = changed.hub AND old.name = changed.old_value
LEFT JOIN declared AS new ON new.hub = changed.hub AND new.name = changed.new_value
LEFT JOIN model AS taken
    ON taken.hub = changed.hub AND taken.name = changed.old_value AND taken.state <> 'named'
ORDER BY
    derivatives_by_old_name DESC, model.downloads DESC NULLS LAST, changed.hub, old_name, found_at
LIMIT $top;
