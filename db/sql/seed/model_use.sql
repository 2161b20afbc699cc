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

SELECT used.*, coalesce(spread.roles, '{}') AS roles
FROM plain.model_use AS used
LEFT JOIN spread
    ON spread.repository = used.repository AND spread.hub = used.hub AND spread.model = used.model
