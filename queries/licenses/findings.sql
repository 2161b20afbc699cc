-- title:     License findings
-- question:  Where does what is stated downstream not go with what is stated upstream?
-- row:       one finding, the worst and most downloaded first
-- counts:    findings of the given verdict, in any relation unless one is given
-- params:    with_verdict VARCHAR = 'inconsistent'   consistent, needs-review, unknown, inconsistent; empty: all
--            in_relation VARCHAR = ''     a relation between models, trained_on, used_by or self; empty: all
--            of_downstream VARCHAR = ''   one model or repository; empty: all
--            top BIGINT = 50              rows returned
-- columns:   upstream_kind, upstream, upstream_license, relation, downstream_kind, downstream, downstream_license, distance, via, verdict, reason, severity, explanation, action, clause, evidence_url
-- reads:     license_finding, model
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
SELECT
    finding.upstream_kind,
    finding.upstream,
    finding.upstream_license,
    finding.relation,
    finding.downstream_kind,
    finding.downstream,
    finding.downstream_license,
    finding.distance,
    finding.via,
    finding.verdict,
    finding.reason,
    finding.severity,
    finding.explanation,
    finding.action,
    finding.clause,
    finding.evidence_url
FROM license_finding AS finding
LEFT JOIN model
    ON model.hub = finding.downstream_hub AND model.name = finding.downstream AND finding.downstream_kind = 'model'
WHERE ($with_verdict = '' OR finding.verdict = $with_verdict)
    AND ($in_relation = '' OR finding.relation = $in_relation)
    AND ($of_downstream = '' OR finding.downstream = $of_downstream)
ORDER BY
    list_position(['high', 'medium', 'low', 'info'], finding.severity),
    model.downloads DESC NULLS LAST,
    finding.downstream,
    finding.distance,
    finding.upstream,
    finding.relation,
    finding.upstream_kind
LIMIT $top;
