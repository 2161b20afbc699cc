-- title:     Verdicts by relation
-- question:  How consistent are licenses along each kind of link?
-- row:       one relation, direct links and those further up apart
-- counts:    links; share_inconsistent is of the links with a verdict other than unknown
-- params:    none
-- columns:   relation, is_direct, links, consistent, needs_review, inconsistent, unknown, share_inconsistent, share_unknown
-- reads:     license_finding
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
-- picture:   ranking
--            along relation                                                  relation
--            show consistent + needs_review + inconsistent + unknown         links by verdict: consistent | needs review | inconsistent | unknown
--            show share_unknown of links                                     verdict unknown, share of all links
--            facet is_direct                                                 direct link
SELECT
    relation,
    distance <= 1 AS is_direct,
    count(*) AS links,
    count(*) FILTER (WHERE verdict = 'consistent') AS consistent,
    count(*) FILTER (WHERE verdict = 'needs-review') AS needs_review,
    count(*) FILTER (WHERE verdict = 'inconsistent') AS inconsistent,
    count(*) FILTER (WHERE verdict = 'unknown') AS unknown,
    round(
        count(*) FILTER (WHERE verdict = 'inconsistent')
        / nullif(count(*) FILTER (WHERE verdict <> 'unknown'), 0),
        4
    ) AS share_inconsistent,
    round(count(*) FILTER (WHERE verdict = 'unknown') / count(*), 4) AS share_unknown
FROM license_finding
GROUP BY relation, is_direct
ORDER BY relation, is_direct DESC;
