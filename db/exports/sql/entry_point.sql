SELECT
    named.hub,
    named.name AS model,
    entry_point.repository,
    entry_point.entry,
    entry_point.title,
    entry_point.summary,
    from_json(entry_point.requirements, '["VARCHAR"]') AS requirements,
    entry_point.evidence_url
FROM store.entry_point
JOIN store.named_model AS named ON named.id = entry_point.model_id
