-- title:     Edges by relation
-- question:  How do models derive from their bases, and where is the relation said?
-- row:       one relation from one source of a hub
-- counts:    pairs of child and base, each once
-- params:    none
-- columns:   hub, relation, relation_source, edges, children, parents
-- reads:     model_edge
-- known:     model_edge: relation <> 'unknown'
-- caveats:   declared_only, relation_inferred
-- since:     data-2026.12.0
-- picture:   ranking
--            along relation                              relation
--            show edges                                  pairs of child and base
--            color relation_source                       where the relation is said
SELECT
    hub,
    relation,
    relation_source,
    count(*) AS edges,
    count(DISTINCT child) AS children,
    count(DISTINCT parent) AS parents
FROM model_edge
GROUP BY hub, relation, relation_source
ORDER BY edges DESC, hub, relation, relation_source;
