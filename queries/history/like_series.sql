-- title:     Likes of one model over time
-- question:  How did the likes of a model change from sweep to sweep?
-- row:       one sweep that saw the model
-- counts:    likes at the time of the observation; people can take theirs back
-- params:    of_model VARCHAR = ''               present name of the model
--            on_hub VARCHAR = 'huggingface'      short name of the hub
-- columns:   observed_at, likes, change, days
-- reads:     model_observation
-- known:     model_observation: likes IS NOT NULL
-- caveats:   none
-- since:     data-2026.12.0
-- picture:   series
--            along observed_at                           time of observation (UTC)
--            show likes                                  likes
SELECT
    observed_at,
    likes,
    likes - lag(likes) OVER seen AS change,
    round(date_diff('second', lag(observed_at) OVER seen, observed_at) / 86400, 2) AS days
FROM model_observation
WHERE hub = $on_hub
    AND model = $of_model
WINDOW seen AS (ORDER BY observed_at, sweep)
ORDER BY observed_at, sweep;
