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
    coalesce(lineage.base_count, 0) AS base_count,
    coalesce(lineage.derivative_count, 0) AS derivative_count,
    coalesce(use.dataset_count, 0) AS dataset_count,
    coalesce(naming.paper_count, 0) AS paper_count,
    card.state AS card_state,
    model.evidence_url
FROM model
LEFT JOIN model_architecture AS architecture
    ON architecture.hub = model.hub AND architecture.model = model.name
LEFT JOIN model_lineage AS lineage ON lineage.hub = model.hub AND lineage.model = model.name
LEFT JOIN model_card AS card ON card.hub = model.hub AND card.model = model.name
LEFT JOIN (
    SELECT hub, model, count(DISTINCT dataset) AS dataset_count
    FROM model_dataset
    GROUP BY hub, model
) AS use ON use.hub = model.hub AND use.model = model.name
LEFT JOIN (
    SELECT hub, model, count(DISTINCT arxiv_id) AS paper_count
    FROM model_paper
    GROUP BY hub, model
) AS naming ON naming.hub = model.hub AND naming.model = model.name
