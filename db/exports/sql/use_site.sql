SELECT
    site.repository,
    site.hub,
    site.model,
    model.name AS model_resolved,
    site.path,
    site.line,
    site.commit,
    site.blob_sha,
    site.kind,
    site.role,
    site.api,
    site.signature,
    site.confidence,
    site.is_resolved,
    site.argument,
    site.is_vendored,
    site.is_registry,
    site.method,
    site.is_copy,
    site.first_seen_at,
    site.introduced_at,
    site.introduced_commit,
    site.evidence_url
FROM store.placed_site AS site
LEFT JOIN store.model_use AS used
    ON used.repository_id = site.repository_id AND used.hub = site.hub AND used.model = site.model
LEFT JOIN store.named_model AS model ON model.id = used.model_id
