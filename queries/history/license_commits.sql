-- title:     Changes of license by commit
-- question:  When did models change the license that their card states, and who follows the change?
-- row:       one commit that changed the license that a card had stated before
-- counts:    direct derivatives that are present, those created before the commit apart, and how
--            many of them declare the old license still; repositories that load the model, copies
--            and vendored libraries left out; a first statement is no change
-- params:    since DATE = '2000-01-01'   commits of this day or later
--            top BIGINT = 50             rows returned
-- columns:   hub, model, committed_at, old_license, new_license, title, derivatives, derivatives_before, derivatives_with_old_license, repositories, evidence_url
-- reads:     model, model_commit, model_commit_change, model_edge, model_history, model_use
-- known:     model_commit: title IS NOT NULL
-- caveats:   history_not_fetched, declared_only, created_at_floor, search_is_partial
-- since:     data-2026.12.0
WITH changed AS (
    SELECT change.*, model_commit.title
    FROM model_commit_change AS change
    JOIN model_commit
        ON model_commit.hub = change.hub
        AND model_commit.model = change.model
        AND model_commit.sha = change.sha
    SEMI JOIN model_history AS asked
        ON asked.hub = change.hub
        AND asked.model = change.model
        AND asked.kind = 'changes'
    WHERE change.field = 'license'
        AND change.old_value IS NOT NULL
        AND change.committed_at >= $since
),

derivative AS (
    SELECT edge.hub, edge.parent, edge.child, child.created_at, child.license
    FROM model_edge AS edge
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
),

followed AS (
    SELECT
        changed.hub,
        changed.model,
        changed.sha,
        count(DISTINCT derivative.child) AS derivatives,
        count(DISTINCT derivative.child)
            FILTER (WHERE derivative.created_at < changed.committed_at) AS derivatives_before,
        count(DISTINCT derivative.child)
            FILTER (WHERE derivative.license = lower(changed.old_value)) AS with_old_license
    FROM changed
    JOIN derivative ON derivative.hub = changed.hub AND derivative.parent = changed.model
    GROUP BY changed.hub, changed.model, changed.sha
),

loaded AS (
    SELECT used.hub, used.model_resolved AS model, count(DISTINCT used.repository) AS repositories
    FROM model_use AS used
    WHERE NOT used.is_copy
        AND NOT used.is_vendored
        AND NOT used.is_registry
    GROUP BY used.hub, used.model_resolved
)

SELECT
    changed.hub,
    changed.model,
    changed.committed_at,
    changed.old_value AS old_license,
    changed.new_value AS new_license,
    changed.title,
    coalesce(followed.derivatives, 0) AS derivatives,
    coalesce(followed.derivatives_before, 0) AS derivatives_before,
    coalesce(followed.with_old_license, 0) AS derivatives_with_old_license,
    coalesce(loaded.repositories, 0) AS repositories,
    changed.evidence_url
FROM changed
LEFT JOIN followed
    ON followed.hub = changed.hub
    AND followed.model = changed.model
    AND followed.sha = changed.sha
LEFT JOIN loaded ON loaded.hub = changed.hub AND loaded.model = changed.model
ORDER BY
    derivatives_with_old_license DESC,
    derivatives DESC,
    changed.committed_at DESC,
    changed.hub,
    changed.model,
    changed.sha
LIMIT $top;
