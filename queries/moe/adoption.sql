-- title:     Adoption of mixtures of experts by month
-- question:  What share of new models, of their downloads and of the repositories that load them is MoE?
-- row:       one month of creation of a hub, and one population: all, originals (no base is named) or derivatives;
--            a month with few known models is joined with the next ones: months says how many are one row
-- counts:    models that are present; shares are of those that are known to be MoE or dense; repositories
--            that load a known model of the month; copies and vendored libraries left out
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            first_day DATE = '2000-01-01'   models created before it are left out
--            least BIGINT = 10               months with fewer known models are joined; 0: none
-- columns:   hub, month, months, population, models, known, moe, moe_share, known_downloads, moe_downloads, moe_download_share, known_repositories, moe_repositories, moe_repository_share
-- reads:     collection, model, model_use
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind
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
WITH RECURSIVE held AS NOT MATERIALIZED (
    SELECT
        hub,
        name,
        date_trunc('month', created_at)::DATE AS month,
        coalesce(downloads, 0) AS downloads,
        is_moe,
        coalesce(base_count, 0) = 0 AS is_original
    FROM model
    WHERE state = 'present'
        AND coalesce(downloads, 0) >= $min_downloads
        AND (created_at IS NULL OR created_at >= $first_day)
),

-- first by kind: the populations overlap, and of few rows each can be taken twice
kind AS (
    SELECT
        hub,
        month,
        is_original,
        count(*) AS models,
        count(is_moe) AS known,
        count(*) FILTER (WHERE is_moe) AS moe,
        coalesce(sum(downloads) FILTER (WHERE is_moe IS NOT NULL), 0) AS known_downloads,
        coalesce(sum(downloads) FILTER (WHERE is_moe), 0) AS moe_downloads
    FROM held
    GROUP BY hub, month, is_original
),

numbered AS (
    SELECT hub, month, sum(known) AS known, row_number() OVER (PARTITION BY hub ORDER BY month) AS place
    FROM kind
    WHERE month IS NOT NULL
    GROUP BY hub, month
),

-- a row goes on until it has enough
joined AS (
    SELECT hub, month, place, month AS first_month, known
    FROM numbered
    WHERE place = 1
    UNION ALL
    SELECT
        numbered.hub,
        numbered.month,
        numbered.place,
        CASE WHEN joined.known >= $least THEN numbered.month ELSE joined.first_month END,
        CASE WHEN joined.known >= $least THEN numbered.known ELSE joined.known + numbered.known END
    FROM joined
    JOIN numbered ON numbered.hub = joined.hub AND numbered.place = joined.place + 1
),

used AS (
    SELECT
        hub,
        month,
        population,
        count(DISTINCT repository) AS known_repositories,
        count(DISTINCT repository) FILTER (WHERE is_moe) AS moe_repositories
    FROM (
        SELECT
            held.hub,
            joined.first_month AS month,
            held.is_moe,
            model_use.repository,
            unnest(['all', CASE WHEN held.is_original THEN 'originals' ELSE 'derivatives' END]) AS population
        FROM held
        JOIN model_use ON model_use.hub = held.hub AND model_use.model_resolved = held.name
        LEFT JOIN joined ON joined.hub = held.hub AND joined.month = held.month
        WHERE held.is_moe IS NOT NULL
            AND NOT model_use.is_copy
            AND NOT model_use.is_vendored
            AND NOT model_use.is_registry
    )
    GROUP BY hub, month, population
),

counted AS (
    SELECT
        hub,
        first_month AS month,
        count(DISTINCT month) AS months,
        population,
        sum(models)::BIGINT AS models,
        sum(known)::BIGINT AS known,
        sum(moe)::BIGINT AS moe,
        sum(known_downloads)::BIGINT AS known_downloads,
        sum(moe_downloads)::BIGINT AS moe_downloads
    FROM (
        SELECT
            kind.*,
            joined.first_month,
            unnest(['all', CASE WHEN kind.is_original THEN 'originals' ELSE 'derivatives' END]) AS population
        FROM kind
        LEFT JOIN joined ON joined.hub = kind.hub AND joined.month = kind.month
    )
    GROUP BY hub, first_month, population
)

SELECT
    counted.hub,
    counted.month,
    counted.months,
    counted.population,
    counted.models,
    counted.known,
    counted.moe,
    round(counted.moe / nullif(counted.known, 0), 4)::DOUBLE AS moe_share,
    counted.known_downloads,
    counted.moe_downloads,
    round(counted.moe_downloads / nullif(counted.known_downloads, 0), 4)::DOUBLE AS moe_download_share,
    CASE WHEN uses.is_collected THEN coalesce(used.known_repositories, 0) END AS known_repositories,
    CASE WHEN uses.is_collected THEN coalesce(used.moe_repositories, 0) END AS moe_repositories,
    round(used.moe_repositories / used.known_repositories, 4)::DOUBLE AS moe_repository_share
FROM counted
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN used
    ON used.hub = counted.hub
    AND used.month IS NOT DISTINCT FROM counted.month
    AND used.population = counted.population
ORDER BY counted.hub, counted.month NULLS LAST, counted.population;
