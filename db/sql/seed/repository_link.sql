SELECT listed.*, scan.id AS scan_id
FROM plain.repository_link AS listed
JOIN read_scan AS scan
    ON scan.repository = listed.repository AND scan.commit = commit_in(listed.evidence_url)
