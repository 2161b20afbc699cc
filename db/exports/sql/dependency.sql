SELECT
    repository.name AS repository,
    dependency.ecosystem,
    dependency.name,
    dependency.requirement,
    dependency.path,
    dependency.line,
    code_url(repository.name, scan.commit, dependency.path, dependency.line) AS evidence_url
FROM store.dependency
JOIN store.repository ON repository.id = dependency.repository_id
JOIN store.scan ON scan.id = dependency.scan_id
