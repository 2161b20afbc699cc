SELECT dataset.*, tree_url(hub, 'datasets/' || name, sha) AS evidence_url
FROM plain.dataset
