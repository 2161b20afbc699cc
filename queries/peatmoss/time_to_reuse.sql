-- title:     Time from publication to first reuse
-- question:  How long after a model was published did the first repository load it?
-- row:       one quarter of publication, of a hub
-- counts:    models that are present and have a date: the first commit, or the creation where that is
--            earlier or no history was fetched, its floor left out; the first use by the commit that brought
--            the line, copies and vendored libraries left out. Uses that are older than the model (a name
--            that was moved or used again) count apart. Of later quarters only fast uses can be seen yet.
--            PeaTMOSS dates neither: an import brings commits of models, and no date of a use
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, quarter, models, used_models, dated_models, median_days, p90_days, used_within_90_days, used_before
-- reads:     collection, model, model_use
-- known:     model_use: introduced_at IS NOT NULL
-- caveats:   created_at_floor, dates_missing, history_not_fetched, search_is_partial, first_seen_is_not_first_used
-- since:     data-2026.12.0
-- picture:   series
--            along quarter                               quarter of publication
--            show median_days, p90_days log              days to the first use (powers of ten): median | nine in ten are sooner
--            show dated_models in models                 models, with a dated use: dated use | none
--            show used_before                            models with a use older than themselves
WITH published AS (
    SELECT
        model.hub,
        model.name,
        least(
            model.first_commit_at,
            CASE WHEN model.created_at > TIMESTAMP '2022-03-02 23:29:05' THEN model.created_at END
        ) AS published_at
    FROM model
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
),

used AS (
    SELECT hub, model_resolved AS model, min(introduced_at) AS first_used_at
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
    GROUP BY hub, model_resolved
),

lasting AS (
    SELECT
        published.hub,
        published.published_at,
        used.model,
        datediff('day', published.published_at, used.first_used_at) AS days
    FROM published
    LEFT JOIN used ON used.hub = published.hub AND used.model = published.name
    WHERE published.published_at IS NOT NULL
)

SELECT
    hub,
    date_trunc('quarter', published_at)::DATE AS quarter,
    count(*) AS models,
    CASE WHEN any_value(uses.is_collected) THEN count(model) END AS used_models,
    CASE WHEN any_value(uses.is_collected) THEN count(*) FILTER (WHERE days >= 0) END AS dated_models,
    quantile_cont(days, 0.5) FILTER (WHERE days >= 0) AS median_days,
    quantile_cont(days, 0.9) FILTER (WHERE days >= 0) AS p90_days,
    CASE WHEN any_value(uses.is_collected) THEN count(*) FILTER (WHERE days BETWEEN 0 AND 90) END
        AS used_within_90_days,
    CASE WHEN any_value(uses.is_collected) THEN count(*) FILTER (WHERE days < 0) END AS used_before
FROM lasting
JOIN collection AS uses ON uses.table_name = 'model_use'
GROUP BY hub, quarter
ORDER BY hub, quarter;
