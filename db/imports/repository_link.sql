SELECT
    row_number() OVER () AS id,
    repository.id AS repository_id,
    scan.id AS scan_id,
    told.kind,
    told.target,
    told.path,
    told.line
FROM published.repository_link AS told
JOIN repository_key AS repository ON repository.name = told.repository
JOIN read_scan AS scan
    ON scan.repository = told.repository AND scan.commit = commit_in(told.evidence_url)
