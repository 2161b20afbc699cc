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

-- the license of the record itself; those of the card and of files are statements of their own
stated AS (
    SELECT
        subject AS model,
        arg_min(
            {'license': canonical, 'license_name': license_name, 'license_link': license_link},
            CASE source WHEN 'declared' THEN 0 WHEN 'tag' THEN 1000000 ELSE 2000000 END + position
        ) FILTER (WHERE source NOT IN ('card', 'license-file')) AS record
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

chosen AS (
    FROM published.model_architecture WHERE hub = $hub AND model BETWEEN $low AND $high
)

SELECT
    model.*,
    CASE WHEN stated.model IS NULL THEN model.published_license ELSE stated.record.license END AS license,
    CASE WHEN stated.model IS NULL THEN model.published_license_name ELSE stated.record.license_name END AS license_name,
    CASE WHEN stated.model IS NULL THEN model.published_license_link ELSE stated.record.license_link END AS license_link,
    header.gguf_type AS gguf_architecture,
    CASE WHEN config.context_length IS NULL THEN chosen.context_length END AS gguf_context_length,
    CASE WHEN chosen.parameter_source = 'gguf' THEN chosen.parameter_count END AS gguf_parameter_count,
    CASE WHEN chosen.parameter_source = 'safetensors' THEN chosen.parameter_count END
        AS safetensors_parameter_count,
    CASE
        WHEN config.dtype IS NULL AND chosen.dtype IS NOT NULL
            THEN '{' || to_json(chosen.dtype)::VARCHAR || ':'
            || CASE WHEN chosen.parameter_source = 'safetensors' THEN coalesce(chosen.parameter_count, 0) ELSE 0 END
            || '}'
    END AS safetensors_dtypes,
    as_json(padded(tag.tags, model.tag_count)) AS tags,
    as_json(spoken.languages) AS languages,
    '[' || array_to_string(padded(file.files, model.file_count), ',') || ']' AS files,
    CASE WHEN model.state <> 'named' THEN seeded_digest() END AS record_digest
FROM (FROM plain.model WHERE hub = $hub AND name BETWEEN $low AND $high) AS model
LEFT JOIN tag ON tag.model = model.name
LEFT JOIN spoken ON spoken.model = model.name
LEFT JOIN file ON file.model = model.name
LEFT JOIN stated ON stated.model = model.name
LEFT JOIN header ON header.model = model.name
LEFT JOIN config ON config.model = model.name
LEFT JOIN chosen ON chosen.model = model.name
