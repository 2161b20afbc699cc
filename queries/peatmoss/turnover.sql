-- title:     Turnover of popular models
-- question:  How many of the most downloaded models were so at the sweep before (asked by studies since PeaTMOSS)?
-- row:       one sweep of a hub; an import of PeaTMOSS is one, of 2023
-- counts:    the most downloaded models that the sweep saw, by downloads of 30 days then; kept: among the most
--            downloaded of the sweep before too; kept_since_first: of the first sweep; new: created since the
--            sweep before. Complete sweeps of the whole listing, and imports; a renamed model is the same
-- params:    most BIGINT = 1000           most downloaded models of a sweep
-- columns:   hub, sweep, observed_on, models, kept, kept_share, kept_since_first, new, days_since_previous
-- reads:     model, model_observation, sweep
-- known:     model_observation: downloads IS NOT NULL
-- caveats:   downloads_30_days, private_unseen, created_at_floor
-- since:     data-2026.12.0
-- picture:   series
--            along observed_on                           date of the sweep
--            show kept_share of models                   also among the most downloaded of the sweep before, share
--            show kept_since_first, new                  of these models: among those of the first sweep | created since the sweep before
WITH popular AS (
    SELECT observation.hub, observation.sweep, observation.model
    FROM model_observation AS observation
    WHERE observation.downloads > 0
    QUALIFY row_number() OVER (
        PARTITION BY observation.hub, observation.sweep ORDER BY observation.downloads DESC, observation.model
    ) <= $most
),

dated AS (
    SELECT
        sweep.hub,
        sweep.name AS sweep,
        sweep.started_at,
        lag(sweep.name) OVER passes AS previous,
        lag(sweep.started_at) OVER passes AS previous_at,
        first_value(sweep.name) OVER passes AS earliest
    FROM sweep
    SEMI JOIN popular ON popular.hub = sweep.hub AND popular.sweep = sweep.name
    WHERE sweep.subject = 'model'
        AND (sweep.kind = 'seed' OR (sweep.kind IN ('full', 'light') AND sweep.is_complete))
    WINDOW passes AS (PARTITION BY sweep.hub ORDER BY sweep.started_at, sweep.name)
)

SELECT
    dated.hub,
    dated.sweep,
    dated.started_at::DATE AS observed_on,
    count(*) AS models,
    count(previous.model) AS kept,
    CASE WHEN dated.previous IS NOT NULL THEN round(count(previous.model) / count(*), 4) END::DOUBLE
        AS kept_share,
    count(earliest.model) AS kept_since_first,
    count(*) FILTER (WHERE model.created_at > dated.previous_at) AS new,
    datediff('day', dated.previous_at, dated.started_at) AS days_since_previous
FROM dated
JOIN popular ON popular.hub = dated.hub AND popular.sweep = dated.sweep
LEFT JOIN popular AS previous
    ON previous.hub = dated.hub AND previous.sweep = dated.previous AND previous.model = popular.model
LEFT JOIN popular AS earliest
    ON earliest.hub = dated.hub AND earliest.sweep = dated.earliest AND earliest.model = popular.model
LEFT JOIN model ON model.hub = popular.hub AND model.name = popular.model
GROUP BY dated.hub, dated.sweep, dated.started_at, dated.previous, dated.previous_at
ORDER BY dated.hub, dated.started_at, dated.sweep;
