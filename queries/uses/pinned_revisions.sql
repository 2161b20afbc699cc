-- title:     Pinned revisions of models
-- question:  Do repositories pin the revision of the models that they load?
-- row:       one way to name a revision: commit (its whole sha), branch or tag, default branch, none
-- counts:    places that load a model of a hub with revisions, and repositories with such a place; tests
--            and examples by parameter, copies and vendored libraries left out. A commit alone cannot change: a branch or
--            tag can be moved, and the default branch (main, master) is what is loaded without a revision.
--            Read are revision= where the file says its value, owner/name@revision, addresses, and
--            owner/repository:branch of torch.hub; a value from an option, a config or another language
--            counts as none, so pins are undercounted
-- params:    on_hub VARCHAR = 'huggingface'  huggingface or pytorch-hub; empty: both
--            in_role VARCHAR = 'use'      use, example or test; empty: all three
-- columns:   pinning, sites, site_share, repositories, repository_share, models
-- reads:     use_site
-- known:     use_site: revision IS NOT NULL
-- caveats:   search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along pinning                               how the revision is named
--            show site_share of sites                    places that load a model, share of all
--            show repository_share of repositories       repositories with such a place, share of all
WITH loading AS (
    SELECT
        repository,
        hub,
        coalesce(model_resolved, model) AS model,
        CASE
            WHEN revision IS NULL THEN 'none'
            WHEN regexp_full_match(revision, '[0-9a-f]{40}') THEN 'commit'
            WHEN revision IN ('main', 'master') THEN 'default branch'
            ELSE 'branch or tag'
        END AS pinning
    FROM use_site
    WHERE hub IN ('huggingface', 'pytorch-hub')
        AND ($on_hub = '' OR hub = $on_hub)
        AND role <> 'mention'
        AND ($in_role = '' OR role = $in_role)
        AND method <> 'peatmoss'
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
),

whole AS (
    SELECT count(*) AS sites, count(DISTINCT repository) AS repositories FROM loading
)

SELECT
    loading.pinning,
    count(*) AS sites,
    round(count(*) / any_value(whole.sites), 4)::DOUBLE AS site_share,
    count(DISTINCT loading.repository) AS repositories,
    round(count(DISTINCT loading.repository) / any_value(whole.repositories), 4)::DOUBLE AS repository_share,
    count(DISTINCT (loading.hub, loading.model)) FILTER (WHERE loading.model IS NOT NULL) AS models
FROM loading
CROSS JOIN whole
GROUP BY loading.pinning
ORDER BY sites DESC, loading.pinning;
