SELECT
    used.*,
    sites.example_count,
    sites.test_count,
    sites.mention_count,
    coalesce(sites.is_copy, false) AS is_copy,
    sites.introduced_at,
    sites.evidence_url
FROM plain.model_use AS used
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
