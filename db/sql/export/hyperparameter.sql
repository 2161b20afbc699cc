SELECT
    hub,
    model,
    qualifiers ->> 'name' AS name,
    value_text AS value,
    coalesce(value_number, try_cast(value_text AS DOUBLE)) AS number,
    source,
    confidence,
    quote,
    evidence_url
FROM extracted_field
WHERE field = 'hyperparameter' AND is_chosen
