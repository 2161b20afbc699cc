-- title:     Pairs of licenses
-- question:  Which pairs of licenses meet most often, and with what verdict?
-- row:       one pair of licenses in one relation, with its verdict and reason
-- counts:    direct links; none stands for no license
-- params:    in_relation VARCHAR = ''     a relation between models, trained_on or used_by; empty: all
--            with_verdict VARCHAR = ''    one verdict; empty: all
--            top BIGINT = 50              rows returned
-- columns:   relation, upstream_license, downstream_license, verdict, reason, severity, links
-- reads:     license_finding
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
SELECT
    relation,
    coalesce(upstream_license, 'none') AS upstream_license,
    coalesce(downstream_license, 'none') AS downstream_license,
    verdict,
    reason,
    severity,
    count(*) AS links
FROM license_finding
WHERE distance = 1
    AND ($in_relation = '' OR relation = $in_relation)
    AND ($with_verdict = '' OR verdict = $with_verdict)
GROUP BY ALL
ORDER BY links DESC, relation, upstream_license, downstream_license, verdict, reason, severity
LIMIT $top;
