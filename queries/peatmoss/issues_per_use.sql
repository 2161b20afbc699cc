-- title:     Issues per use
-- question:  Which models do issues and pull requests of repositories name most, measured by their uses?
-- row:       one model that an issue or pull request names
-- counts:    issues and pull requests, each once; repositories that load the model and whose issues were
--            read, copies and vendored libraries left out; issues of repositories that do not load it count
--            too. PeaTMOSS ties issues to a repository only: one issue counts there for all its models
-- params:    min_repositories BIGINT = 1  models that fewer repositories load are left out
--            min_confidence DOUBLE = 0.0  mentions by a rule of lower precision are left out; not measured: kept
--            top BIGINT = 50              rows returned
-- columns:   hub, model, repositories, issues, pull_requests, open, naming_repositories, issues_per_repository, median_days_to_close
-- reads:     issue_listing, issue_model, model_use, repository_issue
-- known:     issue_model: model_resolved IS NOT NULL
-- caveats:   issues_that_name_models, search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model
--            show issues + pull_requests                 issues and pull requests: issues | pull requests
--            show issues_per_repository                  issues for each repository that loads it
WITH asked AS (
    SELECT DISTINCT repository FROM issue_listing WHERE state IN ('read', 'partial')
),

loaded AS (
    SELECT used.hub, used.model_resolved AS model, count(DISTINCT used.repository) AS repositories
    FROM model_use AS used
    SEMI JOIN asked ON asked.repository = used.repository
    WHERE used.model_resolved IS NOT NULL
        AND NOT used.is_copy
        AND NOT used.is_vendored
        AND NOT used.is_registry
    GROUP BY used.hub, used.model_resolved
),

named AS (
    SELECT DISTINCT hub, model_resolved AS model, repository, number
    FROM issue_model
    WHERE model_resolved IS NOT NULL
        AND coalesce(confidence, 1) >= $min_confidence
),

written AS (
    SELECT
        named.hub,
        named.model,
        count(*) FILTER (WHERE issue.kind = 'issue') AS issues,
        count(*) FILTER (WHERE issue.kind = 'pull-request') AS pull_requests,
        count(*) FILTER (WHERE issue.state = 'open') AS open,
        count(DISTINCT named.repository) AS naming_repositories,
        quantile_cont(datediff('hour', issue.created_at, issue.closed_at) / 24.0, 0.5) AS days
    FROM named
    JOIN repository_issue AS issue
        ON issue.repository = named.repository AND issue.number = named.number
    WHERE issue.state <> 'gone'
    GROUP BY named.hub, named.model
)

SELECT
    written.hub,
    written.model,
    coalesce(loaded.repositories, 0) AS repositories,
    written.issues,
    written.pull_requests,
    written.open,
    written.naming_repositories,
    round(written.issues / loaded.repositories, 2)::DOUBLE AS issues_per_repository,
    round(written.days, 1) AS median_days_to_close
FROM written
LEFT JOIN loaded ON loaded.hub = written.hub AND loaded.model = written.model
WHERE coalesce(loaded.repositories, 0) >= $min_repositories
ORDER BY written.issues + written.pull_requests DESC, written.hub, written.model
LIMIT $top;
