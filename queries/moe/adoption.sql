-- title:     Adoption of mixtures of experts by month
-- question:  What share of new models, of their downloads and of the repositories that load them is MoE?
-- row:       one month of creation of a hub, and one population: all, originals (no base is named) or derivatives
-- counts:    models that are present; shares are of those that are known to be MoE or dense; repositories
--            that load a known model of the month; copies and vendored libraries left out
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            first_day DATE = '2000-01-01'   models created before it are left out
-- columns:   hub, month, population, models, known, moe, moe_share, known_downloads, moe_downloads, moe_download_share, known_repositories, moe_repositories, moe_repository_share
-- reads:     model, model_architecture, model_use
-- known:     model: (hub, name) IN (SELECT (hub, model) FROM model_architecture WHERE is_moe IS NOT NULL)
-- caveats:   created_at_floor, dates_missing, downloads_30_days, declared_only, search_is_partial
-- since:     data-2026.12.0
-- picture:   series
--            along month                                       month of creation
--            show moe_share of known                           new models that are MoE, share of those known
--            show moe_download_share of known                  their downloads of 30 days, share of those of models known
--            show moe_repository_share of known_repositories   repositories that load one, share of those that load a model known
--            show known in models                              of all models created, known to be MoE or dense: known | not known
--            show models log                                   models created, known or not (powers of ten)
--            color population                                  population: originals | derivatives
WITH held AS (
    SELECT
        model.hub,
        model.name,
        date_trunc('month', model.created_at)::DATE AS month,
        coalesce(model.downloads, 0) AS downloads,
        architecture.is_moe,
        unnest(['all', CASE WHEN coalesce(model.base_count, 0) = 0 THEN 'originals' ELSE 'derivatives' END])
            AS population
    FROM model
    LEFT JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (model.created_at IS NULL OR model.created_at >= $first_day)
),

used AS (
    SELECT
        held.hub,
        held.month,
        held.population,
        count(DISTINCT model_use.repository) AS known_repositories,
        count(DISTINCT model_use.repository) FILTER (WHERE held.is_moe) AS moe_repositories
    FROM held
    JOIN model_use ON model_use.hub = held.hub AND model_use.model_resolved = held.name
    WHERE held.is_moe IS NOT NULL
        AND NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
    GROUP BY held.hub, held.month, held.population
),

counted AS (
    SELECT
        hub,
        month,
        population,
        count(*) AS models,
        count(is_moe) AS known,
        count(*) FILTER (WHERE is_moe) AS moe,
        coalesce(sum(downloads) FILTER (WHERE is_moe IS NOT NULL), 0)::BIGINT AS known_downloads,
        coalesce(sum(downloads) FILTER (WHERE is_moe), 0)::BIGINT AS moe_downloads
    FROM held
    GROUP BY hub, month, population
)

SELECT
    counted.hub,
    counted.month,
    counted.population,
    counted.models,
    counted.known,
    counted.moe,
    round(counted.moe / nullif(counted.known, 0), 4)::DOUBLE AS moe_share,
    counted.known_downloads,
    counted.moe_downloads,
    round(counted.moe_downloads / nullif(counted.known_downloads, 0), 4)::DOUBLE AS moe_download_share,
    coalesce(used.known_repositories, 0) AS known_repositories,
    coalesce(used.moe_repositories, 0) AS moe_repositories,
    round(used.moe_repositories / used.known_repositories, 4)::DOUBLE AS moe_repository_share
FROM counted
LEFT JOIN used
    ON used.hub = counted.hub
    AND used.month IS NOT DISTINCT FROM counted.month
    AND used.population = counted.population
ORDER BY counted.hub, counted.month NULLS LAST, counted.population;
