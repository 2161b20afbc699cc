SELECT stated.*, code_url(stated.repository, scan.commit, stated.path, stated.line) AS evidence_url
FROM plain.repository_license AS stated
JOIN store.scan ON scan.id = stated.scan_id
