-- title:     Relations that sources state differently
-- question:  For which models do card and tags not agree on the base or on the relation to it?
-- row:       one statement that differs from the chosen one
-- counts:    a base that only one source names differs if that source names it and the chosen
--            sources of the same model name others; an unknown relation differs from nothing
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, child, source, parent, relation, chosen_source, chosen_relation, problem
-- reads:     model_edge, model_edge_statement
-- known:     model_edge: relation <> 'unknown'
-- caveats:   declared_only, relation_inferred, tags_by_hub
-- since:     data-2026.12.0
WITH best AS (
    SELECT hub, child, min_by(source, source_order) AS source
    FROM (
        SELECT
            hub,
            child,
            source,
            list_position(
                ['card', 'declared', 'config', 'gguf', 'safetensors', 'api', 'tag', 'license-file', 'member', 'inherited', 'name', 'card-rule', 'card-llm', 'inferred'],
                source
            ) AS source_order
        FROM model_edge
    )
    GROUP BY hub, child
),

differing AS (
    SELECT
        said.hub,
        said.child,
        said.source,
        said.parent,
        said.relation,
        edge.source AS chosen_source,
        edge.relation AS chosen_relation,
        'relation' AS problem
    FROM model_edge_statement AS said
    JOIN model_edge AS edge
        ON edge.hub = said.hub AND edge.child = said.child AND edge.parent = said.parent
    WHERE said.source <> edge.source
        AND said.relation <> edge.relation
        AND said.relation <> 'unknown'
        AND edge.relation <> 'unknown'
    UNION ALL
    SELECT
        said.hub,
        said.child,
        said.source,
        said.parent,
        said.relation,
        best.source,
        NULL,
        'base'
    FROM model_edge AS said
    JOIN best ON best.hub = said.hub AND best.child = said.child
    WHERE said.source <> best.source
)

SELECT hub, child, source, parent, relation, chosen_source, chosen_relation, problem
FROM differing
ORDER BY problem, hub, child, parent, source
LIMIT $top;
