-- title:     Uses after a removal
-- question:  How long do repositories go on using a model that its hub has no more?
-- row:       one model that is gone or disabled and that repositories load
-- counts:    repositories whose last scan or import shows the use, copies and vendored libraries left out; a
--            model is lost from the day that a sweep found out; still_used: scanned after that day;
--            worked_on: of these, with a commit after it; median_days from that day to the last scan that
--            still shows the use. Repositories that removed it are not seen, so days are a lower bound of
--            those that stay, not a mean of all
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, state, lost_at, last_seen_at, repositories, still_used, worked_on, introduced_after, median_days, longest_days
-- reads:     model, model_event, model_use, repository, scan
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   dated_by_sweep, search_is_partial, private_unseen, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model
--            show repositories                           repositories that load it
--            show still_used                             of these, scanned after it was found to be lost
--            show median_days, longest_days              days from then to the last scan with the use: median | longest
WITH found AS (
    SELECT hub, model, max(observed_at) AS found_at
    FROM model_event
    WHERE kind IN ('gone', 'disabled')
    GROUP BY hub, model
),

lost AS (
    SELECT
        model.hub,
        model.name,
        model.state,
        model.last_seen_at,
        coalesce(found.found_at, model.state_at) AS lost_at
    FROM model
    LEFT JOIN found ON found.hub = model.hub AND found.model = model.name
    WHERE model.state IN ('gone', 'gone-or-private', 'disabled')
),

used AS (
    SELECT
        lost.hub,
        lost.name,
        model_use.repository,
        bool_or(model_use.introduced_at > lost.lost_at) AS is_later
    FROM model_use
    JOIN lost ON lost.hub = model_use.hub AND lost.name = model_use.model_resolved
    WHERE NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
    GROUP BY lost.hub, lost.name, model_use.repository
),

scanned AS (
    SELECT repository, max(scanned_at) AS scanned_at
    FROM scan
    WHERE state IN ('scanned', 'partial')
    GROUP BY repository
)

SELECT
    lost.hub,
    lost.name AS model,
    lost.state,
    lost.lost_at,
    lost.last_seen_at,
    count(*) AS repositories,
    count(*) FILTER (WHERE scanned.scanned_at > lost.lost_at) AS still_used,
    count(*) FILTER (
        WHERE scanned.scanned_at > lost.lost_at AND repository.head_committed_at > lost.lost_at
    ) AS worked_on,
    count(*) FILTER (WHERE used.is_later) AS introduced_after,
    quantile_cont(datediff('day', lost.lost_at, scanned.scanned_at), 0.5)
        FILTER (WHERE scanned.scanned_at > lost.lost_at) AS median_days,
    max(datediff('day', lost.lost_at, scanned.scanned_at))
        FILTER (WHERE scanned.scanned_at > lost.lost_at) AS longest_days
FROM lost
JOIN used ON used.hub = lost.hub AND used.name = lost.name
JOIN repository ON repository.name = used.repository
LEFT JOIN scanned ON scanned.repository = used.repository
GROUP BY ALL
ORDER BY repositories DESC, lost.hub, model
LIMIT $top;
