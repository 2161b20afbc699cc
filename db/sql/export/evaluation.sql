SELECT
    hub,
    model,
    qualifiers ->> 'dataset' AS dataset,
    qualifiers ->> 'metric' AS metric,
    qualifiers ->> 'split' AS split,
    value_number AS value,
    source,
    confidence,
    quote,
    evidence_url
FROM extracted_field
WHERE field = 'evaluation' AND is_chosen AND value_number IS NOT NULL
