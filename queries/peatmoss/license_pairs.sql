-- title:     Licenses of models and of the repositories that use them
-- question:  Which licenses of models meet which licenses of repositories, and do they go together (PeaTMOSS, Sankey and table)?
-- row:       one pair of licenses
-- counts:    pairs of a model and a repository that uses it; share: of all pairs. The study's Sankey
--            has its own names of licenses, a license of a repository by ScanCode, and no verdicts; its table
--            of pairs, and its 54 of 22,474, come out of its pairs by miner license pairs (docs/licenses.md).
--            Not fetched: of an imported repository, until a crawl has asked for it
-- params:    top BIGINT = 200             rows returned
-- columns:   model_license, repository_license, verdict, is_same, pairs, share
-- reads:     license_finding, repository
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, search_is_partial, not_legal_advice
-- since:     data-2026.12.0
-- picture:   flow
--            along model_license                         license of the model
--            to repository_license                       license of the repository
--            show pairs                                  pairs of a model and a repository that uses it
--            color verdict                               verdict: consistent | needs-review | inconsistent | unknown
SELECT
    coalesce(finding.upstream_license, 'no license') AS model_license,
    CASE
        WHEN finding.downstream_license IS NOT NULL THEN finding.downstream_license
        WHEN repository.state = 'named' THEN 'not fetched'
        ELSE 'no license'
    END AS repository_license,
    finding.verdict,
    coalesce(finding.upstream_license = finding.downstream_license, false) AS is_same,
    count(*) AS pairs,
    round(count(*) / sum(count(*)) OVER (), 6) AS share
FROM license_finding AS finding
LEFT JOIN repository ON repository.name = finding.downstream
WHERE finding.relation = 'used_by' AND finding.distance = 1
GROUP BY ALL
ORDER BY pairs DESC, model_license, repository_license, finding.verdict
LIMIT $top;
