-- title:     Models named in issues, per use
-- question:  Which models do issues and pull requests name most often, against the repositories that load them?
-- row:       one model; a name that matches no stored model counts as it is written
-- counts:    issues and pull requests that name it, each once; uses in repositories whose issues were read, copies and vendored libraries left out
-- params:    on_hub VARCHAR = ''          only models of this hub; empty: all
--            min_issues BIGINT = 1        only models that so many issues name
--            top BIGINT = 50              rows returned
-- columns:   hub, model, issues, open_issues, repositories, uses, issues_per_use, last_updated_at
-- reads:     issue_model, repository_issue, issue_listing, model_use
-- known:     issue_model: model_resolved IS NOT NULL
-- caveats:   issues_that_name_models, search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model
--            show issues                                 issues that name it
--            show uses                                   repositories that load it
WITH asked AS (
    SELECT DISTINCT repository FROM issue_listing WHERE state IN ('read', 'partial')
),

loaded AS (
    SELECT used.hub, coalesce(used.model_resolved, used.model) AS model, count(DISTINCT used.repository) AS uses
    FROM model_use AS used
    JOIN asked ON asked.repository = used.repository
    WHERE NOT used.is_copy
        AND NOT used.is_vendored AND NOT used.is_registry
    GROUP BY used.hub, coalesce(used.model_resolved, used.model)
),

named AS (
    SELECT DISTINCT hub, coalesce(model_resolved, model) AS model, repository, number
    FROM issue_model
)

SELECT *
FROM (
    SELECT
        named.hub,
        named.model,
        count(*) AS issues,
        count(*) FILTER (WHERE issue.state = 'open') AS open_issues,
        count(DISTINCT named.repository) AS repositories,
        coalesce(any_value(loaded.uses), 0) AS uses,
        round(count(*) / any_value(loaded.uses), 2) AS issues_per_use,
        max(issue.updated_at) AS last_updated_at
    FROM named
    JOIN repository_issue AS issue ON issue.repository = named.repository AND issue.number = named.number
    LEFT JOIN loaded ON loaded.hub = named.hub AND loaded.model = named.model
    WHERE $on_hub = '' OR named.hub = $on_hub
    GROUP BY named.hub, named.model
)
WHERE issues >= $min_issues
ORDER BY issues DESC, hub, model
LIMIT $top;
