-- A name that two models had leads to the one that is first by name.
SELECT mention.*, coalesce(known.name, moved.name) AS model_resolved
FROM plain.issue_model AS mention
LEFT JOIN store.named_model AS known ON known.hub = mention.hub AND known.name = mention.model
LEFT JOIN (
    SELECT model.hub, alias.alias, min(model.name) AS name
    FROM store.model_alias AS alias
    JOIN store.named_model AS model ON model.id = alias.model_id
    GROUP BY model.hub, alias.alias
) AS moved ON moved.hub = mention.hub AND moved.alias = mention.model
