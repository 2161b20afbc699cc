-- title:     Candidates for the EU's rules on open-source models
-- question:  How many models carry a license that is widely read as free and open source?
-- row:       one answer (yes, no, unknown) with one license
-- counts:    models that are present; a license that limits use, field, revenue or users is a no
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 50              rows returned
-- columns:   eu_open_source_candidate, license, models, downloads
-- reads:     model, license
-- known:     model: license IS NOT NULL
-- caveats:   declared_only, not_legal_advice
-- since:     data-2026.12.0
SELECT
    CASE
        WHEN license.license IS NULL OR license.family = 'unknown' THEN 'unknown'
        WHEN license.family IN (
            'permissive', 'public-domain', 'cc-attribution', 'cc-sharealike', 'weak-copyleft', 'strong-copyleft',
            'network-copyleft', 'data-permissive', 'data-sharealike'
        )
            THEN 'yes'
        ELSE 'no'
    END AS eu_open_source_candidate,
    coalesce(model.license, 'none stated') AS license,
    count(*) AS models,
    coalesce(sum(model.downloads), 0)::BIGINT AS downloads
FROM model
LEFT JOIN license ON license.license = model.license
WHERE model.state = 'present' AND coalesce(model.downloads, 0) >= $min_downloads
GROUP BY eu_open_source_candidate, coalesce(model.license, 'none stated')
ORDER BY models DESC, license
LIMIT $top;
