SELECT
    row_number() OVER () AS id,
    repository.id AS repository_id,
    scan.id AS scan_id,
    told.position,
    told.path,
    told.line,
    told.place,
    told.standing,
    told.scope,
    told.state,
    told.reason,
    told.license,
    told.spdx,
    told.method,
    told.confidence,
    told.said,
    told.quote,
    told.file_count
FROM published.repository_license AS told
JOIN repository_key AS repository ON repository.name = told.repository
JOIN read_scan AS scan
    ON scan.repository = told.repository AND scan.commit = commit_in(told.evidence_url)
