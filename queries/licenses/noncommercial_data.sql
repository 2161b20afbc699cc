-- title:     Non-commercial data under commercial licenses
-- question:  Which models that allow commercial use were trained on data that do not?
-- row:       one model and dataset; distance above 1: a base of the model was trained on it
-- counts:    models by downloads
-- params:    top BIGINT = 50              rows returned
-- columns:   model, model_license, dataset, dataset_license, distance, via, downloads, explanation
-- reads:     license_finding, model
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
SELECT
    finding.downstream AS model,
    finding.downstream_license AS model_license,
    finding.upstream AS dataset,
    finding.upstream_license AS dataset_license,
    finding.distance,
    finding.via,
    model.downloads,
    finding.explanation
FROM license_finding AS finding
JOIN model ON model.hub = finding.downstream_hub AND model.name = finding.downstream
WHERE finding.relation = 'trained_on' AND finding.reason = 'NC_DATASET'
ORDER BY model.downloads DESC NULLS LAST, model, dataset
LIMIT $top;
