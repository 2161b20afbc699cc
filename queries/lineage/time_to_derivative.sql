-- title:     Time from base to derivative
-- question:  How long after its base is a derivative published?
-- row:       one relation of a hub
-- counts:    pairs with both dates; bases at the floor of createdAt are left out; a child that is
--            older than its base counts apart and not in the quantiles
-- params:    min_downloads BIGINT = 0     children with fewer downloads of 30 days are left out
-- columns:   hub, relation, edges, median_days, p90_days, older_than_base
-- reads:     model, model_edge
-- known:     model_edge: is_parent_held
-- caveats:   created_at_floor, dates_missing, relation_inferred
-- since:     data-2026.12.0
-- picture:   ranking
--            along relation                              relation
--            show median_days, p90_days log              days from base to derivative (powers of ten): median | nine in ten are sooner
--            show edges                                  pairs of child and base
--            show older_than_base                        derivatives that are older than their base
WITH dated AS (
    SELECT
        edge.hub,
        edge.relation,
        datediff('day', base.created_at, child.created_at) AS days
    FROM model_edge AS edge
    JOIN model AS child ON child.hub = edge.hub AND child.name = edge.child
    JOIN model AS base ON base.hub = edge.hub AND base.name = edge.parent
    WHERE edge.child <> edge.parent
        AND child.created_at IS NOT NULL
        AND base.created_at > TIMESTAMP '2022-03-02 23:29:05'
        AND coalesce(child.downloads, 0) >= $min_downloads
)

SELECT
    hub,
    relation,
    count(*) FILTER (WHERE days >= 0) AS edges,
    quantile_cont(days, 0.5) FILTER (WHERE days >= 0) AS median_days,
    quantile_cont(days, 0.9) FILTER (WHERE days >= 0) AS p90_days,
    count(*) FILTER (WHERE days < 0) AS older_than_base
FROM dated
GROUP BY hub, relation
ORDER BY edges DESC, hub, relation;
