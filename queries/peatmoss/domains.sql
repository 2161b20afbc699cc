-- title:     Domains of models and of what uses them
-- question:  Which domains do models and the repositories that use them belong to (PeaTMOSS, figures 8 and 9)?
-- row:       one domain of a hub; null: no task, or one that the list does not have
-- counts:    models that are present; repositories that load one, copies and vendored libraries left out,
--            each once in every domain that it loads. Domains are those of the study, with the hub's tasks
--            since; it looks for tasks in all tags, part of a longer one too, this takes the one task that
--            the hub shows. The study leaves out what has none, and calls a repository that loads two
--            domains multimodal
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, domain, models, model_share, used_models, repositories, repository_share, hub_models, hub_repositories
-- reads:     model, model_tag, model_use
-- known:     model: pipeline_tag IS NOT NULL
-- caveats:   declared_only, tags_by_hub, search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along domain                                domain
--            show model_share of hub_models              figure 8: models, share of the hub
--            show repository_share of hub_repositories   figure 9: repositories, share of those that load any
--            facet hub                                   hub
--            null no task that the list has
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

loaded AS (
    SELECT DISTINCT hub, model_resolved AS model, repository
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
),

counted AS (
    SELECT
        model.hub,
        placed.domain,
        count(DISTINCT model.name) AS models,
        count(DISTINCT loaded.model) AS used_models,
        count(DISTINCT loaded.repository) AS repositories
    FROM model
    LEFT JOIN placed ON placed.hub = model.hub AND placed.model = model.name
    LEFT JOIN loaded ON loaded.hub = model.hub AND loaded.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY model.hub, placed.domain
),

whole AS (
    SELECT loaded.hub, count(DISTINCT loaded.repository) AS repositories
    FROM loaded
    JOIN model ON model.hub = loaded.hub AND model.name = loaded.model
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY loaded.hub
)

SELECT
    counted.hub,
    counted.domain,
    counted.models,
    round(counted.models / sum(counted.models) OVER (PARTITION BY counted.hub), 4)::DOUBLE AS model_share,
    counted.used_models,
    counted.repositories,
    round(counted.repositories / nullif(whole.repositories, 0), 4)::DOUBLE AS repository_share,
    sum(counted.models) OVER (PARTITION BY counted.hub)::BIGINT AS hub_models,
    coalesce(whole.repositories, 0) AS hub_repositories
FROM counted
LEFT JOIN whole ON whole.hub = counted.hub
ORDER BY
    counted.hub,
    list_position(['NLP', 'computer vision', 'audio', 'multimodal', 'other'], counted.domain);
