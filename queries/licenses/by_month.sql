-- title:     Verdicts by month
-- question:  Do the licenses of new derivatives go with those of their bases, month by month?
-- row:       one month in which derivatives were created; null: no date
-- counts:    direct links between models
-- params:    none
-- columns:   month, links, consistent, needs_review, inconsistent, unknown, share_inconsistent
-- reads:     license_finding, model
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, created_at_floor, dates_missing, not_legal_advice
-- since:     data-2026.12.0
-- picture:   series
--            along month                                                     month of creation of the derivative
--            show consistent + needs_review + inconsistent + unknown         direct links by verdict: consistent | needs review | inconsistent | unknown
--            show share_inconsistent                                         inconsistent, share of the links with a verdict
SELECT
    date_trunc('month', model.created_at)::DATE AS month,
    count(*) AS links,
    count(*) FILTER (WHERE finding.verdict = 'consistent') AS consistent,
    count(*) FILTER (WHERE finding.verdict = 'needs-review') AS needs_review,
    count(*) FILTER (WHERE finding.verdict = 'inconsistent') AS inconsistent,
    count(*) FILTER (WHERE finding.verdict = 'unknown') AS unknown,
    round(
        count(*) FILTER (WHERE finding.verdict = 'inconsistent')
        / nullif(count(*) FILTER (WHERE finding.verdict <> 'unknown'), 0),
        4
    ) AS share_inconsistent
FROM license_finding AS finding
JOIN model ON model.hub = finding.downstream_hub AND model.name = finding.downstream
WHERE finding.upstream_kind = 'model' AND finding.downstream_kind = 'model' AND finding.distance = 1
GROUP BY month
ORDER BY month NULLS LAST;
