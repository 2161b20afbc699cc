-- title:     Models most discussed for their use
-- question:  About which models do people write most, measured by the repositories that use them?
-- row:       one model whose discussions were fetched
-- counts:    discussions and pull requests; comments and the accounts that wrote them, hidden ones
--            left out; repositories that load the model, copies and vendored libraries left out;
--            models with fewer discussions than min_discussions left out
-- params:    min_discussions BIGINT = 1   fewest discussions and pull requests of a model
--            top BIGINT = 50              rows returned
-- columns:   hub, model, discussions, pull_requests, open, comments, people, repositories, discussions_per_repository, downloads
-- reads:     discussion_event, model, model_discussion, model_use
-- known:     model_discussion: events_state = 'fetched'
-- caveats:   history_not_fetched, search_is_partial, downloads_30_days
-- since:     data-2026.12.0
WITH discussed AS (
    SELECT
        hub,
        model,
        count(*) FILTER (WHERE kind = 'discussion') AS discussions,
        count(*) FILTER (WHERE kind = 'pull-request') AS pull_requests,
        count(*) FILTER (WHERE state = 'open') AS open
    FROM model_discussion
    WHERE events_state <> 'not-fetched'
    GROUP BY hub, model
),

written AS (
    SELECT hub, model, count(*) AS comments, count(DISTINCT author) AS people
    FROM discussion_event
    WHERE kind = 'comment'
        AND is_hidden IS NOT TRUE
    GROUP BY hub, model
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
    discussed.hub,
    discussed.model,
    discussed.discussions,
    discussed.pull_requests,
    discussed.open,
    coalesce(written.comments, 0) AS comments,
    coalesce(written.people, 0) AS people,
    coalesce(loaded.repositories, 0) AS repositories,
    round((discussed.discussions + discussed.pull_requests) / nullif(loaded.repositories, 0), 2)
        AS discussions_per_repository,
    model.downloads
FROM discussed
JOIN model ON model.hub = discussed.hub AND model.name = discussed.model
LEFT JOIN written ON written.hub = discussed.hub AND written.model = discussed.model
LEFT JOIN loaded ON loaded.hub = discussed.hub AND loaded.model = discussed.model
WHERE discussed.discussions + discussed.pull_requests >= $min_discussions
ORDER BY
    discussions_per_repository DESC NULLS LAST,
    discussed.discussions + discussed.pull_requests DESC,
    discussed.hub,
    discussed.model
LIMIT $top;
