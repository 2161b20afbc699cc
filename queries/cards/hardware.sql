-- title:     Hardware that models were trained on
-- question:  On which devices were most models trained, as their cards say?
-- row:       one device as written, in lower case
-- counts:    models whose card names the device for their own training
-- params:    top BIGINT = 50              rows returned
-- columns:   hardware, models, median_count, median_carbon_kg, example
-- reads:     extracted_field, model
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only
-- since:     data-2026.12.0
SELECT
    lower(trim(device.value_text)) AS hardware,
    count(DISTINCT (device.hub, device.model)) AS models,
    median(try_cast(device.qualifiers ->> 'count' AS BIGINT)) AS median_count,
    round(median(carbon.value_number), 3) AS median_carbon_kg,
    min(device.model) AS example
FROM extracted_field AS device
JOIN model ON model.hub = device.hub AND model.name = device.model
LEFT JOIN extracted_field AS carbon
    ON carbon.hub = device.hub
        AND carbon.model = device.model
        AND carbon.field = 'carbon_emitted'
        AND carbon.is_chosen
WHERE device.field = 'hardware' AND device.is_chosen
    AND coalesce(device.qualifiers ->> 'of', '') <> 'base'
GROUP BY lower(trim(device.value_text))
ORDER BY models DESC, hardware
LIMIT $top;
