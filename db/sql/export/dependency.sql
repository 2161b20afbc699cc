SELECT
    dependency.*,
    code_url(dependency.repository, scan.commit, dependency.path, dependency.line) AS evidence_url
FROM plain.dependency
JOIN store.scan ON scan.id = dependency.scan_id
