-- title:     Licenses of mixtures of experts and of dense models
-- question:  Do MoE models carry other licenses than dense ones, and their derivatives than their originals?
-- row:       one license of one population: all, originals (no base is named) or derivatives; null: none declared
-- counts:    models that are present and known to be MoE or dense; a share is that of all licenses of its column
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 60              rows returned of each population
-- columns:   hub, population, license, dense, moe, dense_share, moe_share, share_difference
-- reads:     model
-- known:     model: is_moe IS NOT NULL
-- coverage:  kind
-- caveats:   declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along license                               license
--            show dense_share, moe_share                 share of all models of the kind: dense | MoE
--            facet population                            population
--            null none declared
WITH kind AS (
    SELECT
        hub,
        license,
        coalesce(base_count, 0) = 0 AS is_original,
        count(*) FILTER (WHERE NOT is_moe) AS dense,
        count(*) FILTER (WHERE is_moe) AS moe
    FROM model
    WHERE state = 'present'
        AND is_moe IS NOT NULL
        AND coalesce(downloads, 0) >= $min_downloads
    GROUP BY hub, license, is_original
),

counted AS (
    SELECT hub, population, license, sum(dense)::BIGINT AS dense, sum(moe)::BIGINT AS moe
    FROM (
        SELECT *, unnest(['all', CASE WHEN is_original THEN 'originals' ELSE 'derivatives' END]) AS population
        FROM kind
    )
    GROUP BY hub, population, license
),

shared AS (
    SELECT
        *,
        round(dense / nullif(sum(dense) OVER whole, 0), 4)::DOUBLE AS dense_share,
        round(moe / nullif(sum(moe) OVER whole, 0), 4)::DOUBLE AS moe_share,
        row_number() OVER (PARTITION BY hub, population ORDER BY moe DESC, dense DESC, license) AS place
    FROM counted
    WINDOW whole AS (PARTITION BY hub, population)
)

SELECT
    hub,
    population,
    license,
    dense,
    moe,
    dense_share,
    moe_share,
    round(moe_share - dense_share, 4)::DOUBLE AS share_difference
FROM shared
WHERE place <= $top
ORDER BY hub, population, place;
