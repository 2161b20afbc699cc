-- title:     Changes of license that derivatives followed
-- question:  Which changes of a base's license did its derivatives make after it?
-- row:       one commit that changed the license that a card had stated before
-- counts:    direct derivatives that are present and were created before the commit; followed: of these,
--            those whose card changed to the new license later, which is known only where their changes were
--            asked for; with_new_license and with_old_license: by what they declare now, whenever they did
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, committed_at, old_license, new_license, derivatives, asked, followed, followed_share, median_days, with_new_license, with_old_license, evidence_url
-- reads:     model, model_commit_change, model_edge, model_history
-- known:     model_commit_change: committed_at IS NOT NULL
-- caveats:   history_not_fetched, declared_only, created_at_floor, relation_inferred
-- since:     data-2026.12.0
WITH asked AS (
    SELECT hub, model
    FROM model_history
    WHERE kind = 'changes'
        AND state IN ('fetched', 'partial')
),

changed AS (
    SELECT hub, model, sha, committed_at, old_value, new_value, evidence_url
    FROM model_commit_change
    WHERE field = 'license'
        AND old_value IS NOT NULL
        AND new_value IS NOT NULL
        AND committed_at IS NOT NULL
),

derivative AS (
    SELECT DISTINCT
        changed.hub,
        changed.model,
        changed.sha,
        changed.committed_at,
        changed.old_value,
        changed.new_value,
        child.name AS child,
        child.license,
        asked.model IS NOT NULL AS is_asked
    FROM changed
    JOIN model_edge AS edge ON edge.hub = changed.hub AND edge.parent = changed.model
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    LEFT JOIN asked ON asked.hub = child.hub AND asked.model = child.name
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
        AND child.created_at < changed.committed_at
),

followed AS (
    SELECT
        derivative.hub,
        derivative.model,
        derivative.sha,
        derivative.child,
        min(later.committed_at) AS followed_at
    FROM derivative
    JOIN model_commit_change AS later
        ON later.hub = derivative.hub
        AND later.model = derivative.child
        AND later.field = 'license'
        AND lower(later.new_value) = lower(derivative.new_value)
        AND later.old_value IS NOT NULL
        AND later.committed_at >= derivative.committed_at
    GROUP BY derivative.hub, derivative.model, derivative.sha, derivative.child
),

counted AS (
    SELECT
        derivative.hub,
        derivative.model,
        derivative.sha,
        count(*) AS derivatives,
        count(*) FILTER (WHERE derivative.is_asked) AS asked,
        count(followed.child) AS followed,
        quantile_cont(datediff('day', derivative.committed_at, followed.followed_at), 0.5) AS median_days,
        count(*) FILTER (WHERE derivative.license = lower(derivative.new_value)) AS with_new_license,
        count(*) FILTER (WHERE derivative.license = lower(derivative.old_value)) AS with_old_license
    FROM derivative
    LEFT JOIN followed
        ON followed.hub = derivative.hub
        AND followed.model = derivative.model
        AND followed.sha = derivative.sha
        AND followed.child = derivative.child
    GROUP BY derivative.hub, derivative.model, derivative.sha
)

SELECT
    changed.hub,
    changed.model,
    changed.committed_at,
    changed.old_value AS old_license,
    changed.new_value AS new_license,
    counted.derivatives,
    counted.asked,
    counted.followed,
    round(counted.followed / nullif(counted.asked, 0), 4)::DOUBLE AS followed_share,
    counted.median_days,
    counted.with_new_license,
    counted.with_old_license,
    changed.evidence_url
FROM changed
JOIN counted
    ON counted.hub = changed.hub AND counted.model = changed.model AND counted.sha = changed.sha
ORDER BY counted.followed DESC, counted.derivatives DESC, changed.committed_at DESC, changed.hub, changed.model,
    changed.sha
LIMIT $top;
