SELECT
    model.id AS model_id,
    entry.repository,
    entry.entry,
    entry.title,
    entry.summary,
    as_json(entry.requirements) AS requirements,
    entry.evidence_url,
    said.tree_url,
    card.evidence_url AS card_url
FROM published.entry_point AS entry
JOIN model_key AS model ON model.hub = entry.hub AND model.name = entry.model
LEFT JOIN published.model_card AS card ON card.hub = entry.hub AND card.model = entry.model
LEFT JOIN (
    SELECT hub, subject, min(evidence_url) AS tree_url
    FROM published.license_statement
    WHERE subject_kind = 'model' AND source NOT IN ('card', 'declared', 'config')
    GROUP BY hub, subject
) AS said ON said.hub = entry.hub AND said.subject = entry.model
