SELECT
    model.hub,
    model.name,
    model.owner,
    model.state,
    model.created_at,
    model.last_modified_at,
    model.downloads,
    model.downloads_all_time,
    model.likes,
    model.gated,
    model.pipeline_tag,
    model.library_name,
    model.license,
    architecture.model_type,
    architecture.architecture,
    architecture.parameter_count,
    architecture.context_length,
    architecture.quantization,
    lineage.root,
    lineage.depth,
    model.base_count,
    coalesce(lineage.derivative_count, 0) AS derivative_count,
    model.dataset_count,
    model.paper_count,
    model.card_state,
    model.evidence_url
FROM model
LEFT JOIN model_architecture AS architecture
    ON architecture.hub = model.hub AND architecture.model = model.name
LEFT JOIN model_lineage AS lineage ON lineage.hub = model.hub AND lineage.model = model.name
