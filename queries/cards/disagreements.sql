-- title:     Values that contradict each other
-- question:  Where do places in a card, or extractors, give different values of what a model has one of?
-- row:       one value that was not chosen, beside the chosen one
-- counts:    numbers that differ by at most 5 % (128 K and 131,072) are no contradiction
-- params:    of_field VARCHAR = ''        one field; empty: all
--            top BIGINT = 50              rows returned
-- columns:   hub, model, field, name, chosen, chosen_source, other, other_source, chosen_quote, other_quote, downloads, evidence_url
-- reads:     extracted_field, model
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched
-- since:     data-2026.12.0
WITH said AS (
    SELECT *, CASE WHEN field = 'hyperparameter' THEN qualifiers ->> 'name' END AS name
    FROM extracted_field
    WHERE state = 'stated' AND field <> 'evaluation'
)

SELECT
    other.hub,
    other.model,
    other.field,
    other.name,
    chosen.value_text AS chosen,
    chosen.source AS chosen_source,
    other.value_text AS other,
    other.source AS other_source,
    chosen.quote AS chosen_quote,
    other.quote AS other_quote,
    model.downloads,
    other.evidence_url
FROM said AS other
JOIN said AS chosen
    ON chosen.hub = other.hub
        AND chosen.model = other.model
        AND chosen.field = other.field
        AND chosen.name IS NOT DISTINCT FROM other.name
        AND chosen.is_chosen
JOIN model ON model.hub = other.hub AND model.name = other.model
WHERE NOT other.is_chosen
    AND lower(trim(chosen.value_text)) <> lower(trim(other.value_text))
    AND ($of_field = '' OR other.field = $of_field)
    AND (
        chosen.value_number IS NULL
        OR other.value_number IS NULL
        OR abs(chosen.value_number - other.value_number) > 0.05 * abs(chosen.value_number)
    )
    -- of what a model may have several, every value has a chosen row of its own
    AND NOT EXISTS (
        SELECT 1
        FROM said AS same
        WHERE same.hub = other.hub
            AND same.model = other.model
            AND same.field = other.field
            AND same.is_chosen
            AND lower(trim(same.value_text)) = lower(trim(other.value_text))
    )
QUALIFY row_number() OVER (
    PARTITION BY other.hub, other.model, other.field, other.name, lower(trim(other.value_text))
    ORDER BY chosen.confidence DESC, other.confidence DESC
) = 1
ORDER BY model.downloads DESC NULLS LAST, other.hub, other.model, other.field, other.name, other
LIMIT $top;
