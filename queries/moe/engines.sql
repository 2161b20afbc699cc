-- title:     Libraries that run mixtures of experts
-- question:  Which libraries run which MoE families, by their own registries?
-- row:       one family of which a model is held; null: MoE models of no family in the table
-- counts:    models that are present; a library runs a family if its registry at that version has one of its
--            types; false: not there at that version; null: of no family; since: the oldest version looked at that has one
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 200             rows returned
-- columns:   hub, moe_family, title, released, models, downloads, engines, since, engine_count, transformers, vllm, sglang, gguf, mlx, gguf_models
-- reads:     engine_support, model, model_architecture, moe_family
-- known:     model_architecture: is_moe IS DISTINCT FROM true OR moe_family IS NOT NULL
-- coverage:  kind, family
-- caveats:   downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along title                                 family
--            show engines cells                          version of the library that runs it; blank: not there at the version read, or no family
--            show models                                 models
--            show downloads log                          downloads in 30 days
--            null in no family of the table
WITH held AS (
    SELECT
        model.hub,
        architecture.moe_family AS family,
        count(*) AS models,
        coalesce(sum(model.downloads), 0)::BIGINT AS downloads,
        count(*) FILTER (WHERE architecture.weight_format = 'gguf') AS gguf_models
    FROM model
    JOIN model_architecture AS architecture
        ON architecture.hub = model.hub AND architecture.model = model.name
    WHERE architecture.is_moe
        AND model.is_moe
        AND model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
    GROUP BY model.hub, family
),

since AS (
    SELECT
        moe_family AS family,
        engine,
        version,
        first_value(since_version) OVER (
            PARTITION BY moe_family, engine
            ORDER BY TRY_CAST(string_split(since_version, '.') AS INTEGER[]) NULLS LAST
        ) AS since
    FROM engine_support
    WHERE moe_family IS NOT NULL
),

run AS (
    SELECT
        moe_family.name AS family,
        list_sort(list(DISTINCT engine || ' ' || version) FILTER (WHERE engine IS NOT NULL)) AS engines,
        list_sort(list(DISTINCT engine || ' ' || since) FILTER (WHERE since IS NOT NULL)) AS since,
        count(DISTINCT engine) AS engine_count,
        count(*) FILTER (WHERE engine = 'transformers') > 0 AS transformers,
        count(*) FILTER (WHERE engine = 'vllm') > 0 AS vllm,
        count(*) FILTER (WHERE engine = 'sglang') > 0 AS sglang,
        count(*) FILTER (WHERE engine = 'gguf') > 0 AS gguf,
        count(*) FILTER (WHERE engine IN ('mlx-lm', 'mlx-vlm')) > 0 AS mlx
    FROM moe_family
    LEFT JOIN since ON since.family = moe_family.name
    GROUP BY moe_family.name
)

SELECT
    held.hub,
    held.family AS moe_family,
    moe_family.title,
    moe_family.released,
    held.models,
    held.downloads,
    run.engines,
    run.since,
    run.engine_count,
    run.transformers,
    run.vllm,
    run.sglang,
    run.gguf,
    run.mlx,
    held.gguf_models
FROM held
LEFT JOIN moe_family ON moe_family.name = held.family
LEFT JOIN run ON run.family = held.family
ORDER BY held.downloads DESC, held.models DESC, held.hub, held.family
LIMIT $top;
