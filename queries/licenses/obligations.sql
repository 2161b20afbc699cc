-- title:     What the models of a repository ask for
-- question:  Which duties and limits come with the models that a repository uses, bases included?
-- row:       one model or base of it, with what its license says; unknown where that is not known
-- counts:    uses of the repository, and bases further up whose terms go on
-- params:    of_repository VARCHAR = ''   owner/name; empty: all
-- columns:   repository, model, distance, via, license, commercial_use, attribution, use_restrictions, flow_down, same_license, name_prefix, display, user_threshold, output_training, network_clause, territory_limit, clause, evidence_url
-- reads:     license_finding, license
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, not_legal_advice
-- since:     data-2026.12.0
SELECT
    finding.downstream AS repository,
    finding.upstream AS model,
    finding.distance,
    finding.via,
    coalesce(finding.upstream_license, 'none stated') AS license,
    license.commercial_use,
    license.attribution,
    license.use_restrictions,
    license.flow_down,
    license.same_license,
    license.name_prefix,
    license.display,
    license.user_threshold,
    license.output_training,
    license.network_clause,
    license.territory_limit,
    license.clause,
    license.url AS evidence_url
FROM license_finding AS finding
LEFT JOIN license ON license.license = finding.upstream_license
WHERE finding.relation = 'used_by'
    AND ($of_repository = '' OR finding.downstream = $of_repository)
ORDER BY repository, finding.distance, model;
