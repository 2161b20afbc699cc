-- title:     Hardware that models were trained on
-- question:  On which devices were most models trained, as their cards say?
-- row:       one device by its one name, whatever its memory; one that no table knows as written, in lower case
-- counts:    models whose card names the device for their own training; quantized copies stand for their
--            base, and count once; spellings are the words of the cards
-- params:    top BIGINT = 50              rows returned
-- columns:   hardware, models, median_count, median_carbon_kg, spellings, example
-- reads:     extracted_field, model, model_edge
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only
-- since:     data-2026.12.0
WITH packed AS (
    SELECT hub, model, min(base) AS base
    FROM (
        SELECT hub, child AS model, parent AS base
        FROM model_edge
        WHERE relation = 'quantized'
        UNION ALL
        SELECT hub, model, coalesce(named, value_text) AS base
        FROM extracted_field
        WHERE field = 'base_model' AND is_chosen AND qualifiers ->> 'relation' = 'quantized'
    ) AS made
    WHERE base <> model
    GROUP BY hub, model
),

device AS (
    SELECT
        field.hub,
        field.model,
        coalesce(packed.base, field.model) AS subject,
        coalesce(field.qualifiers ->> 'accelerator', lower(trim(field.value_text))) AS hardware,
        trim(field.value_text) AS spelling,
        try_cast(field.qualifiers ->> 'count' AS BIGINT) AS device_count
    FROM extracted_field AS field
    LEFT JOIN packed ON packed.hub = field.hub AND packed.model = field.model
    WHERE field.field = 'hardware' AND field.is_chosen
        AND coalesce(field.qualifiers ->> 'of', '') <> 'base'
),

carbon AS (
    SELECT hub, model, max(value_number) AS carbon_kg
    FROM extracted_field
    WHERE field = 'carbon_emitted' AND is_chosen AND coalesce(qualifiers ->> 'of', '') = ''
    GROUP BY hub, model
),

trained AS (
    SELECT
        device.hardware,
        device.hub,
        device.subject,
        max(device.device_count) AS device_count,
        max(carbon.carbon_kg) AS carbon_kg,
        list(DISTINCT device.spelling) AS spellings,
        min(device.model) AS example
    FROM device
    JOIN model ON model.hub = device.hub AND model.name = device.model
    LEFT JOIN carbon ON carbon.hub = device.hub AND carbon.model = device.model
    GROUP BY device.hardware, device.hub, device.subject
)

SELECT
    hardware,
    count(*) AS models,
    median(device_count) AS median_count,
    round(median(carbon_kg), 3) AS median_carbon_kg,
    list_sort(list_distinct(flatten(list(spellings)))) AS spellings,
    min(example) AS example
FROM trained
GROUP BY hardware
ORDER BY models DESC, hardware
LIMIT $top;
