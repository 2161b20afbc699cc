-- title:     Identities that stand twice
-- question:  Which identities of a hub have two models?
-- row:       one identity
-- counts:    models with the same uid
-- params:    none
-- columns:   hub, uid, models
-- reads:     model
-- known:     model: uid IS NOT NULL
-- caveats:   none
-- since:     data-2026.12.0
SELECT hub, uid, count(*) AS models
FROM model
WHERE uid IS NOT NULL
GROUP BY hub, uid
HAVING count(*) > 1
ORDER BY hub, uid;
