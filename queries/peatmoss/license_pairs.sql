-- title:     Licenses of models and of the repositories that use them
-- question:  Which licenses of models meet which licenses of repositories, as in PeaTMOSS's table?
-- row:       one pair of licenses
-- counts:    pairs of a model and a repository that uses it; share_inconsistent of a row is its part of all
-- params:    top BIGINT = 200             rows returned
-- columns:   model_license, repository_license, verdict, is_same, pairs, share
-- reads:     license_finding
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, search_is_partial, not_legal_advice
-- since:     data-2026.12.0
SELECT
    coalesce(upstream_license, 'no license') AS model_license,
    coalesce(downstream_license, 'no license') AS repository_license,
    verdict,
    coalesce(upstream_license = downstream_license, false) AS is_same,
    count(*) AS pairs,
    round(count(*) / sum(count(*)) OVER (), 6) AS share
FROM license_finding
WHERE relation = 'used_by' AND distance = 1
GROUP BY ALL
ORDER BY pairs DESC, model_license, repository_license, verdict
LIMIT $top;
