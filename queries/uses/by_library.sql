-- title:     Uses by library
-- question:  Which libraries load the models that repositories use?
-- row:       one library; none: only the place of the name tells that it is a model
-- counts:    repositories with a load, mentions, copies and vendored libraries left out
-- params:    none
-- columns:   library, repositories, models, use_sites, unresolved_loads
-- reads:     use_site
-- known:     use_site: signature IS NOT NULL
-- caveats:   search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along library                               library
--            show repositories                           repositories
--            show models                                 models
--            show use_sites                              use sites
--            show unresolved_loads                       of these, whose model is not known
SELECT
    coalesce(signature, 'none') AS library,
    count(DISTINCT repository) AS repositories,
    count(DISTINCT hub || ':' || model) AS models,
    count(*) AS use_sites,
    count(*) FILTER (WHERE model IS NULL) AS unresolved_loads
FROM use_site
WHERE role <> 'mention'
    AND NOT is_copy
    AND NOT is_vendored AND NOT is_registry
GROUP BY coalesce(signature, 'none')
ORDER BY repositories DESC, use_sites DESC, library;
