SELECT
    hub,
    model,
    list(value_text ORDER BY position) FILTER (WHERE field = 'hardware') AS hardware,
    arg_min(try_cast(qualifiers ->> 'count' AS BIGINT), position) FILTER (WHERE field = 'hardware') AS device_count,
    max(value_number * CASE unit WHEN 'days' THEN 24 ELSE 1 END) FILTER (
        WHERE field = 'training_time' AND unit IN ('hours', 'days')
    ) AS training_hours,
    any_value(value_number) FILTER (WHERE field = 'carbon_emitted') AS carbon_kg,
    any_value(value_text ORDER BY position) FILTER (WHERE field = 'cloud_provider') AS cloud_provider,
    any_value(value_text ORDER BY position) FILTER (WHERE field = 'compute_region') AS compute_region,
    any_value(evidence_url) AS evidence_url
FROM extracted_field
WHERE is_chosen
    AND field IN ('hardware', 'training_time', 'carbon_emitted', 'cloud_provider', 'compute_region')
GROUP BY hub, model
