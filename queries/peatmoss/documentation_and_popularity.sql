-- title:     Documentation and popularity
-- question:  Are models whose cards state more used and downloaded more (asked by studies since PeaTMOSS)?
-- row:       one measure of popularity or reuse: Spearman's coefficient with the number of fields stated
-- counts:    models that are present and whose card was read; fields that the card states, each once;
--            repositories that load the model, copies and vendored libraries left out, 0 where none does;
--            cards that miner fetched are those of popular models first. It says nothing of a cause
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, popularity, models, median_fields, rank_correlation
-- reads:     extracted_field, extraction, model, model_use
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, downloads_30_days, declared_only, search_is_partial
-- since:     data-2026.12.0
WITH stated AS (
    SELECT hub, model, count(DISTINCT field) AS fields
    FROM extracted_field
    WHERE is_chosen
        AND state = 'stated'
    GROUP BY hub, model
),

loaded AS (
    SELECT hub, model_resolved AS model, count(DISTINCT repository) AS repositories
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
    GROUP BY hub, model_resolved
),

documented AS (
    SELECT
        model.hub,
        model.name,
        model.downloads,
        model.likes,
        coalesce(loaded.repositories, 0) AS repositories,
        coalesce(stated.fields, 0) AS fields
    FROM model
    SEMI JOIN extraction
        ON extraction.hub = model.hub
        AND extraction.model = model.name
        AND extraction.state IN ('extracted', 'partial')
        AND extraction.extractor <> 'peatmoss'
    LEFT JOIN stated ON stated.hub = model.hub AND stated.model = model.name
    LEFT JOIN loaded ON loaded.hub = model.hub AND loaded.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
),

pair AS (
    SELECT hub, 'downloads of 30 days' AS popularity, downloads AS amount, fields FROM documented
    UNION ALL
    SELECT hub, 'likes', likes, fields FROM documented
    UNION ALL
    SELECT hub, 'repositories', repositories, fields FROM documented
),

-- equal values share the mean of their ranks, as Spearman's coefficient has it
ranked AS (
    SELECT
        hub,
        popularity,
        fields,
        rank() OVER (PARTITION BY hub, popularity ORDER BY amount)
        + (count(*) OVER (PARTITION BY hub, popularity, amount) - 1) / 2.0 AS amount_rank,
        rank() OVER (PARTITION BY hub, popularity ORDER BY fields)
        + (count(*) OVER (PARTITION BY hub, popularity, fields) - 1) / 2.0 AS field_rank
    FROM pair
    WHERE amount IS NOT NULL
)

SELECT
    hub,
    popularity,
    count(*) AS models,
    quantile_cont(fields, 0.5) AS median_fields,
    CASE
        WHEN var_pop(amount_rank) > 0 AND var_pop(field_rank) > 0
            THEN round(corr(amount_rank, field_rank), 4)
    END AS rank_correlation
FROM ranked
GROUP BY hub, popularity
ORDER BY hub, popularity;
