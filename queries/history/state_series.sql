-- title:     License, gating and state of one model over time
-- question:  What did each sweep see of a model's license, gating, state and revision?
-- row:       one sweep that saw the model; where it is gone now, its finding too, as the last row
-- counts:    what was seen; a license is that of the revision, also where the sweep saw a new
--            revision whose record was read after it; null: none declared, or not known
-- params:    of_model VARCHAR = ''               present name of the model
--            on_hub VARCHAR = 'huggingface'      short name of the hub
--            only_changes BOOLEAN = false        only rows that differ from the one before
-- columns:   observed_at, state, license, gated, is_disabled, revision, changed
-- reads:     model, model_observation
-- known:     model_observation: state IS NOT NULL
-- caveats:   dated_by_sweep, declared_only, private_unseen
-- since:     data-2026.12.0
WITH seen AS (
    SELECT
        observation.observed_at,
        observation.sweep,
        observation.state,
        coalesce(
            observation.license,
            CASE
                WHEN observation.sha IS NOT NULL
                    THEN max(observation.license) OVER (PARTITION BY observation.sha)
            END,
            CASE WHEN observation.sha = model.sha THEN model.license END
        ) AS license,
        observation.gated,
        observation.is_disabled,
        observation.sha
    FROM model_observation AS observation
    LEFT JOIN model ON model.hub = observation.hub AND model.name = observation.model
    WHERE observation.hub = $on_hub
        AND observation.model = $of_model
    UNION ALL
    SELECT state_at, NULL, state, NULL, NULL, NULL, NULL
    FROM model
    WHERE hub = $on_hub
        AND name = $of_model
        AND state IN ('gone', 'gone-or-private')
),

compared AS (
    SELECT
        *,
        row_number() OVER series = 1 AS is_first,
        lag(state) OVER series AS state_before,
        lag(license) OVER series AS license_before,
        lag(gated) OVER series AS gated_before,
        lag(sha) OVER series AS sha_before
    FROM seen
    WINDOW series AS (ORDER BY observed_at, sweep NULLS LAST)
),

told AS (
    SELECT
        *,
        CASE
            WHEN is_first THEN ''
            -- of what is gone nothing more is seen
            WHEN state IN ('gone', 'gone-or-private') THEN 'state'
            ELSE concat_ws(
                ', ',
                CASE WHEN state IS DISTINCT FROM state_before THEN 'state' END,
                CASE WHEN license IS DISTINCT FROM license_before THEN 'license' END,
                CASE WHEN gated IS DISTINCT FROM gated_before THEN 'gating' END,
                CASE WHEN sha IS DISTINCT FROM sha_before THEN 'revision' END
            )
        END AS changed
    FROM compared
)

SELECT observed_at, state, license, gated, is_disabled, sha AS revision, changed
FROM told
WHERE NOT $only_changes OR is_first OR changed <> ''
ORDER BY observed_at, sweep NULLS LAST;
