SELECT link.*, code_url(link.repository, scan.commit, link.path, link.line) AS evidence_url
FROM plain.repository_link AS link
JOIN store.scan ON scan.id = link.scan_id
