-- title:     Flow of licenses along the chain
-- question:  Which licenses do links lead from and to, of datasets and bases to models, and of models to repositories?
-- row:       one arrow: a license at one stage, a license at the next
-- counts:    direct links; licenses outside the most frequent ones of their stage are one, other licenses. The study
--            draws the last step alone, which license_pairs has
-- params:    most BIGINT = 12             licenses of a stage that stand by themselves
-- columns:   from_stage, from_license, to_stage, to_license, verdict, links
-- reads:     license_finding, repository
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
-- picture:   flow
--            along from_license                          license upstream
--            to to_license                               license downstream
--            show links                                  links
--            color verdict                               verdict: consistent | needs-review | inconsistent | unknown
--            facet from_stage                            links from
WITH link AS (
    SELECT
        CASE finding.relation WHEN 'trained_on' THEN 'dataset' WHEN 'used_by' THEN 'model' ELSE 'base' END AS from_stage,
        coalesce(finding.upstream_license, 'no license') AS from_license,
        CASE finding.relation WHEN 'used_by' THEN 'repository' ELSE 'model' END AS to_stage,
        CASE
            WHEN finding.downstream_license IS NOT NULL THEN finding.downstream_license
            WHEN repository.state = 'named' THEN 'not fetched'
            ELSE 'no license'
        END AS to_license,
        finding.verdict
    FROM license_finding AS finding
    LEFT JOIN repository
        ON finding.relation = 'used_by'
        AND repository.name = finding.downstream
    WHERE finding.distance = 1
),

place AS (
    SELECT from_stage AS stage, from_license AS license FROM link
    UNION ALL
    SELECT to_stage AS stage, to_license AS license FROM link
),

counted AS (
    SELECT stage, license, count(*) AS links FROM place GROUP BY stage, license
),

frequent AS (
    SELECT stage, license
    FROM counted
    QUALIFY row_number() OVER (PARTITION BY stage ORDER BY links DESC, license) <= $most
)

SELECT
    link.from_stage,
    coalesce(above.license, 'other licenses') AS from_license,
    link.to_stage,
    coalesce(below.license, 'other licenses') AS to_license,
    link.verdict,
    count(*) AS links
FROM link
LEFT JOIN frequent AS above ON above.stage = link.from_stage AND above.license = link.from_license
LEFT JOIN frequent AS below ON below.stage = link.to_stage AND below.license = link.to_license
GROUP BY link.from_stage, coalesce(above.license, 'other licenses'), link.to_stage,
    coalesce(below.license, 'other licenses'), link.verdict
ORDER BY links DESC, link.from_stage, from_license, link.to_stage, to_license, link.verdict;
