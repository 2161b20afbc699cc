-- title:     Repositories that use models which changed under them
-- question:  Which repositories load a model that is gone, gated, disabled, or has another license?
-- row:       one use of one such model, and why
-- counts:    uses of held models, copies and vendored libraries left out; a model that was
--            relicensed several times counts once, by its last change
-- params:    only_reason VARCHAR = ''              gone, gated, disabled or relicensed; empty: all
--            found_since DATE = '2000-01-01'       found on this day or later; without a date: kept
--            top BIGINT = 100                      rows returned
-- columns:   repository, hub, model, reason, found_at, old_value, new_value, stars, use_site_count, evidence_url
-- reads:     model, model_event, model_use, repository
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   dated_by_sweep, declared_only, search_is_partial, private_unseen, names_unresolved
-- since:     data-2026.12.0
WITH used AS (
    SELECT repository, hub, model_resolved AS model, use_site_count, evidence_url
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
),

last_event AS (
    SELECT event.hub, event.model, event.kind, event.old_value, event.new_value, event.observed_at
    FROM model_event AS event
    SEMI JOIN used ON used.hub = event.hub AND used.model = event.model
    WHERE event.kind IN ('gone', 'gated', 'disabled', 'relicensed')
    QUALIFY row_number() OVER (
        PARTITION BY event.hub, event.model, event.kind ORDER BY event.observed_at DESC
    ) = 1
),

lost AS (
    SELECT
        hub,
        name AS model,
        CASE
            WHEN state IN ('gone', 'gone-or-private') THEN 'gone'
            WHEN state = 'disabled' THEN 'disabled'
            ELSE 'gated'
        END AS reason
    FROM model
    WHERE state IN ('gone', 'gone-or-private', 'disabled')
        OR (state = 'present' AND gated <> 'no')
),

reason AS (
    SELECT lost.hub, lost.model, lost.reason, event.observed_at, event.old_value, event.new_value
    FROM lost
    LEFT JOIN last_event AS event
        ON event.hub = lost.hub AND event.model = lost.model AND event.kind = lost.reason
    UNION ALL
    SELECT hub, model, kind, observed_at, old_value, new_value
    FROM last_event
    WHERE kind = 'relicensed'
)

SELECT
    used.repository,
    used.hub,
    used.model,
    reason.reason,
    reason.observed_at AS found_at,
    reason.old_value,
    reason.new_value,
    repository.stars,
    used.use_site_count,
    used.evidence_url
FROM used
JOIN reason ON reason.hub = used.hub AND reason.model = used.model
JOIN repository ON repository.name = used.repository
WHERE ($only_reason = '' OR reason.reason = $only_reason)
    AND coalesce(reason.observed_at >= $found_since, true)
ORDER BY
    repository.stars DESC NULLS LAST, used.repository, used.hub, used.model, reason.reason,
    used.evidence_url
LIMIT $top;
