SELECT
    row_number() OVER () AS id,
    repository.id AS repository_id,
    finding.source,
    finding.detail,
    finding.observed_at
FROM published.repository_finding AS finding
JOIN repository_key AS repository ON repository.name = finding.repository
