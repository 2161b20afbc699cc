-- title:     Verdicts by license family
-- question:  Which license families lead to which verdicts downstream?
-- row:       one license family upstream in one relation; null: no license, or an unknown one
-- counts:    direct links
-- params:    none
-- columns:   relation, upstream_family, links, consistent, needs_review, inconsistent, unknown
-- reads:     license_finding
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
-- picture:   ranking
--            along upstream_family                                           license family upstream
--            show consistent + needs_review + inconsistent + unknown         direct links by verdict: consistent | needs review | inconsistent | unknown
--            null none, or unknown
SELECT
    relation,
    upstream_family,
    count(*) AS links,
    count(*) FILTER (WHERE verdict = 'consistent') AS consistent,
    count(*) FILTER (WHERE verdict = 'needs-review') AS needs_review,
    count(*) FILTER (WHERE verdict = 'inconsistent') AS inconsistent,
    count(*) FILTER (WHERE verdict = 'unknown') AS unknown
FROM license_finding
WHERE distance = 1
GROUP BY relation, upstream_family
ORDER BY relation, links DESC, upstream_family;
