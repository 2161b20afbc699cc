SELECT
    used.*,
    sites.example_count,
    sites.test_count,
    sites.mention_count,
    coalesce(sites.is_copy, false) AS is_copy,
    sites.introduced_at,
    sites.evidence_url
FROM plain.model_use AS used
LEFT JOIN store.sited_use AS sites
    ON sites.repository_id = used.repository_id AND sites.hub = used.hub
    AND sites.model = used.model
