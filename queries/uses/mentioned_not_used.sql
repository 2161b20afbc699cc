-- title:     Mentioned, not used
-- question:  Which models do repositories name without loading them?
-- row:       one model, as written
-- counts:    repositories that only name it, beside those that load it; copies left out
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, mentioning_only, using_it, example_url
-- reads:     use_site, model_use
-- known:     use_site: is_resolved
-- caveats:   search_is_partial, names_unresolved
-- since:     data-2026.12.0
WITH users AS (
    SELECT hub, model, count(DISTINCT repository) AS repositories
    FROM model_use
    WHERE NOT is_copy AND NOT is_vendored AND NOT is_registry
    GROUP BY hub, model
)

SELECT
    site.hub,
    site.model,
    count(DISTINCT site.repository) AS mentioning_only,
    coalesce(any_value(users.repositories), 0)::BIGINT AS using_it,
    min(site.evidence_url) AS example_url
FROM use_site AS site
LEFT JOIN model_use AS used
    ON used.repository = site.repository AND used.hub = site.hub AND used.model = site.model
LEFT JOIN users ON users.hub = site.hub AND users.model = site.model
WHERE site.role = 'mention'
    AND site.model IS NOT NULL
    AND used.repository IS NULL
    AND NOT site.is_copy
GROUP BY site.hub, site.model
ORDER BY mentioning_only DESC, site.hub, site.model
LIMIT $top;
