-- title:     Naming duties
-- question:  Which derivatives have to begin their name, or show a line, as their base's license asks?
-- row:       one derivative and one license that asks for it
-- counts:    derivatives at any distance whose base's terms go on
-- params:    top BIGINT = 50              rows returned
-- columns:   model, base, base_license, distance, name_prefix, has_prefix, display, downloads
-- reads:     license_finding, license, model
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, not_legal_advice
-- since:     data-2026.12.0
SELECT
    finding.downstream AS model,
    finding.upstream AS base,
    finding.upstream_license AS base_license,
    finding.distance,
    nullif(license.name_prefix, 'none') AS name_prefix,
    CASE
        WHEN license.name_prefix NOT IN ('none', 'unknown')
            THEN
            regexp_matches(
                regexp_replace(lower(split_part(finding.downstream, '/', -1)), '[^a-z0-9]+', '', 'g'),
                '^(meta)?' || regexp_replace(lower(license.name_prefix), '[^a-z0-9]+', '', 'g')
            )
    END AS has_prefix,
    nullif(license.display, 'none') AS display,
    model.downloads
FROM license_finding AS finding
JOIN license ON license.license = finding.upstream_license
JOIN model ON model.hub = finding.downstream_hub AND model.name = finding.downstream
WHERE finding.upstream_kind = 'model' AND finding.downstream_kind = 'model'
    AND finding.relation <> 'self'
    AND (license.name_prefix NOT IN ('none', 'unknown') OR license.display NOT IN ('none', 'unknown'))
ORDER BY model.downloads DESC NULLS LAST, model, base
LIMIT $top;
