SELECT
    hub,
    model,
    sha,
    min(committed_at) AS committed_at,
    min(observed_at) AS observed_at
FROM (
    SELECT hub, name AS model, sha, last_modified_at AS committed_at, observed_at
    FROM published.model
    UNION ALL
    SELECT seen.hub, seen.model, seen.sha, seen.last_modified_at, seen.observed_at
    FROM published.model_observation AS seen
    JOIN published.model ON model.hub = seen.hub AND model.name = seen.model
)
WHERE sha IS NOT NULL
GROUP BY hub, model, sha
