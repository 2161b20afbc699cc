-- What the main branch points at, sweeps know best.
SELECT hub, model, ref, sha, kind, observed_at
FROM plain.model_ref
WHERE NOT (kind = 'branch' AND ref = 'main' AND model_sha IS NOT NULL)
UNION ALL
SELECT hub, name, 'main', sha, 'branch', observed_at
FROM published.model
WHERE sha IS NOT NULL
