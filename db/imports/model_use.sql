WITH counted AS (
    SELECT repository, hub, model, role, count(*) AS sites
    FROM published.use_site
    WHERE model IS NOT NULL
    GROUP BY repository, hub, model, role
),

spread AS (
    SELECT
        repository,
        hub,
        model,
        '{' || string_agg(
            '"' || role || '":' || sites, ','
            ORDER BY CASE role WHEN 'use' THEN 0 WHEN 'example' THEN 1 WHEN 'test' THEN 2 ELSE 3 END
        ) || '}' AS roles
    FROM counted
    GROUP BY repository, hub, model
)

SELECT
    row_number() OVER () AS id,
    repository.id AS repository_id,
    used.hub,
    used.model,
    model.id AS model_id,
    used.use_site_count,
    used.confidence,
    used.role,
    coalesce(spread.roles, '{}') AS roles,
    used.is_vendored,
    used.is_registry,
    used.first_seen_at
FROM published.model_use AS used
JOIN repository_key AS repository ON repository.name = used.repository
LEFT JOIN model_key AS model ON model.hub = used.hub AND model.name = used.model_resolved
LEFT JOIN spread
    ON spread.repository = used.repository AND spread.hub = used.hub AND spread.model = used.model
