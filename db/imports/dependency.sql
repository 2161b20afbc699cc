SELECT
    row_number() OVER () AS id,
    repository.id AS repository_id,
    scan.id AS scan_id,
    told.ecosystem,
    told.name,
    told.requirement,
    told.path,
    told.line
FROM published.dependency AS told
JOIN repository_key AS repository ON repository.name = told.repository
JOIN read_scan AS scan
    ON scan.repository = told.repository AND scan.commit = commit_in(told.evidence_url)
