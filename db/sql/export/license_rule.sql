SELECT
    judge.matrix,
    judge.version AS matrix_version,
    rule.reason,
    rule.verdict,
    rule.severity,
    rule.meaning,
    rule.action
FROM store.license_reason AS rule
CROSS JOIN store.judge
