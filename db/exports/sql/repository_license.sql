SELECT
    repository.name AS repository,
    said.position,
    said.path,
    said.line,
    said.place,
    said.standing,
    said.scope,
    said.state,
    said.reason,
    said.license,
    said.spdx,
    said.method,
    said.confidence,
    said.said,
    said.quote,
    said.file_count,
    code_url(repository.name, scan.commit, said.path, said.line) AS evidence_url
FROM store.repository_license AS said
JOIN store.scan ON scan.id = said.scan_id
JOIN store.repository ON repository.id = said.repository_id
