-- title:     Pickled weights by month
-- question:  What share of models comes with weights that can run code when they are loaded (pickle)?
-- row:       one month of creation, of a hub
-- counts:    models that are present; of those whose format is known by files or the hub's tags: pickle_only
--            (weights of PyTorch and kin by their ending; optimizers and the like left out), pickle_and_safe, safe_only
--            (safetensors, GGUF, ONNX, TFLite, Core ML). The head revision counts: a model of 2020 that was
--            converted in 2024 is not pickle_only in 2020. An ending is no finding that a file is harmful
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            first_day DATE = '2000-01-01'   models created before it are left out
-- columns:   hub, month, models, known, pickle_only, pickle_and_safe, safe_only, pickle_only_share, pickle_only_downloads, known_downloads
-- reads:     model, model_file, model_tag
-- known:     model: file_count IS NOT NULL OR tag_count > 0
-- caveats:   created_at_floor, dates_missing, tags_by_hub, downloads_30_days
-- since:     data-2026.12.0
-- picture:   series
--            along month                                 month of creation
--            show pickle_only_share of known             models with pickled weights alone, share of those whose format is known
--            show pickle_only + pickle_and_safe + safe_only   models: pickle alone | pickle and another | no pickle
--            show known in models                        models, with a known format: known | not known
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

sorted AS (
    SELECT
        model.hub,
        date_trunc('month', model.created_at)::DATE AS month,
        coalesce(model.downloads, 0) AS downloads,
        format.model IS NOT NULL AS is_known,
        coalesce(format.has_pickle, false) AS has_pickle,
        coalesce(format.has_safe, false) AS has_safe
    FROM model
    LEFT JOIN format ON format.hub = model.hub AND format.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND model.created_at >= $first_day
)

SELECT
    hub,
    month,
    count(*) AS models,
    count(*) FILTER (WHERE is_known) AS known,
    count(*) FILTER (WHERE has_pickle AND NOT has_safe) AS pickle_only,
    count(*) FILTER (WHERE has_pickle AND has_safe) AS pickle_and_safe,
    count(*) FILTER (WHERE has_safe AND NOT has_pickle) AS safe_only,
    round(
        count(*) FILTER (WHERE has_pickle AND NOT has_safe) / nullif(count(*) FILTER (WHERE is_known), 0), 4
    )::DOUBLE AS pickle_only_share,
    coalesce(sum(downloads) FILTER (WHERE has_pickle AND NOT has_safe), 0)::BIGINT AS pickle_only_downloads,
    coalesce(sum(downloads) FILTER (WHERE is_known), 0)::BIGINT AS known_downloads
FROM sorted
GROUP BY hub, month
ORDER BY hub, month;
