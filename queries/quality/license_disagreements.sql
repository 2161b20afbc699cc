-- title:     Licenses that sources state differently
-- question:  For which models do card, listing and tags not state the same license?
-- row:       one license that another place states and the chosen one does not
-- counts:    statements compared trimmed and in lower case; a place without a statement is no
--            disagreement
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, source, license_stated, chosen_source, license_chosen, downloads, evidence_url
-- reads:     license_statement, model
-- known:     model: license IS NOT NULL
-- caveats:   declared_only, tags_by_hub, cards_not_fetched
-- since:     data-2026.12.0
WITH statement AS (
    SELECT * FROM license_statement WHERE subject_kind = 'model'
),

differing AS (
    SELECT
        said.hub,
        said.subject,
        said.source,
        said.canonical,
        said.evidence_url,
        min(chosen.source) AS chosen_source,
        string_agg(chosen.canonical, ', ' ORDER BY chosen.canonical) AS license_chosen
    FROM statement AS said
    JOIN statement AS chosen ON chosen.hub = said.hub AND chosen.subject = said.subject
    WHERE NOT said.is_chosen AND chosen.is_chosen AND chosen.canonical <> said.canonical
    GROUP BY said.hub, said.subject, said.source, said.canonical, said.evidence_url
)

SELECT
    differing.hub,
    differing.subject AS model,
    differing.source,
    differing.canonical AS license_stated,
    differing.chosen_source,
    differing.license_chosen,
    model.downloads,
    differing.evidence_url
FROM differing
JOIN model ON model.hub = differing.hub AND model.name = differing.subject
WHERE NOT EXISTS (
    SELECT 1
    FROM statement AS same
    WHERE same.hub = differing.hub
        AND same.subject = differing.subject
        AND same.canonical = differing.canonical
        AND same.is_chosen
)
ORDER BY model.downloads DESC NULLS LAST, differing.hub, model, differing.source, license_stated
LIMIT $top;
