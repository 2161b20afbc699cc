-- title:     Results on a dataset
-- question:  Which results do cards report for a dataset and a metric?
-- row:       one result of one model, best first; as written: 0.9 and 90 may be the same
-- counts:    chosen results whose dataset and metric have the words in their names; case aside
-- params:    on_dataset VARCHAR = ''      part of the dataset's name; empty: any
--            of_metric VARCHAR = ''       part of the metric's name; empty: any
--            top BIGINT = 50              rows returned
-- columns:   hub, model, dataset, metric, split, value, source, confidence, downloads, quote, evidence_url
-- reads:     extracted_field, model
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only
-- since:     data-2026.12.0
WITH result AS (
    SELECT
        *,
        qualifiers ->> 'dataset' AS dataset,
        qualifiers ->> 'metric' AS metric,
        qualifiers ->> 'split' AS split
    FROM extracted_field
    WHERE field = 'evaluation' AND is_chosen AND value_number IS NOT NULL
)

SELECT
    result.hub,
    result.model,
    result.dataset,
    result.metric,
    result.split,
    result.value_number AS value,
    result.source,
    result.confidence,
    model.downloads,
    result.quote,
    result.evidence_url
FROM result
JOIN model ON model.hub = result.hub AND model.name = result.model
WHERE contains(lower(coalesce(result.dataset, '')), lower($on_dataset))
    AND contains(lower(coalesce(result.metric, '')), lower($of_metric))
ORDER BY value DESC, result.hub, result.model, result.dataset, result.metric
LIMIT $top;
