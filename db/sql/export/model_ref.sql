SELECT hub, name AS model, 'main' AS ref, sha
FROM published.model
WHERE sha IS NOT NULL
