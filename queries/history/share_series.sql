-- title:     Licenses, gating and states over time
-- question:  How do the shares of licenses, of gated and of disabled models move from sweep to sweep?
-- row:       one value of one fact in one complete sweep
-- counts:    models that the sweep saw; share is of all it saw; downloads of 30 days; a license is
--            that of the revision, also where its record was read after the sweep
-- params:    of_fact VARCHAR = 'license'         license, gating or state
--            on_hub VARCHAR = 'huggingface'      short name of the hub
--            min_share DOUBLE = 0.0              left out: values with a smaller share, 0 to 1
-- columns:   sweep, observed_on, value, models, share, change, downloads, downloads_share
-- reads:     model, model_observation, sweep
-- known:     model_observation: state IS NOT NULL
-- caveats:   declared_only, downloads_30_days, private_unseen
-- since:     data-2026.12.0
WITH silent AS (
    SELECT DISTINCT model, sha
    FROM model_observation
    WHERE $of_fact = 'license'
        AND hub = $on_hub
        AND license IS NULL
        AND sha IS NOT NULL
),

-- a sweep that saw a new revision came before its record was read: later ones know its license
told AS (
    SELECT silent.model, silent.sha, max(coalesce(later.license, present.license)) AS license
    FROM silent
    LEFT JOIN model_observation AS later
        ON later.hub = $on_hub AND later.model = silent.model AND later.sha = silent.sha
    LEFT JOIN model AS present
        ON present.hub = $on_hub AND present.name = silent.model AND present.sha = silent.sha
    GROUP BY silent.model, silent.sha
),

seen AS (
    SELECT
        observation.sweep,
        sweep.started_at,
        observation.downloads,
        CASE $of_fact
            WHEN 'license' THEN coalesce(observation.license, told.license, 'none known')
            WHEN 'gating' THEN coalesce(observation.gated, 'not said')
            WHEN 'state' THEN coalesce(observation.state, 'not said')
        END AS value
    FROM model_observation AS observation
    JOIN sweep ON sweep.name = observation.sweep
    LEFT JOIN told ON told.model = observation.model AND told.sha = observation.sha
    WHERE observation.hub = $on_hub
        AND sweep.kind IN ('full', 'light')
        AND sweep.is_complete
),

counted AS (
    SELECT
        sweep,
        started_at,
        value,
        count(*) AS models,
        coalesce(sum(downloads), 0)::BIGINT AS downloads
    FROM seen
    WHERE value IS NOT NULL
    GROUP BY sweep, started_at, value
),

shared AS (
    SELECT
        *,
        models / sum(models) OVER (PARTITION BY sweep) AS share,
        downloads / nullif(sum(downloads) OVER (PARTITION BY sweep), 0) AS downloads_share,
        dense_rank() OVER (ORDER BY started_at, sweep) AS place
    FROM counted
)

SELECT
    latest.sweep,
    latest.started_at::DATE AS observed_on,
    latest.value,
    latest.models,
    round(latest.share, 4) AS share,
    -- null at the first sweep; a value that nobody had before has changed by all of its models
    CASE WHEN latest.place > 1 THEN latest.models - coalesce(earlier.models, 0) END AS change,
    latest.downloads,
    round(latest.downloads_share, 4) AS downloads_share
FROM shared AS latest
LEFT JOIN shared AS earlier
    ON earlier.place = latest.place - 1 AND earlier.value = latest.value
WHERE latest.share >= $min_share
ORDER BY latest.place, latest.models DESC, latest.value;
