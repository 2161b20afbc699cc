SELECT
    repository.name AS repository,
    used.hub,
    used.model,
    model.name AS model_resolved,
    used.use_site_count,
    used.confidence,
    used.role,
    sites.example_count,
    sites.test_count,
    sites.mention_count,
    used.is_vendored,
    used.is_registry,
    coalesce(sites.is_copy, false) AS is_copy,
    used.first_seen_at,
    sites.introduced_at,
    sites.evidence_url
FROM store.model_use AS used
JOIN store.repository ON repository.id = used.repository_id
LEFT JOIN store.named_model AS model ON model.id = used.model_id
LEFT JOIN (
    SELECT
        repository_id,
        hub,
        model,
        count(*) FILTER (WHERE role = 'example') AS example_count,
        count(*) FILTER (WHERE role = 'test') AS test_count,
        count(*) FILTER (WHERE role = 'mention') AS mention_count,
        bool_and(is_copy) FILTER (WHERE role <> 'mention') AS is_copy,
        min(introduced_at) FILTER (WHERE role <> 'mention') AS introduced_at,
        first(evidence_url ORDER BY role = 'mention', confidence DESC, path, line) AS evidence_url
    FROM store.placed_site
    GROUP BY repository_id, hub, model
) AS sites
    ON sites.repository_id = used.repository_id AND sites.hub = used.hub
    AND sites.model = used.model
