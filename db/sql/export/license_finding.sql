SELECT
    link.upstream_kind,
    link.upstream_hub,
    link.upstream,
    nullif(above.text, '') AS upstream_license,
    nullif(above.family, '') AS upstream_family,
    link.downstream_kind,
    link.downstream_hub,
    link.downstream,
    nullif(below.text, '') AS downstream_license,
    nullif(below.family, '') AS downstream_family,
    link.relation,
    link.distance,
    link.via,
    answer.verdict,
    answer.reason,
    answer.severity,
    answer.explanation,
    nullif(answer.clause, '') AS clause,
    nullif(answer.action, '') AS action,
    nullif(answer.evidence_url, '') AS evidence_url,
    judge.matrix,
    judge.version AS matrix_version,
    link.is_from_text,
    link.confidence
FROM store.license_row AS link
JOIN store.answer
    ON answer.upstream_license = link.upstream_license
        AND answer.downstream_license = link.downstream_license
        AND answer.relation = link.relation
        AND answer.upstream_kind = link.upstream_kind
        AND answer.downstream_kind = link.downstream_kind
        AND answer.same_owner = link.same_owner
        AND answer.prefixes = link.prefixes
        AND answer.explained = link.explained
        AND answer.is_former = link.is_former
        AND answer.upstream_terms = link.upstream_terms
JOIN store.read_license AS above ON above.license = link.upstream_license
JOIN store.read_license AS below ON below.license = link.downstream_license
CROSS JOIN store.judge
-- two words for one license in one repository are no finding
WHERE link.relation <> 'self' OR answer.verdict <> 'consistent'
UNION ALL
SELECT
    'model',
    down.hub,
    'all bases of ' || down.name,
    conflict.upstream_license,
    NULL,
    'model',
    down.hub,
    down.name,
    nullif(below.text, ''),
    nullif(below.family, ''),
    'merge',
    1,
    NULL,
    conflict.verdict,
    conflict.reason,
    conflict.severity,
    conflict.explanation,
    nullif(conflict.clause, ''),
    nullif(conflict.action, ''),
    nullif(conflict.evidence_url, ''),
    judge.matrix,
    judge.version,
    false,
    NULL
FROM store.conflict
JOIN store.stated AS down ON down.id = conflict.id
JOIN store.read_license AS below ON below.license = down.license
CROSS JOIN store.judge
