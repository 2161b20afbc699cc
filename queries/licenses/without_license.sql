-- title:     Models without a license
-- question:  Which models that state no license are downloaded or used most?
-- row:       one model
-- counts:    models that are present, whose record and card (where it was read) state none; repositories
--            without copies, vendored libraries and libraries' own lists
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, downloads, repositories, derivatives, card_state, evidence_url
-- reads:     model, model_use, extracted_field, model_lineage, collection
-- known:     model: license IS NOT NULL OR card_state IN ('fetched', 'missing')
-- caveats:   downloads_30_days, search_is_partial, cards_not_fetched
-- since:     data-2026.12.0
WITH used AS (
    SELECT hub, model_resolved AS model, count(DISTINCT repository) AS repositories
    FROM model_use
    WHERE NOT is_copy AND NOT is_vendored AND NOT is_registry
    GROUP BY hub, model_resolved
)

SELECT
    model.hub,
    model.name AS model,
    model.downloads,
    CASE WHEN uses.is_collected THEN coalesce(used.repositories, 0) END AS repositories,
    coalesce(lineage.derivative_count, 0) AS derivatives,
    model.card_state,
    model.evidence_url
FROM model
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN used ON used.hub = model.hub AND used.model = model.name
LEFT JOIN model_lineage AS lineage ON lineage.hub = model.hub AND lineage.model = model.name
WHERE model.license IS NULL AND model.state = 'present'
    AND NOT EXISTS (
        SELECT 1
        FROM extracted_field AS said
        WHERE said.hub = model.hub
            AND said.model = model.name
            AND said.field IN ('license', 'license_in_text')
            AND said.is_chosen
    )
ORDER BY repositories DESC, model.downloads DESC NULLS LAST, model.hub, model
LIMIT $top;
