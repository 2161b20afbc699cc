-- title:     Used, but gone or gated
-- question:  Which models do repositories use that their hub does not give to everybody any more?
-- row:       one use
-- counts:    uses of held models that are gone, disabled or gated
-- params:    with_gated BOOLEAN = true    gated models too
--            top BIGINT = 100             rows returned
-- columns:   repository, hub, model, state, gated, stars, use_site_count, evidence_url
-- reads:     model_use, model, repository
-- known:     model_use: model_resolved IS NOT NULL
-- caveats:   search_is_partial, private_unseen, names_unresolved
-- since:     data-2026.12.0
SELECT
    used.repository,
    used.hub,
    held.name AS model,
    held.state,
    held.gated,
    repository.stars,
    used.use_site_count,
    used.evidence_url
FROM model_use AS used
JOIN model AS held ON held.hub = used.hub AND held.name = used.model_resolved
JOIN repository ON repository.name = used.repository
WHERE NOT used.is_copy
    AND NOT used.is_vendored AND NOT used.is_registry
    AND (
        held.state NOT IN ('present', 'named')
        OR ($with_gated AND held.gated IS NOT NULL AND held.gated <> 'no')
    )
ORDER BY repository.stars DESC NULLS LAST, used.repository, used.hub, held.name
LIMIT $top;
