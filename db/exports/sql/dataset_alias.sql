SELECT dataset.hub, dataset_alias.alias, dataset.name AS dataset, dataset_alias.observed_at
FROM store.dataset_alias
JOIN store.named_dataset AS dataset ON dataset.id = dataset_alias.dataset_id
