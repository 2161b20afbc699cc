SELECT
    key.id,
    repository.id AS repository_id,
    scan.commit,
    scan.scanner_version,
    scan.state,
    scan.reason,
    scan.file_count,
    scan.byte_count,
    scan.site_count,
    0 AS kept_count,
    scan.skipped_count,
    scan.skipped,
    scan.code_license,
    scan.code_license_state,
    scan.weights_license,
    scan.weights_license_state,
    scan.weight_file_count,
    scan.scanned_at,
    seed_run() AS run_id
FROM published.scan
JOIN scan_key AS key
    ON key.repository = scan.repository AND key.commit = scan.commit
    AND key.scanner_version = scan.scanner_version
JOIN repository_key AS repository ON repository.name = scan.repository
