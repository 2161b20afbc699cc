-- title:     Issues per use by library
-- question:  How many issues and pull requests name a library, for each repository that loads a model with it?
-- row:       one library that loads a model in a repository whose issues were read
-- counts:    those repositories, and of their issues and pull requests those that name the library
-- params:    min_repositories BIGINT = 1  only libraries of so many repositories
-- columns:   library, repositories, with_issues, issues, pull_requests, issues_per_repository, share_closed
-- reads:     use_site, issue_listing, repository_issue
-- known:     use_site: signature IS NOT NULL
-- caveats:   issues_that_name_models, search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along library                               library
--            show issues_per_repository                  issues for each repository
--            show repositories                           repositories
WITH loaded AS (
    SELECT DISTINCT site.signature AS library, site.repository
    FROM use_site AS site
    JOIN issue_listing AS asked ON asked.repository = site.repository AND asked.state IN ('read', 'partial')
    WHERE site.role <> 'mention'
        AND site.signature IS NOT NULL
        AND NOT site.is_copy
        AND NOT site.is_vendored AND NOT site.is_registry
),

named AS (
    SELECT loaded.library, loaded.repository, issue.kind, issue.state
    FROM loaded
    LEFT JOIN repository_issue AS issue
        ON issue.repository = loaded.repository AND list_contains(issue.libraries, loaded.library)
)

SELECT *
FROM (
    SELECT
        library,
        count(DISTINCT repository) AS repositories,
        count(DISTINCT repository) FILTER (WHERE kind IS NOT NULL) AS with_issues,
        count(*) FILTER (WHERE kind = 'issue') AS issues,
        count(*) FILTER (WHERE kind = 'pull-request') AS pull_requests,
        round(count(*) FILTER (WHERE kind IS NOT NULL) / count(DISTINCT repository), 2) AS issues_per_repository,
        round(
            count(*) FILTER (WHERE state IN ('closed', 'merged'))
            / nullif(count(*) FILTER (WHERE state IN ('closed', 'merged', 'open')), 0), 3
        ) AS share_closed
    FROM named
    GROUP BY library
)
WHERE repositories >= $min_repositories
ORDER BY issues_per_repository DESC, library;
