SELECT
    coalesce(present.name, seen.name) AS repository,
    seen.uid,
    seen.observed_at,
    seen.sweep,
    seen.stars,
    seen.forks,
    seen.license,
    seen.is_archived,
    seen.pushed_at,
    seen.head_commit,
    seen.state
FROM store.repository_observation AS seen
LEFT JOIN store.repository AS present ON present.node_id = seen.uid
QUALIFY row_number() OVER (
    PARTITION BY coalesce(present.name, seen.name), seen.sweep
    ORDER BY seen.observed_at DESC, seen.name
) = 1
