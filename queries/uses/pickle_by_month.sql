-- title:     Uses of pickled weights by month
-- question:  Do repositories take up fewer models with pickled weights than they did?
-- row:       one month in which uses came in, of a hub
-- counts:    pairs of a repository and a model by the commit that brought the earliest line, copies and
--            vendored libraries left out; by the model's format now (files or the hub's tags), not then;
--            pickle_only: no format without code beside it. A use that was removed since is not seen
-- params:    first_day DATE = '2018-01-01'   uses before it are left out
-- columns:   hub, month, uses, known, pickle_only, pickle_only_share, repositories, models
-- reads:     model_file, model_tag, model_use
-- known:     model_use: introduced_at IS NOT NULL
-- caveats:   search_is_partial, first_seen_is_not_first_used, tags_by_hub, names_unresolved
-- since:     data-2026.12.0
-- picture:   series
--            along month                                 month of the commit that brought the use
--            show pickle_only_share of known             uses of models with pickled weights alone, share of those whose format is known
--            show known in uses                          uses, of a model whose format is known: known | not known
WITH
-- files where the hub listed them, else the tags that the hub makes from files
format AS (
    SELECT
        hub,
        model,
        bool_or(is_pickle) AS has_pickle,
        bool_or(is_safe) AS has_safe
    FROM (
        SELECT
            hub,
            model,
            regexp_matches(path, '[.](bin|pt|pth|ckpt|pkl|pickle|joblib|th|pdparams)$')
            AND NOT regexp_matches(
                path, '(^|/)(training_args|optimizer|scheduler|scaler|rng_state|tokenizer|ggml|openvino)[^/]*$'
            ) AS is_pickle,
            regexp_matches(path, '[.](safetensors|gguf|onnx|tflite|mlmodel)$') AS is_safe
        FROM model_file
        UNION ALL
        SELECT hub, model, tag = 'pytorch', tag IN ('safetensors', 'gguf', 'onnx', 'tflite', 'coreml')
        FROM model_tag
        WHERE tag IN ('pytorch', 'safetensors', 'gguf', 'onnx', 'tflite', 'coreml')
            AND hub <> 'pytorch-hub'
    )
    GROUP BY hub, model
    HAVING bool_or(is_pickle) OR bool_or(is_safe)
),

used AS (
    SELECT hub, model_resolved AS model, repository, min(introduced_at) AS introduced_at
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND introduced_at IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
    GROUP BY hub, model_resolved, repository
)

SELECT
    used.hub,
    date_trunc('month', used.introduced_at)::DATE AS month,
    count(*) AS uses,
    count(format.model) AS known,
    count(*) FILTER (WHERE format.has_pickle AND NOT format.has_safe) AS pickle_only,
    round(
        count(*) FILTER (WHERE format.has_pickle AND NOT format.has_safe) / nullif(count(format.model), 0), 4
    )::DOUBLE AS pickle_only_share,
    count(DISTINCT used.repository) AS repositories,
    count(DISTINCT used.model) AS models
FROM used
LEFT JOIN format ON format.hub = used.hub AND format.model = used.model
WHERE used.introduced_at >= $first_day
GROUP BY used.hub, month
ORDER BY used.hub, month;
