-- The counts are those of model_language, model_edge, model_dataset, model_paper, model_use and
-- model_discussion; is_moe is that of model_architecture. They, the lists and the domain stand here
-- because questions on millions of models ask them of each.
SELECT
    model.* REPLACE (
        coalesce(chosen.canonical, model.license) AS license,
        coalesce(chosen.license_name, model.license_name) AS license_name,
        coalesce(chosen.license_link, model.license_link) AS license_link,
        nullif(list_sort(list_distinct(model.languages)), []) AS languages
    ),
    greatest(model.observed_at, seen.last_at) AS last_seen_at,
    json_array_length(nullif(model.files, 'null')) AS file_count,
    json_array_length(nullif(model.tags, 'null')) AS tag_count,
    card_state(card.state, model.files) AS card_state,
    coalesce(len(list_distinct(model.languages)), 0) AS language_count,
    nullif(
        list_sort(list_distinct(list_filter(
            list_append(from_json(nullif(model.tags, 'null'), '["VARCHAR"]'), model.pipeline_tag),
            lambda tag: list_contains(task_list.tasks, tag)
        ))),
        []
    ) AS tasks,
    coalesce(tagged.domain, task.domain) AS domain,
    begun.first_commit_at,
    coalesce(base.base_count, 0) AS base_count,
    coalesce(use.dataset_count, 0) AS dataset_count,
    coalesce(naming.paper_count, 0) AS paper_count,
    CASE WHEN EXISTS (FROM store.scan) OR EXISTS (FROM store.model_use)
        THEN coalesce(loaded.repository_count, 0) END AS repository_count,
    CASE WHEN asked.model_id IS NOT NULL OR discussed.discussion_count > 0
        THEN coalesce(discussed.discussion_count, 0) END AS discussion_count,
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
    SELECT
        use.model_id,
        count(DISTINCT coalesce(dataset.name, known.spelling, use.dataset)) AS dataset_count
    FROM store.model_dataset AS use
    JOIN store.named_model AS naming ON naming.id = use.model_id
    LEFT JOIN store.dataset ON dataset.id = use.dataset_id
    LEFT JOIN store.dataset_spelling AS known
        ON known.hub = naming.hub AND known.key = dataset_key(use.dataset)
    WHERE use.is_chosen
    GROUP BY use.model_id
) AS use ON use.model_id = model.id
LEFT JOIN (
    SELECT model_id, count(DISTINCT paper_id) AS paper_count
    FROM store.model_paper
    GROUP BY model_id
) AS naming ON naming.model_id = model.id
LEFT JOIN store.task_list ON task_list.hub = model.hub
LEFT JOIN store.task_fact AS task
    ON task.task = model.pipeline_tag AND (task.hub IS NULL OR task.hub = model.hub)
LEFT JOIN (
    -- a model of PyTorch Hub can have several: two domains are multimodal, other counts beside none
    SELECT
        listed.hub,
        listed.model,
        CASE
            WHEN count(DISTINCT task.domain) FILTER (WHERE task.domain <> 'other') > 1 THEN 'multimodal'
            ELSE coalesce(max(task.domain) FILTER (WHERE task.domain <> 'other'), 'other')
        END AS domain
    FROM (
        SELECT hub, model, unnest(from_json(nullif(tags, 'null'), '["VARCHAR"]')) AS tag
        FROM store.listed_model
        WHERE hub = 'pytorch-hub'
    ) AS listed
    JOIN store.task_fact AS task ON task.task = listed.tag
    GROUP BY listed.hub, listed.model
) AS tagged ON tagged.hub = model.hub AND tagged.model = model.name
LEFT JOIN (
    SELECT model_id, min(committed_at) AS first_commit_at
    FROM store.model_commit
    WHERE title IS NOT NULL
    GROUP BY model_id
) AS begun ON begun.model_id = model.id
LEFT JOIN (
    SELECT used.model_id, count(DISTINCT used.repository_id) AS repository_count
    FROM store.model_use AS used
    LEFT JOIN store.sited_use AS sites
        ON sites.repository_id = used.repository_id AND sites.hub = used.hub
        AND sites.model = used.model
    WHERE NOT used.is_vendored AND NOT used.is_registry AND sites.is_copy IS NOT TRUE
    GROUP BY used.model_id
) AS loaded ON loaded.model_id = model.id
LEFT JOIN (
    SELECT model_id, count(*) AS discussion_count
    FROM store.model_discussion
    GROUP BY model_id
) AS discussed ON discussed.model_id = model.id
LEFT JOIN (
    SELECT model_id
    FROM store.model_history
    WHERE kind = 'discussions' AND state IN ('fetched', 'partial')
) AS asked ON asked.model_id = model.id
LEFT JOIN (
    SELECT hub, coalesce(uid, name) AS identity, max(observed_at) AS last_at
    FROM store.model_observation
    GROUP BY hub, identity
) AS seen ON seen.hub = model.hub AND seen.identity = coalesce(model.uid, model.name)
