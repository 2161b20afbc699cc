-- A part at a time, by the names from $low to $high of a hub: the lists would not fit into memory.
WITH tag AS (
    SELECT model, list(tag ORDER BY tag) AS tags
    FROM published.model_tag
    WHERE hub = $hub AND model BETWEEN $low AND $high
    GROUP BY model
),

spoken AS (
    SELECT model, list(language ORDER BY language) AS languages
    FROM published.model_language
    WHERE hub = $hub AND model BETWEEN $low AND $high
    GROUP BY model
),

file AS (
    SELECT
        model,
        list(
            '{"path":' || to_json(path)::VARCHAR || coalesce(',"size_bytes":' || size_bytes, '')
            || coalesce(',"sha256":' || to_json(sha256)::VARCHAR, '') || '}'
            ORDER BY path
        ) AS files
    FROM published.model_file
    WHERE hub = $hub AND model BETWEEN $low AND $high
    GROUP BY model
),

-- the license of the record itself; what the card says is a statement of its own
said AS (
    SELECT
        subject AS model,
        arg_min(
            {'license': canonical, 'license_name': license_name, 'license_link': license_link},
            CASE source WHEN 'declared' THEN 0 WHEN 'tag' THEN 1000000 ELSE 2000000 END + position
        ) FILTER (WHERE source <> 'card') AS record
    FROM published.license_statement
    WHERE hub = $hub AND subject_kind = 'model' AND subject BETWEEN $low AND $high
    GROUP BY subject
),

header AS (
    SELECT model, max(model_type) AS gguf_type
    FROM published.architecture_evidence
    WHERE hub = $hub AND model BETWEEN $low AND $high AND source = 'gguf'
    GROUP BY model
),

config AS (
    FROM published.model_config WHERE hub = $hub AND model BETWEEN $low AND $high
),

made AS (
    FROM published.model_architecture WHERE hub = $hub AND model BETWEEN $low AND $high
)

SELECT
    key.id,
    hub_key.id AS hub_id,
    model.uid,
    model.name,
    owner_key.id AS owner_id,
    model.state,
    model.state_at,
    model.created_at,
    model.last_modified_at,
    model.sha,
    model.downloads,
    model.downloads_all_time,
    model.likes,
    model.gated,
    model.is_private,
    model.is_disabled,
    model.pipeline_tag,
    model.library_name,
    CASE WHEN said.model IS NULL THEN model.license ELSE said.record.license END AS license,
    CASE WHEN said.model IS NULL THEN model.license_name ELSE said.record.license_name END AS license_name,
    CASE WHEN said.model IS NULL THEN model.license_link ELSE said.record.license_link END AS license_link,
    model.model_type,
    as_json(model.architectures) AS architectures,
    model.quantization,
    header.gguf_type AS gguf_architecture,
    CASE WHEN config.context_length IS NULL THEN made.context_length END AS gguf_context_length,
    CASE WHEN made.parameter_source = 'gguf' THEN made.parameter_count END AS gguf_parameter_count,
    CASE WHEN made.parameter_source = 'safetensors' THEN made.parameter_count END
        AS safetensors_parameter_count,
    CASE
        WHEN config.dtype IS NULL AND made.dtype IS NOT NULL
            THEN '{' || to_json(made.dtype)::VARCHAR || ':'
            || CASE WHEN made.parameter_source = 'safetensors' THEN coalesce(made.parameter_count, 0) ELSE 0 END
            || '}'
    END AS safetensors_dtypes,
    model.used_storage_bytes,
    as_json(padded(tag.tags, model.tag_count)) AS tags,
    as_json(spoken.languages) AS languages,
    '[' || array_to_string(padded(file.files, model.file_count), ',') || ']' AS files,
    model.parse_state,
    CASE WHEN model.state <> 'named' THEN seeded_digest() END AS record_digest,
    model.observed_at,
    seed_run() AS run_id
FROM (FROM published.model WHERE hub = $hub AND name BETWEEN $low AND $high) AS model
JOIN model_key AS key ON key.hub = model.hub AND key.name = model.name
JOIN hub_key ON hub_key.name = model.hub
LEFT JOIN owner_key ON owner_key.hub = model.hub AND owner_key.name = model.owner
LEFT JOIN tag ON tag.model = model.name
LEFT JOIN spoken ON spoken.model = model.name
LEFT JOIN file ON file.model = model.name
LEFT JOIN said ON said.model = model.name
LEFT JOIN header ON header.model = model.name
LEFT JOIN config ON config.model = model.name
LEFT JOIN made ON made.model = model.name
