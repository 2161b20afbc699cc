-- A page that came twice is one observation, the last.
SELECT
    seen.hub,
    coalesce(present.name, seen.name) AS model,
    seen.uid,
    seen.observed_at,
    seen.sweep,
    seen.downloads,
    seen.downloads_all_time,
    seen.likes,
    seen.license,
    seen.gated,
    seen.is_disabled,
    seen.sha,
    seen.last_modified_at,
    seen.state
FROM store.model_observation AS seen
LEFT JOIN published.model AS present ON present.hub = seen.hub AND present.uid = seen.uid
QUALIFY row_number() OVER (
    PARTITION BY seen.hub, coalesce(present.name, seen.name), seen.sweep
    ORDER BY seen.observed_at DESC, seen.name
) = 1
