SELECT use.*, named.id AS dataset_id
FROM plain.model_dataset AS use
LEFT JOIN dataset_key AS named ON named.hub = use.hub AND named.name = use.published_dataset
