-- The counts are those of model_language, model_edge, model_dataset and model_paper; is_moe is that of
-- model_architecture, here because questions on millions of models ask it of each.
SELECT
    model.* REPLACE (
        coalesce(chosen.canonical, model.license) AS license,
        coalesce(chosen.license_name, model.license_name) AS license_name,
        coalesce(chosen.license_link, model.license_link) AS license_link
    ),
    greatest(model.observed_at, seen.last_at) AS last_seen_at,
    json_array_length(nullif(model.files, 'null')) AS file_count,
    json_array_length(nullif(model.tags, 'null')) AS tag_count,
    card_state(card.state, model.files) AS card_state,
    coalesce(len(list_distinct(from_json(nullif(model.languages, 'null'), '["VARCHAR"]'))), 0) AS language_count,
    coalesce(base.base_count, 0) AS base_count,
    coalesce(use.dataset_count, 0) AS dataset_count,
    coalesce(naming.paper_count, 0) AS paper_count,
    judged.is_moe,
    coalesce(entry_point.evidence_url, tree_url(model.hub, model.name, model.sha)) AS evidence_url
FROM plain.model
LEFT JOIN store.entry_point ON entry_point.model_id = model.id
LEFT JOIN store.license_statement AS chosen
    ON chosen.model_id = model.id AND chosen.is_chosen AND chosen.position = 0
LEFT JOIN store.model_architecture AS judged ON judged.model_id = model.id
LEFT JOIN store.fetched_file AS card ON card.model_id = model.id AND card.path = 'README.md'
LEFT JOIN (
    SELECT edge.child_id, count(DISTINCT coalesce(parent.name, edge.parent)) AS base_count
    FROM store.model_edge AS edge
    LEFT JOIN store.model AS parent ON parent.id = edge.parent_id
    WHERE edge.is_chosen AND edge.parent_id IS DISTINCT FROM edge.child_id
    GROUP BY edge.child_id
) AS base ON base.child_id = model.id
LEFT JOIN (
    SELECT use.model_id, count(DISTINCT coalesce(dataset.name, use.dataset)) AS dataset_count
    FROM store.model_dataset AS use
    LEFT JOIN store.dataset ON dataset.id = use.dataset_id
    WHERE use.is_chosen
    GROUP BY use.model_id
) AS use ON use.model_id = model.id
LEFT JOIN (
    SELECT model_id, count(DISTINCT paper_id) AS paper_count
    FROM store.model_paper
    GROUP BY model_id
) AS naming ON naming.model_id = model.id
LEFT JOIN (
    SELECT hub, coalesce(uid, name) AS identity, max(observed_at) AS last_at
    FROM store.model_observation
    GROUP BY hub, identity
) AS seen ON seen.hub = model.hub AND seen.identity = coalesce(model.uid, model.name)
