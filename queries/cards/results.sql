-- title:     Results on a dataset
-- question:  Which results do cards report for a dataset and a metric?
-- row:       one result of one model, by what was measured, best first: rank counts within one dataset and metric
--            alone, highest first, of losses and errors lowest first; as written: 0.9 and 90 may be the same
-- counts:    chosen results whose card names both dataset and metric, each once for each model; one of the words
--            has to be given, and both have the words in their names, case aside. What most models report comes first
-- params:    on_dataset VARCHAR = ''      part of the dataset's name; empty: any, with of_metric
--            of_metric VARCHAR = ''       part of the metric's name; empty: any, with on_dataset
--            top BIGINT = 50              rows returned
-- columns:   dataset, metric, models, rank, hub, model, split, value, source, confidence, downloads, quote, evidence_url
-- reads:     extracted_field, model
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only
-- since:     data-2026.12.0
WITH result AS (
    SELECT
        *,
        trim(qualifiers ->> 'dataset') AS measured_on,
        trim(qualifiers ->> 'metric') AS metric,
        qualifiers ->> 'split' AS split,
        regexp_replace(lower(trim(qualifiers ->> 'dataset')), '[\s_-]+', '-', 'g') AS on_key,
        regexp_replace(lower(trim(qualifiers ->> 'metric')), '[\s_-]+', '-', 'g') AS of_key
    FROM extracted_field
    WHERE field = 'evaluation' AND is_chosen AND value_number IS NOT NULL
        AND ($on_dataset <> '' OR $of_metric <> '')
        AND contains(lower(qualifiers ->> 'dataset'), lower($on_dataset))
        AND contains(lower(qualifiers ->> 'metric'), lower($of_metric))
        AND lower(trim(qualifiers ->> 'metric')) NOT IN ('', 'unspecified')
    QUALIFY row_number() OVER (
        PARTITION BY hub, model, on_key, of_key, split, value_number
        ORDER BY evidence_url, quote
    ) = 1
),

placed AS (
    SELECT
        *,
        first(measured_on) OVER same AS dataset_name,
        first(metric) OVER same AS metric_name,
        rank() OVER (
            PARTITION BY on_key, of_key
            ORDER BY if(regexp_matches(
                of_key, '(^|-)([wcpd]er|ter|loss|perplexity|ppl|mae|mse|rmse|mape|fid|eer|bpb|absrel|error|(error|loss)-rate)$'
            ), value_number, -value_number)
        ) AS rank
    FROM result
    WINDOW same AS (
        PARTITION BY on_key, of_key
        ORDER BY measured_on, metric
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

counted AS (
    SELECT on_key, of_key, count(DISTINCT (hub, model)) AS models
    FROM result
    GROUP BY on_key, of_key
)

SELECT
    placed.dataset_name AS dataset,
    placed.metric_name AS metric,
    counted.models,
    placed.rank,
    placed.hub,
    placed.model,
    placed.split,
    placed.value_number AS value,
    placed.source,
    placed.confidence,
    model.downloads,
    placed.quote,
    placed.evidence_url
FROM placed
JOIN counted ON counted.on_key = placed.on_key AND counted.of_key = placed.of_key
JOIN model ON model.hub = placed.hub AND model.name = placed.model
ORDER BY counted.models DESC, dataset, metric, placed.rank, placed.hub, placed.model
LIMIT $top;
