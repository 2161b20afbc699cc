-- title:     Downloads of one model over time
-- question:  How did the downloads of a model change from sweep to sweep?
-- row:       one sweep that saw the model
-- counts:    downloads of the 30 days before the observation: changes are not downloads of a day
-- params:    of_model VARCHAR = ''               present name of the model
--            on_hub VARCHAR = 'huggingface'      short name of the hub
-- columns:   observed_at, downloads, change, days, downloads_all_time, all_time_change
-- reads:     model_observation
-- known:     model_observation: downloads IS NOT NULL
-- caveats:   downloads_30_days
-- since:     data-2026.12.0
-- picture:   series
--            along observed_at                           time of observation (UTC)
--            show downloads                              downloads of the 30 days before
SELECT
    observed_at,
    downloads,
    downloads - lag(downloads) OVER seen AS change,
    round(date_diff('second', lag(observed_at) OVER seen, observed_at) / 86400, 2) AS days,
    downloads_all_time,
    downloads_all_time - lag(downloads_all_time) OVER seen AS all_time_change
FROM model_observation
WHERE hub = $on_hub
    AND model = $of_model
WINDOW seen AS (ORDER BY observed_at, sweep)
ORDER BY observed_at, sweep;
