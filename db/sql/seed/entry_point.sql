SELECT entry.*, stated.tree_url, card.evidence_url AS card_url
FROM plain.entry_point AS entry
LEFT JOIN published.model_card AS card ON card.hub = entry.hub AND card.model = entry.model
LEFT JOIN (
    SELECT hub, subject, min(evidence_url) AS tree_url
    FROM published.license_statement
    WHERE subject_kind = 'model' AND source NOT IN ('card', 'declared', 'config')
    GROUP BY hub, subject
) AS stated ON stated.hub = entry.hub AND stated.subject = entry.model
