SELECT
    repository.name AS repository,
    link.kind,
    link.target,
    link.path,
    link.line,
    code_url(repository.name, scan.commit, link.path, link.line) AS evidence_url
FROM store.repository_link AS link
JOIN store.repository ON repository.id = link.repository_id
JOIN store.scan ON scan.id = link.scan_id
