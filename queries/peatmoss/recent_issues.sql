-- title:     Recent issues that name models
-- question:  What do developers write about models in issues and pull requests now (PeaTMOSS, GH2)?
-- row:       one issue or pull request, the last changed first
-- counts:    those that name a model or a library that loads models, and all that were imported; PeaTMOSS
--            has the issues of a repository whatever they are about, and does not say which model they name
-- params:    of_kind VARCHAR = 'issue'    issue or pull-request; empty: both
--            in_state VARCHAR = 'open'    open, closed or merged; empty: all
--            top BIGINT = 100             rows returned
-- columns:   repository, number, kind, state, title, updated_at, models, libraries, comments, evidence_url
-- reads:     issue_model, repository_issue
-- known:     repository_issue: updated_at IS NOT NULL
-- caveats:   issues_that_name_models, names_unresolved
-- since:     data-2026.12.0
WITH recent AS (
    SELECT *
    FROM repository_issue
    WHERE ($of_kind = '' OR kind = $of_kind)
        AND ($in_state = '' OR state = $in_state)
    ORDER BY updated_at DESC NULLS LAST, repository, number
    LIMIT $top
),

named AS (
    SELECT
        issue_model.repository,
        issue_model.number,
        list_sort(list(DISTINCT coalesce(issue_model.model_resolved, issue_model.model))) AS models
    FROM issue_model
    SEMI JOIN recent
        ON recent.repository = issue_model.repository AND recent.number = issue_model.number
    GROUP BY issue_model.repository, issue_model.number
)

SELECT
    recent.repository,
    recent.number,
    recent.kind,
    recent.state,
    recent.title,
    recent.updated_at,
    coalesce(named.models, []) AS models,
    recent.libraries,
    recent.comment_count AS comments,
    recent.evidence_url
FROM recent
LEFT JOIN named ON named.repository = recent.repository AND named.number = recent.number
ORDER BY recent.updated_at DESC NULLS LAST, recent.repository, recent.number;
