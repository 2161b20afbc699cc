SELECT
    key.id,
    repository.uid AS node_id,
    repository.name,
    repository.state,
    repository.state_at,
    repository.reason,
    repository.description,
    repository.license,
    repository.stars,
    repository.forks,
    repository.is_fork,
    repository.parent,
    repository.is_archived,
    repository.is_empty,
    repository.created_at,
    repository.pushed_at,
    repository.default_branch,
    repository.head_commit,
    repository.head_committed_at,
    repository.size_kilobytes,
    repository.primary_language,
    language.languages,
    as_json(topic.topics) AS topics,
    repository.observed_at,
    sweep.id AS sweep_id,
    seed_run() AS run_id
FROM published.repository
JOIN repository_key AS key ON key.name = repository.name
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
