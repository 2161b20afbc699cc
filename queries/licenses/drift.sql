-- title:     License drift from base to derivative
-- question:  What becomes of a base's license in its derivatives?
-- row:       one change of license family in one relation
-- counts:    direct links between models; share is of the links of that family in that relation
-- params:    none
-- columns:   relation, upstream_family, downstream_family, drift, links, share
-- reads:     license_finding
-- known:     license_finding: upstream_family IS NOT NULL
-- caveats:   declared_only, relation_inferred, not_legal_advice
-- since:     data-2026.12.0
-- picture:   ranking
--            along upstream_family     license family of the base
--            show links                direct links
--            color drift               license of the derivative: same license | same family | to permissive | other family | none stated
WITH link AS (
    SELECT
        relation,
        upstream_family,
        downstream_family,
        CASE
            WHEN upstream_license = downstream_license THEN 'same license'
            WHEN downstream_license IS NULL THEN 'none stated'
            WHEN downstream_family IS NULL THEN 'not known'
            WHEN upstream_family = downstream_family THEN 'same family'
            WHEN downstream_family IN ('permissive', 'public-domain', 'cc-attribution') THEN 'to permissive'
            ELSE 'other family'
        END AS drift
    FROM license_finding
    WHERE upstream_kind = 'model' AND downstream_kind = 'model' AND distance = 1
        AND relation <> 'self' AND upstream_family IS NOT NULL
)

SELECT
    relation,
    upstream_family,
    downstream_family,
    drift,
    count(*) AS links,
    round(count(*) / sum(count(*)) OVER (PARTITION BY relation, upstream_family), 4) AS share
FROM link
GROUP BY relation, upstream_family, downstream_family, drift
ORDER BY relation, upstream_family, links DESC, downstream_family, drift;
