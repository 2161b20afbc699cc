SELECT
    repository.name AS repository,
    scan.commit,
    scan.scanner_version,
    scan.state,
    scan.reason,
    scan.file_count,
    scan.byte_count,
    scan.site_count,
    scan.skipped_count,
    scan.skipped,
    scan.code_license,
    scan.code_license_state,
    scan.weights_license,
    scan.weights_license_state,
    scan.weight_file_count,
    scan.scanned_at
FROM store.scan
JOIN store.repository ON repository.id = scan.repository_id
