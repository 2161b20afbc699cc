-- title:     Derivatives of models that are not accessible
-- question:  Which models derive directly from one that is gone, gated or disabled?
-- row:       one derivative and one such base
-- counts:    derivatives that are present, as declared
-- params:    only_reason VARCHAR = ''     gone, gated or disabled; empty: all
--            top BIGINT = 50              rows returned
-- columns:   hub, model, relation, base, reason, found_at, base_last_seen_at, downloads, license, evidence_url
-- reads:     model, model_edge, model_event
-- known:     model_edge: is_parent_held
-- caveats:   dated_by_sweep, declared_only, relation_inferred, names_unresolved, downloads_30_days
-- since:     data-2026.12.0
WITH lost AS (
    SELECT
        hub,
        name,
        state_at,
        last_seen_at,
        CASE
            WHEN state IN ('gone', 'gone-or-private') THEN 'gone'
            WHEN state = 'disabled' THEN 'disabled'
            ELSE 'gated'
        END AS reason
    FROM model
    WHERE state IN ('gone', 'gone-or-private', 'disabled')
        OR (state = 'present' AND gated <> 'no')
),

pair AS (
    SELECT
        child.hub,
        child.name AS model,
        edge.relation,
        lost.name AS base,
        lost.reason,
        lost.last_seen_at AS base_last_seen_at,
        child.downloads,
        child.license,
        edge.evidence_url
    FROM lost
    JOIN model_edge AS edge ON edge.hub = lost.hub AND edge.parent = lost.name
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
        AND ($only_reason = '' OR lost.reason = $only_reason)
    ORDER BY child.downloads DESC NULLS LAST, child.hub, child.name, lost.name
    LIMIT $top
),

found AS (
    SELECT event.hub, event.model, event.kind, max(event.observed_at) AS found_at
    FROM model_event AS event
    SEMI JOIN pair ON pair.hub = event.hub AND pair.base = event.model AND pair.reason = event.kind
    WHERE event.kind IN ('gone', 'gated', 'disabled')
    GROUP BY event.hub, event.model, event.kind
)

SELECT
    pair.hub,
    pair.model,
    pair.relation,
    pair.base,
    pair.reason,
    found.found_at,
    pair.base_last_seen_at,
    pair.downloads,
    pair.license,
    pair.evidence_url
FROM pair
LEFT JOIN found
    ON found.hub = pair.hub AND found.model = pair.base AND found.kind = pair.reason
ORDER BY pair.downloads DESC NULLS LAST, pair.hub, pair.model, pair.base;
