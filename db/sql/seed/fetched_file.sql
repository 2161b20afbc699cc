-- Cards that no crawl asked for have a state too, which the export makes up: they have no row here.
-- Of configs those are published that said something, and of license files what they state.
SELECT row_number() OVER () AS id, fetched.*, seed_run() AS run_id
FROM (
    SELECT
        model.id AS model_id,
        'README.md' AS path,
        card.revision,
        card.state,
        card.reason,
        card.blob_sha,
        card.size_bytes,
        card.parse_state,
        card.parse_reason,
        card.observed_at
    FROM published.model_card AS card
    JOIN model_key AS model ON model.hub = card.hub AND model.name = card.model
    WHERE coalesce(card.revision, card.blob_sha) IS NOT NULL OR card.observed_at IS NOT NULL
    UNION ALL
    SELECT
        model.id,
        'config.json',
        coalesce(nullif(regexp_extract(config.evidence_url, '/blob/([^/]+)/', 1), ''), known.sha, 'main'),
        'fetched',
        NULL,
        config.blob_sha,
        NULL,
        'parsed',
        NULL,
        known.observed_at
    FROM published.model_config AS config
    JOIN model_key AS model ON model.hub = config.hub AND model.name = config.model
    JOIN published.model AS known ON known.hub = config.hub AND known.name = config.model
    UNION ALL
    SELECT
        model.id,
        statement.license_link,
        coalesce(nullif(regexp_extract(statement.evidence_url, '/blob/([^/]+)/', 1), ''), known.sha, 'main'),
        'fetched',
        NULL,
        any_value(statement.blob_sha),
        NULL,
        'parsed',
        NULL,
        any_value(known.observed_at)
    FROM published.license_statement AS statement
    JOIN model_key AS model ON model.hub = statement.hub AND model.name = statement.subject
    JOIN published.model AS known ON known.hub = statement.hub AND known.name = statement.subject
    WHERE statement.source = 'license-file' AND statement.subject_kind = 'model'
    GROUP BY ALL
) AS fetched
