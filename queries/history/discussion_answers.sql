-- title:     Answers to discussions
-- question:  How soon is somebody answered who writes about a model, by how popular the model is?
-- row:       one class of downloads of the model (powers of ten), and one kind
-- counts:    discussions and pull requests whose events are stored; answered: a comment or a change of status
--            by another account than the one that opened it, hidden ones left out; where the hub
--            does not name the account that opened it, answers cannot be told apart, and none counts
-- params:    opened_since DATE = '2000-01-01'   opened before it: left out
-- columns:   hub, kind, downloads_from, discussions, answered, answered_share, median_hours, p90_hours, open, open_share
-- reads:     discussion_event, model, model_discussion
-- known:     model_discussion: events_state IN ('fetched', 'partial')
-- caveats:   history_not_fetched, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along downloads_from                        downloads of the model in 30 days, at least
--            show answered_share of discussions          answered, share of all
--            show median_hours log                       hours to the first answer, median (powers of ten)
--            facet kind                                  kind
WITH opened AS (
    SELECT
        discussion.hub,
        discussion.model,
        discussion.number,
        discussion.kind,
        discussion.state,
        discussion.author,
        discussion.created_at,
        coalesce((10 ** floor(log10(nullif(model.downloads, 0))))::BIGINT, 0) AS downloads_from
    FROM model_discussion AS discussion
    JOIN model ON model.hub = discussion.hub AND model.name = discussion.model
    WHERE discussion.events_state IN ('fetched', 'partial')
        AND discussion.created_at >= $opened_since
),

answer AS (
    SELECT opened.hub, opened.model, opened.number, min(event.created_at) AS answered_at
    FROM opened
    JOIN discussion_event AS event
        ON event.hub = opened.hub AND event.model = opened.model AND event.number = opened.number
    WHERE event.kind IN ('comment', 'status-change')
        AND event.author IS DISTINCT FROM opened.author
        AND event.is_hidden IS NOT TRUE
        AND event.created_at >= opened.created_at
        AND opened.author IS NOT NULL
    GROUP BY opened.hub, opened.model, opened.number
),

lasting AS (
    SELECT opened.*, datediff('minute', opened.created_at, answer.answered_at) / 60 AS hours
    FROM opened
    LEFT JOIN answer
        ON answer.hub = opened.hub AND answer.model = opened.model AND answer.number = opened.number
)

SELECT
    hub,
    kind,
    downloads_from,
    count(*) AS discussions,
    count(hours) AS answered,
    round(count(hours) / count(*), 4)::DOUBLE AS answered_share,
    round(quantile_cont(hours, 0.5), 1) AS median_hours,
    round(quantile_cont(hours, 0.9), 1) AS p90_hours,
    count(*) FILTER (WHERE state IN ('open', 'draft')) AS open,
    round(count(*) FILTER (WHERE state IN ('open', 'draft')) / count(*), 4)::DOUBLE AS open_share
FROM lasting
GROUP BY hub, kind, downloads_from
ORDER BY hub, kind, downloads_from;
