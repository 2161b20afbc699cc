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
WITH chosen AS (
    SELECT
        hub,
        subject,
        min(source) AS chosen_source,
        string_agg(canonical, ', ' ORDER BY canonical) AS license_chosen
    FROM license_statement
    WHERE is_chosen AND subject_kind = 'model'
    GROUP BY hub, subject
),

other AS (
    SELECT statement.*
    FROM license_statement AS statement
    ANTI JOIN license_statement AS same
        ON same.hub = statement.hub
        AND same.subject = statement.subject
        AND same.canonical = statement.canonical
        AND same.is_chosen
        AND same.subject_kind = 'model'
    WHERE NOT statement.is_chosen AND statement.subject_kind = 'model'
)

SELECT
    other.hub,
    other.subject AS model,
    other.source,
    other.canonical AS license_stated,
    chosen.chosen_source,
    chosen.license_chosen,
    model.downloads,
    other.evidence_url
FROM other
JOIN chosen ON chosen.hub = other.hub AND chosen.subject = other.subject
JOIN model ON model.hub = other.hub AND model.name = other.subject
ORDER BY model.downloads DESC NULLS LAST, other.hub, other.subject, other.source, license_stated
LIMIT $top;
