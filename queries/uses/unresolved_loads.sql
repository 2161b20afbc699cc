-- title:     Loads of a model that the source does not name
-- question:  Where do repositories load a model whose name is not in their source?
-- row:       one load
-- counts:    copies and vendored libraries left out
-- params:    top BIGINT = 100             rows returned
-- columns:   repository, path, line, api, argument, role, evidence_url
-- reads:     use_site
-- known:     use_site: is_resolved
-- caveats:   search_is_partial
-- since:     data-2026.12.0
SELECT
    repository,
    path,
    line,
    api,
    argument,
    role,
    evidence_url
FROM use_site
WHERE model IS NULL
    AND NOT is_copy
    AND NOT is_vendored AND NOT is_registry
ORDER BY repository, path, line, api
LIMIT $top;
