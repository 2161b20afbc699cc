-- title:     Pinned libraries of models
-- question:  Do repositories pin the version of the library by which they load models?
-- row:       one library
-- counts:    repositories that load a model by it, mentions, copies and vendored libraries left out; those
--            whose manifest names a package of it, by the strictest entry: pinned (one version), bounded (an
--            upper end), open. uses/pinned_revisions asks the same of the model; manifests are read, and
--            lock files are none
-- params:    min_repositories BIGINT = 1  libraries that fewer repositories load by are left out
-- columns:   library, repositories, declaring, pinned, bounded, open, pinned_share
-- reads:     dependency, use_site
-- known:     dependency: requirement IS NOT NULL
-- caveats:   search_is_partial
-- since:     data-2026.12.0
-- picture:   ranking
--            along library                               library
--            show pinned + bounded + open                repositories whose manifest names it: one version | an upper end | open
--            show pinned_share of declaring              share that pins one version
--            show repositories                           repositories that load a model by it
WITH package AS (
    SELECT *
    FROM (
        VALUES
        ('candle', 'candle-core'),
        ('coqui_tts', 'tts'),
        ('huggingface_hub', '@huggingface/hub'),
        ('langchain', 'langchain-huggingface'),
        ('langchain', 'langchain-community'),
        ('llama_cpp', 'llama-cpp-python'),
        ('llama_cpp', 'node-llama-cpp'),
        ('mlx', 'mlx-lm'),
        ('nemo', 'nemo-toolkit'),
        ('open_clip', 'open-clip-torch'),
        ('pyannote', 'pyannote-audio'),
        ('torch_hub', 'torch'),
        ('transformers_js', '@huggingface/transformers'),
        ('transformers_js', '@xenova/transformers'),
        ('whisper', 'faster-whisper'),
        ('whisper', 'openai-whisper')
    ) AS listed (library, name)
),

loading AS (
    SELECT DISTINCT repository, signature AS library
    FROM use_site
    WHERE signature IS NOT NULL
        AND role <> 'mention'
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
),

declared AS (
    SELECT
        repository,
        replace(lower(name), '_', '-') AS name,
        max(
            CASE
                WHEN regexp_matches(requirement, '^\s*(={1,3}\s*)?v?\d[^*,|<>^~ ]*\s*$') THEN 2
                WHEN regexp_matches(requirement, '<|~|\^|={1,3}\s*v?\d[^,]*\*') THEN 1
                ELSE 0
            END
        ) AS strictness
    FROM dependency
    WHERE requirement IS DISTINCT FROM 'self'
    GROUP BY repository, replace(lower(name), '_', '-')
),

strict AS (
    SELECT loading.repository, loading.library, max(declared.strictness) AS strictness
    FROM loading
    LEFT JOIN package ON package.library = loading.library
    LEFT JOIN declared
        ON declared.repository = loading.repository
        AND declared.name IN (replace(loading.library, '_', '-'), package.name)
    GROUP BY loading.repository, loading.library
),

counted AS (
    SELECT
        library,
        count(*) AS repositories,
        count(strictness) AS declaring,
        count(*) FILTER (WHERE strictness = 2) AS pinned,
        count(*) FILTER (WHERE strictness = 1) AS bounded,
        count(*) FILTER (WHERE strictness = 0) AS open
    FROM strict
    GROUP BY library
)

SELECT
    library,
    repositories,
    declaring,
    pinned,
    bounded,
    open,
    round(pinned / nullif(declaring, 0), 4)::DOUBLE AS pinned_share
FROM counted
WHERE repositories >= $min_repositories
ORDER BY repositories DESC, library;
