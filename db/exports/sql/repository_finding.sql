SELECT repository.name AS repository, finding.source, finding.detail, finding.observed_at
FROM store.repository_finding AS finding
JOIN store.repository ON repository.id = finding.repository_id
