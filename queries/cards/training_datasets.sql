-- title:     Training data most used
-- question:  On which datasets were most models trained, as cards and metadata say?
-- row:       one dataset, in one spelling
-- counts:    models, each once; those that only the text of the card names beside
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, dataset, is_held, models, models_by_text_only, dataset_license, downloads_of_models
-- reads:     model, model_dataset, extracted_field, dataset, collection
-- known:     model: card_state IN ('fetched', 'missing') OR dataset_count > 0
-- caveats:   declared_only, names_unresolved, cards_not_fetched
-- since:     data-2026.12.0
WITH said AS (
    SELECT
        hub,
        model,
        dataset,
        is_dataset_held AS is_held,
        false AS is_text
    FROM model_dataset
    WHERE role = 'trained_on'
    UNION ALL
    SELECT
        hub,
        model,
        coalesce(dataset, lower(trim(value_text))) AS dataset,
        named IS NOT NULL AS is_held,
        true AS is_text
    FROM extracted_field
    WHERE field = 'training_dataset' AND is_chosen
        AND coalesce(qualifiers ->> 'of', '') <> 'base'
),

use AS (
    SELECT
        hub,
        model,
        dataset,
        bool_or(is_held) AS is_held,
        bool_and(is_text) AS is_text_only
    FROM said
    GROUP BY hub, model, dataset
)

SELECT
    use.hub,
    use.dataset,
    bool_or(use.is_held) AS is_held,
    count(*) AS models,
    CASE WHEN any_value(cards.is_collected) THEN count(*) FILTER (WHERE use.is_text_only) END AS models_by_text_only,
    any_value(dataset.license) AS dataset_license,
    coalesce(sum(model.downloads), 0)::BIGINT AS downloads_of_models
FROM use
JOIN collection AS cards ON cards.table_name = 'extracted_field'
JOIN model ON model.hub = use.hub AND model.name = use.model
LEFT JOIN dataset ON dataset.hub = use.hub AND dataset.name = use.dataset
GROUP BY use.hub, use.dataset
ORDER BY models DESC, use.hub, use.dataset
LIMIT $top;
