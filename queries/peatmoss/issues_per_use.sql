-- title:     Issues per use
-- question:  Do models that more repositories use have more issues for each use?
-- row:       one class of models of a hub, by the repositories that load them
-- counts:    models that a repository loads whose issues were read, copies and vendored libraries left out;
--            issues and pull requests that name one, each once a model, those of repositories that do not
--            load it too. PeaTMOSS ties issues to repositories alone, so that one counts for every model
--            there; uses/models_named_in_issues has the models one by one
-- params:    min_confidence DOUBLE = 0.0  mentions by a rule of lower precision are left out; not measured: kept
-- columns:   hub, used_by, models, named_models, named_share, uses, issues, pull_requests, issues_per_use, median_days_to_close
-- reads:     issue_listing, issue_model, model_use, repository_issue
-- known:     issue_model: model_resolved IS NOT NULL
-- caveats:   issues_that_name_models, search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along used_by                               repositories that load the model
--            show issues_per_use                         issues for each use
--            show named_share of models                  models that an issue names, share of all
--            show issues + pull_requests                 issues and pull requests: issues | pull requests
WITH asked AS (
    SELECT DISTINCT repository FROM issue_listing WHERE state IN ('read', 'partial')
),

loaded AS (
    SELECT
        used.hub,
        used.model_resolved AS model,
        count(DISTINCT used.repository) AS uses,
        CASE
            WHEN count(DISTINCT used.repository) = 1 THEN '1'
            WHEN count(DISTINCT used.repository) < 10 THEN '2 to 9'
            WHEN count(DISTINCT used.repository) < 100 THEN '10 to 99'
            ELSE '100 and more'
        END AS used_by
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
        loaded.hub,
        loaded.used_by,
        count(DISTINCT named.model) AS models,
        count(*) FILTER (WHERE issue.kind = 'issue') AS issues,
        count(*) FILTER (WHERE issue.kind = 'pull-request') AS pull_requests,
        quantile_cont(datediff('hour', issue.created_at, issue.closed_at) / 24.0, 0.5) AS days
    FROM named
    JOIN loaded ON loaded.hub = named.hub AND loaded.model = named.model
    JOIN repository_issue AS issue
        ON issue.repository = named.repository AND issue.number = named.number
    WHERE issue.state <> 'gone'
    GROUP BY loaded.hub, loaded.used_by
),

counted AS (
    SELECT hub, used_by, count(*) AS models, sum(uses)::BIGINT AS uses, min(uses) AS fewest
    FROM loaded
    GROUP BY hub, used_by
)

SELECT
    counted.hub,
    counted.used_by,
    counted.models,
    coalesce(written.models, 0) AS named_models,
    round(coalesce(written.models, 0) / counted.models, 4)::DOUBLE AS named_share,
    counted.uses,
    coalesce(written.issues, 0) AS issues,
    coalesce(written.pull_requests, 0) AS pull_requests,
    round(coalesce(written.issues, 0) / counted.uses, 3)::DOUBLE AS issues_per_use,
    round(written.days, 1) AS median_days_to_close
FROM counted
LEFT JOIN written ON written.hub = counted.hub AND written.used_by = counted.used_by
ORDER BY counted.hub, counted.fewest;
