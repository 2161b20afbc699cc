-- title:     Domains of models and of what uses them
-- question:  Which domains do models and the repositories that use them belong to (PeaTMOSS, figures 8 and 9)?
-- row:       one domain of a hub; null: no task, or one that the list does not have
-- counts:    models that are present; repositories that load one, copies and vendored libraries left out,
--            each once in every domain that it loads. Domains are those of the study, with the hub's tasks
--            since; it looks for tasks in all tags, part of a longer one too, this takes the one task that
--            the hub shows. The study leaves out what has none, and calls a repository that loads two
--            domains multimodal
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, domain, models, model_share, used_models, repositories, repository_share, hub_models, hub_repositories
-- reads:     collection, model, model_use
-- known:     model: pipeline_tag IS NOT NULL
-- caveats:   declared_only, tags_by_hub, search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along domain                                domain
--            show model_share of hub_models              figure 8: models, share of the hub
--            show repository_share of hub_repositories   figure 9: repositories, share of those that load any
--            facet hub                                   hub
--            null no task that the list has
WITH loaded AS (
    SELECT DISTINCT hub, model_resolved AS model, repository
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
),

counted AS (
    SELECT
        model.hub,
        model.domain,
        count(DISTINCT model.name) AS models,
        CASE WHEN any_value(uses.is_collected) THEN count(DISTINCT loaded.model) END AS used_models,
        CASE WHEN any_value(uses.is_collected) THEN count(DISTINCT loaded.repository) END AS repositories
    FROM model
    JOIN collection AS uses ON uses.table_name = 'model_use'
    LEFT JOIN loaded ON loaded.hub = model.hub AND loaded.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY model.hub, model.domain
),

whole AS (
    SELECT loaded.hub, count(DISTINCT loaded.repository) AS repositories
    FROM loaded
    JOIN model ON model.hub = loaded.hub AND model.name = loaded.model
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY loaded.hub
)

SELECT
    counted.hub,
    counted.domain,
    counted.models,
    round(counted.models / sum(counted.models) OVER (PARTITION BY counted.hub), 4)::DOUBLE AS model_share,
    counted.used_models,
    counted.repositories,
    round(counted.repositories / nullif(whole.repositories, 0), 4)::DOUBLE AS repository_share,
    sum(counted.models) OVER (PARTITION BY counted.hub)::BIGINT AS hub_models,
    CASE WHEN counted.repositories IS NOT NULL THEN coalesce(whole.repositories, 0) END AS hub_repositories
FROM counted
LEFT JOIN whole ON whole.hub = counted.hub
ORDER BY
    counted.hub,
    list_position(['NLP', 'computer vision', 'audio', 'multimodal', 'other'], counted.domain);
