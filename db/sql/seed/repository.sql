SELECT
    repository.*,
    language.languages,
    as_json(topic.topics) AS topics,
    sweep.id AS sweep_id
FROM plain.repository
LEFT JOIN (
    SELECT
        repository,
        '{' || string_agg(to_json(language)::VARCHAR || ':' || size_bytes, ',' ORDER BY size_bytes DESC, language)
        || '}' AS languages
    FROM published.repository_language
    GROUP BY repository
) AS language ON language.repository = repository.name
LEFT JOIN (
    SELECT repository, list(topic ORDER BY topic) AS topics
    FROM published.repository_topic
    GROUP BY repository
) AS topic ON topic.repository = repository.name
LEFT JOIN (
    SELECT repository, max_by(sweep, observed_at) AS sweep
    FROM published.repository_observation
    GROUP BY repository
) AS seen ON seen.repository = repository.name
LEFT JOIN repository_sweep_key AS sweep ON sweep.name = seen.sweep
