-- title:     New models by week
-- question:  How many models were seen for the first time in each week, and what became of them?
-- row:       one week, from its Monday
-- counts:    models found after the first complete sweep of their window; of these those that are
--            still present, that declare a license, that name a base; downloads are those of now
-- params:    found_since DATE = '2000-01-01'   first seen on this day or later
-- columns:   hub, week, models, still_present, with_license, with_base, downloads
-- reads:     model, model_edge, model_event
-- known:     model_event: observed_at IS NOT NULL
-- caveats:   dated_by_sweep, private_unseen, downloads_30_days
-- since:     data-2026.12.0
-- picture:   series
--            along week                                  week of the first sight
--            show models                                 models seen for the first time
--            show still_present in models                of these, still present: present | not any more
--            show with_license in models                 of these, with a declared license: declared | none declared
--            show with_base in models                    of these, with a declared base: declared | none declared
WITH fresh AS (
    SELECT hub, model, date_trunc('week', observed_at)::DATE AS week
    FROM model_event
    WHERE kind = 'new'
        AND observed_at >= $found_since
),

derived AS (
    SELECT DISTINCT edge.hub, edge.child
    FROM model_edge AS edge
    SEMI JOIN fresh ON fresh.hub = edge.hub AND fresh.model = edge.child
)

SELECT
    fresh.hub,
    fresh.week,
    count(*) AS models,
    count(*) FILTER (WHERE model.state = 'present') AS still_present,
    count(model.license) AS with_license,
    count(derived.child) AS with_base,
    coalesce(sum(model.downloads), 0)::BIGINT AS downloads
FROM fresh
JOIN model ON model.hub = fresh.hub AND model.name = fresh.model
LEFT JOIN derived ON derived.hub = fresh.hub AND derived.child = fresh.model
GROUP BY fresh.hub, fresh.week
ORDER BY fresh.hub, fresh.week;
