WITH base AS (
    SELECT hub, child AS model, count(*) AS base_count
    FROM published.model_edge
    WHERE parent <> child
    GROUP BY hub, child
),
derivative AS (
    SELECT hub, parent AS model, count(*) AS derivative_count
    FROM published.model_edge
    WHERE parent <> child
    GROUP BY hub, parent
)
SELECT
    place.hub,
    place.model,
    place.root,
    root.name IS NOT NULL AS is_root_held,
    place.depth,
    coalesce(base.base_count, 0) AS base_count,
    coalesce(derivative.derivative_count, 0) AS derivative_count,
    place.is_in_cycle
FROM store.lineage AS place
JOIN store.named_model AS held ON held.hub = place.hub AND held.name = place.model
LEFT JOIN store.named_model AS root
    ON root.hub = place.hub AND root.name = place.root AND root.is_held
LEFT JOIN base ON base.hub = place.hub AND base.model = place.model
LEFT JOIN derivative ON derivative.hub = place.hub AND derivative.model = place.model
