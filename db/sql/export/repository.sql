SELECT
    repository.*,
    split_part(repository.name, '/', 1) AS owner,
    last_scan.state AS scan_state,
    last_scan.commit AS scanned_commit,
    'https://github.com/' || repository.name || '/tree/' || repository.head_commit AS evidence_url
FROM plain.repository
LEFT JOIN store.last_scan ON last_scan.repository_id = repository.id
