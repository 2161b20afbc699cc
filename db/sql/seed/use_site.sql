SELECT site.*, scan.id AS scan_id
FROM plain.use_site AS site
LEFT JOIN read_scan AS scan ON scan.repository = site.repository AND scan.commit = site.commit
