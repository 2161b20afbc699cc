-- title:     Restrictive models in permissive repositories
-- question:  Which repositories under a permissive license use models that limit use?
-- row:       one repository and one model, or a base of it whose terms go on
-- counts:    uses by reference: the repository's license covers its code, so these are to review
-- params:    top BIGINT = 50              rows returned
-- columns:   repository, repository_license, model, model_license, license_family, distance, via, verdict, reason, stars, explanation
-- reads:     license_finding, repository
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, search_is_partial, not_legal_advice
-- since:     data-2026.12.0
SELECT
    finding.downstream AS repository,
    finding.downstream_license AS repository_license,
    finding.upstream AS model,
    finding.upstream_license AS model_license,
    finding.upstream_family AS license_family,
    finding.distance,
    finding.via,
    finding.verdict,
    finding.reason,
    repository.stars,
    finding.explanation
FROM license_finding AS finding
JOIN repository ON repository.name = finding.downstream
WHERE finding.relation = 'used_by'
    AND finding.downstream_family IN ('permissive', 'public-domain')
    AND finding.upstream_family NOT IN (
        'permissive', 'public-domain', 'cc-attribution', 'data-permissive', 'weak-copyleft', 'unknown'
    )
ORDER BY repository.stars DESC NULLS LAST, repository, finding.distance, model
LIMIT $top;
