-- title:     Bus factor of base models
-- question:  On how many people do the models rest that most others derive from?
-- row:       one model that others derive from and whose commits were fetched
-- counts:    commits by the accounts that the hub names; bus_factor is the fewest accounts that
--            made half of them together; a commit of several accounts counts for each;
--            derivatives are direct ones that are present
-- params:    min_derivatives BIGINT = 1   fewest derivatives of a model
--            min_commits BIGINT = 1       fewest commits with a known author
--            top BIGINT = 50              rows returned
-- columns:   hub, model, derivatives, commits, authored_commits, authors, bus_factor, first_author_share, last_committed_at
-- reads:     model, model_commit, model_commit_author, model_edge, model_history
-- known:     model_commit: title IS NOT NULL
-- caveats:   history_not_fetched, declared_only
-- since:     data-2026.12.0
WITH asked AS (
    SELECT hub, model
    FROM model_history
    WHERE kind = 'commits'
        AND state IN ('fetched', 'partial')
),

derived AS (
    SELECT edge.hub, edge.parent AS model, count(DISTINCT edge.child) AS derivatives
    FROM model_edge AS edge
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    SEMI JOIN asked ON asked.hub = edge.hub AND asked.model = edge.parent
    WHERE child.state = 'present'
        AND edge.child <> edge.parent
    GROUP BY edge.hub, edge.parent
),

committed AS (
    SELECT hub, model, count(*) AS commits, max(committed_at) AS last_committed_at
    FROM model_commit
    GROUP BY hub, model
),

authored AS (
    SELECT hub, model, author, count(*) AS commits
    FROM model_commit_author
    GROUP BY hub, model, author
),

ranked AS (
    SELECT
        hub,
        model,
        commits,
        row_number() OVER of_model AS place,
        sum(commits) OVER of_model - commits AS commits_before,
        sum(commits) OVER (PARTITION BY hub, model) AS total
    FROM authored
    WINDOW of_model AS (
        PARTITION BY hub, model ORDER BY commits DESC, author
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),

resting AS (
    SELECT
        hub,
        model,
        any_value(total)::BIGINT AS authored_commits,
        count(*) AS authors,
        count(*) FILTER (WHERE commits_before * 2 < total) AS bus_factor,
        round(max(commits) / any_value(total), 3) AS first_author_share
    FROM ranked
    GROUP BY hub, model
)

SELECT
    derived.hub,
    derived.model,
    derived.derivatives,
    committed.commits,
    resting.authored_commits,
    resting.authors,
    resting.bus_factor,
    resting.first_author_share,
    committed.last_committed_at
FROM derived
JOIN resting ON resting.hub = derived.hub AND resting.model = derived.model
JOIN committed ON committed.hub = derived.hub AND committed.model = derived.model
WHERE derived.derivatives >= $min_derivatives
    AND resting.authored_commits >= $min_commits
ORDER BY derived.derivatives DESC, resting.bus_factor, derived.hub, derived.model
LIMIT $top;
