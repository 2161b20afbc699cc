-- title:     Summary figures
-- question:  How many models, uses, discussions and issues are there (PeaTMOSS, table of its contents)?
-- row:       one hub
-- counts:    models that are present or gone; popular: more than 50 downloads of 30 days, of which PeaTMOSS
--            has snapshots; repositories and uses, copies and vendored libraries left out, which PeaTMOSS has
--            among its links; issues and pull requests that name a model of the hub, where PeaTMOSS has all
--            of its repositories
-- params:    none
-- columns:   hub, models, popular_models, used_models, repositories, uses, discussions, pull_requests, issues, repository_pull_requests, commits
-- reads:     collection, issue_model, model, model_commit, model_discussion, model_use, repository_issue
-- known:     model: observed_at IS NOT NULL
-- caveats:   search_is_partial, history_not_fetched, issues_that_name_models, downloads_30_days, names_unresolved
-- since:     data-2026.12.0
WITH held AS (
    SELECT hub, count(*) AS models, count(*) FILTER (WHERE downloads > 50) AS popular_models
    FROM model
    WHERE state <> 'named'
    GROUP BY hub
),

used AS (
    SELECT
        hub,
        count(DISTINCT coalesce(model_resolved, model)) AS used_models,
        count(DISTINCT repository) AS repositories,
        count(DISTINCT (repository, coalesce(model_resolved, model))) AS uses
    FROM model_use
    WHERE NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
    GROUP BY hub
),

discussed AS (
    SELECT
        hub,
        count(*) FILTER (WHERE kind = 'discussion') AS discussions,
        count(*) FILTER (WHERE kind = 'pull-request') AS pull_requests
    FROM model_discussion
    GROUP BY hub
),

named AS (
    SELECT
        issue_model.hub,
        count(DISTINCT (issue.repository, issue.number)) FILTER (WHERE issue.kind = 'issue') AS issues,
        count(DISTINCT (issue.repository, issue.number)) FILTER (WHERE issue.kind = 'pull-request')
            AS pull_requests
    FROM issue_model
    JOIN repository_issue AS issue
        ON issue.repository = issue_model.repository AND issue.number = issue_model.number
    GROUP BY issue_model.hub
),

committed AS (
    SELECT hub, count(*) AS commits FROM model_commit WHERE title IS NOT NULL GROUP BY hub
),

got AS (
    SELECT
        bool_or(is_collected) FILTER (WHERE part = 'uses') AS uses,
        bool_or(is_collected) FILTER (WHERE part = 'discussions') AS talk,
        bool_or(is_collected) FILTER (WHERE part = 'issues') AS issues,
        bool_or(is_collected) FILTER (WHERE part = 'commits') AS commits
    FROM collection
)

SELECT
    held.hub,
    held.models,
    held.popular_models,
    CASE WHEN got.uses THEN coalesce(used.used_models, 0) END AS used_models,
    CASE WHEN got.uses THEN coalesce(used.repositories, 0) END AS repositories,
    CASE WHEN got.uses THEN coalesce(used.uses, 0) END AS uses,
    CASE WHEN got.talk THEN coalesce(discussed.discussions, 0) END AS discussions,
    CASE WHEN got.talk THEN coalesce(discussed.pull_requests, 0) END AS pull_requests,
    CASE WHEN got.issues THEN coalesce(named.issues, 0) END AS issues,
    CASE WHEN got.issues THEN coalesce(named.pull_requests, 0) END AS repository_pull_requests,
    CASE WHEN got.commits THEN coalesce(committed.commits, 0) END AS commits
FROM held
CROSS JOIN got
LEFT JOIN used ON used.hub = held.hub
LEFT JOIN discussed ON discussed.hub = held.hub
LEFT JOIN named ON named.hub = held.hub
LEFT JOIN committed ON committed.hub = held.hub
ORDER BY held.models DESC, held.hub;
