SELECT
    hub.name AS hub,
    model.name,
    owner.name AS owner,
    model.uid,
    model.state,
    model.state_at,
    greatest(model.observed_at, seen.last_at) AS last_seen_at,
    model.created_at,
    model.last_modified_at,
    model.sha,
    model.downloads,
    model.downloads_all_time,
    model.likes,
    model.gated,
    model.is_private,
    model.is_disabled,
    model.pipeline_tag,
    model.library_name,
    coalesce(chosen.canonical, model.license) AS license,
    coalesce(chosen.license_name, model.license_name) AS license_name,
    coalesce(chosen.license_link, model.license_link) AS license_link,
    model.model_type,
    from_json(model.architectures, '["VARCHAR"]') AS architectures,
    model.quantization,
    model.used_storage_bytes,
    json_array_length(nullif(model.files, 'null')) AS file_count,
    json_array_length(nullif(model.tags, 'null')) AS tag_count,
    model.parse_state,
    model.observed_at,
    tree_url(hub.name, '', model.name, model.sha) AS evidence_url
FROM store.model
JOIN store.hub ON hub.id = model.hub_id
LEFT JOIN store.owner ON owner.id = model.owner_id
LEFT JOIN store.license_statement AS chosen
    ON chosen.model_id = model.id AND chosen.is_chosen AND chosen.position = 0
LEFT JOIN (
    SELECT hub, coalesce(uid, name) AS identity, max(observed_at) AS last_at
    FROM store.model_observation
    GROUP BY hub, identity
) AS seen ON seen.hub = hub.name AND seen.identity = coalesce(model.uid, model.name)
