-- title:     Datasets that models name
-- question:  On which datasets were most models trained or evaluated, as they say?
-- row:       one dataset in one role
-- counts:    models; each once for a dataset and role, whichever sources say so
-- params:    in_role VARCHAR = ''         trained_on or evaluated_on; empty: both
--            top BIGINT = 50              rows returned
-- columns:   hub, dataset, role, models, is_held, dataset_license, dataset_downloads
-- reads:     dataset, model_dataset
-- known:     model_dataset: is_dataset_held
-- caveats:   declared_only, names_unresolved, cards_not_fetched
-- since:     data-2026.12.0
SELECT
    use.hub,
    use.dataset,
    use.role,
    count(*) AS models,
    bool_or(use.is_dataset_held) AS is_held,
    any_value(dataset.license) AS dataset_license,
    any_value(dataset.downloads) AS dataset_downloads
FROM model_dataset AS use
LEFT JOIN dataset ON dataset.hub = use.hub AND dataset.name = use.dataset
WHERE $in_role = '' OR use.role = $in_role
GROUP BY use.hub, use.dataset, use.role
ORDER BY models DESC, use.hub, use.dataset, use.role
LIMIT $top;
