-- title:     Uses by kind and role
-- question:  Where in the source do the names of models stand, and what do the sites do with them?
-- row:       one kind and role
-- counts:    use sites whose model is known, copies and vendored libraries left out
-- params:    none
-- columns:   kind, role, use_sites, repositories, models
-- reads:     use_site
-- known:     use_site: is_resolved
-- caveats:   search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along kind                                  place in the source
--            show use_sites                              use sites
--            color role                                  role
SELECT
    kind,
    role,
    count(*) AS use_sites,
    count(DISTINCT repository) AS repositories,
    count(DISTINCT hub || ':' || model) AS models
FROM use_site
WHERE model IS NOT NULL
    AND NOT is_copy
    AND NOT is_vendored AND NOT is_registry
GROUP BY kind, role
ORDER BY use_sites DESC, kind, role;
