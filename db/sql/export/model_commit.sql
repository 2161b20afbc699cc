SELECT
    hub,
    model,
    sha,
    coalesce(any_value(listed_at), min(committed_at)) AS committed_at,
    min(observed_at) AS observed_at,
    any_value(title) AS title,
    any_value(message) AS message
FROM (
    SELECT hub, model, sha, committed_at, committed_at AS listed_at, observed_at, title, message
    FROM plain.model_commit
    UNION ALL
    SELECT hub, name, sha, last_modified_at, NULL, observed_at, NULL, NULL
    FROM published.model
    UNION ALL
    SELECT seen.hub, seen.model, seen.sha, seen.last_modified_at, NULL, seen.observed_at, NULL, NULL
    FROM published.model_observation AS seen
    JOIN published.model ON model.hub = seen.hub AND model.name = seen.model
)
WHERE sha IS NOT NULL
GROUP BY hub, model, sha
