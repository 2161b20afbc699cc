SELECT
    row_number() OVER () AS id,
    repository.id AS repository_id,
    scan.id AS scan_id,
    site.commit,
    site.blob_sha,
    site.path,
    site.line,
    site.hub,
    site.model,
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
    site.first_seen_at,
    site.introduced_at,
    site.introduced_commit
FROM published.use_site AS site
JOIN repository_key AS repository ON repository.name = site.repository
JOIN read_scan AS scan ON scan.repository = site.repository AND scan.commit = site.commit
