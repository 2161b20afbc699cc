-- title:     Growth by domain
-- question:  How many models appeared in each domain in each month (PeaTMOSS, figure 10)?
-- row:       one month and domain of a hub; null: no task, or one that the list does not have
-- counts:    models that are present, once, in the month of their first commit, or of their creation where
--            that is earlier or no history was fetched; the floor of createdAt is no date. The study counts
--            every commit, so a model is there as often as it was changed. Parameters are those of
--            configs, weights and names; model_sizes draws them
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            first_day DATE = '2000-01-01'   models that appeared before it are left out
-- columns:   hub, month, domain, models, with_parameter_count, median_parameter_count, p90_parameter_count
-- reads:     model, model_architecture, model_commit, model_tag
-- known:     model: created_at > TIMESTAMP '2022-03-02 23:29:05' OR
--            (hub, name) IN (SELECT (hub, model) FROM model_commit WHERE title IS NOT NULL)
-- caveats:   created_at_floor, dates_missing, history_not_fetched, declared_only, tags_by_hub
-- since:     data-2026.12.0
-- picture:   series
--            along month                                 month of the first commit or creation
--            show models log                             models (powers of ten)
--            color domain                                domain: NLP | computer vision | audio | multimodal | other
--            mark 2020-06-01, 2021-05-01, 2021-07-01, 2022-04-01, 2022-07-01, 2022-11-01, 2023-02-01, 2023-03-01   releases that the study marks: GPT-3 | LaMDA | Codex | PaLM | BLOOM | GPT-3.5 | LLaMA | GPT-4
WITH domain AS (
    SELECT unnest(tasks) AS task, domain
    FROM (
        VALUES
        ('NLP', ['text-classification', 'token-classification', 'table-question-answering', 'question-answering',
            'zero-shot-classification', 'translation', 'summarization', 'conversational', 'text-generation',
            'text2text-generation', 'fill-mask', 'sentence-similarity', 'table-to-text', 'multiple-choice',
            'text-retrieval', 'text-ranking', 'nlp']),
        ('computer vision', ['depth-estimation', 'image-classification', 'object-detection', 'image-segmentation',
            'image-to-image', 'unconditional-image-generation', 'video-classification',
            'zero-shot-image-classification', 'zero-shot-object-detection', 'mask-generation',
            'image-feature-extraction', 'keypoint-detection', 'image-to-video', 'video-to-video', 'text-to-3d',
            'image-to-3d', 'generative', 'video', 'object_detection', 'segmentation', 'vision', 'optical_flow']),
        ('audio', ['text-to-speech', 'text-to-audio', 'automatic-speech-recognition', 'audio-to-audio',
            'audio-classification', 'voice-activity-detection', 'audio']),
        ('multimodal', ['feature-extraction', 'text-to-image', 'image-to-text', 'text-to-video',
            'visual-question-answering', 'graph-machine-learning', 'graph-ml', 'document-question-answering',
            'visual-document-retrieval', 'image-text-to-text', 'image-text-to-image', 'image-text-to-video',
            'video-text-to-text', 'audio-text-to-text', 'any-to-any']),
        ('other', ['reinforcement-learning', 'robotics', 'tabular-classification', 'tabular-regression',
            'tabular-to-text', 'time-series-forecasting', 'other', 'researchers', 'cuda-optional', 'cuda',
            'quantization', 'scriptable'])
    ) AS listed (domain, tasks)
),

-- a model of PyTorch Hub can have several: two domains are multimodal, other counts beside none
placed AS (
    SELECT
        task.hub,
        task.model,
        CASE
            WHEN count(DISTINCT domain.domain) FILTER (WHERE domain.domain <> 'other') > 1 THEN 'multimodal'
            ELSE coalesce(max(domain.domain) FILTER (WHERE domain.domain <> 'other'), 'other')
        END AS domain
    FROM (
        SELECT hub, name AS model, pipeline_tag AS task FROM model WHERE pipeline_tag IS NOT NULL
        UNION ALL
        SELECT hub, model, tag FROM model_tag WHERE hub = 'pytorch-hub'
    ) AS task
    JOIN domain ON domain.task = task.task
    GROUP BY task.hub, task.model
),

begun AS (
    SELECT hub, model, min(committed_at) AS first_at
    FROM model_commit
    WHERE title IS NOT NULL
    GROUP BY hub, model
),

dated AS (
    SELECT
        model.hub,
        model.name,
        least(
            begun.first_at,
            CASE WHEN model.created_at > TIMESTAMP '2022-03-02 23:29:05' THEN model.created_at END
        ) AS published_at
    FROM model
    LEFT JOIN begun ON begun.hub = model.hub AND begun.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
)

SELECT
    dated.hub,
    date_trunc('month', dated.published_at)::DATE AS month,
    placed.domain,
    count(*) AS models,
    count(architecture.parameter_count) AS with_parameter_count,
    quantile_cont(architecture.parameter_count, 0.5)::BIGINT AS median_parameter_count,
    quantile_cont(architecture.parameter_count, 0.9)::BIGINT AS p90_parameter_count
FROM dated
LEFT JOIN placed ON placed.hub = dated.hub AND placed.model = dated.name
LEFT JOIN model_architecture AS architecture
    ON architecture.hub = dated.hub AND architecture.model = dated.name
WHERE dated.published_at >= $first_day
GROUP BY dated.hub, month, placed.domain
ORDER BY dated.hub, month, placed.domain;
