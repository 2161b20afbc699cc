SELECT scan.*, 0 AS kept_count
FROM plain.scan
