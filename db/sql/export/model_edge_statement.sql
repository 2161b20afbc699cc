SELECT
    edge.* REPLACE (coalesce(named.name, edge.parent) AS parent),
    coalesce(named.is_held, false) AS is_parent_held,
    fact_url(
        edge.hub, edge.child, edge.source, child_card_revision, child_sha, child_card_url, child_tree_url
    ) AS evidence_url,
    read_in_text.confidence
FROM plain.model_edge AS edge
LEFT JOIN store.named_model AS named ON named.id = edge.parent_id
LEFT JOIN (
    SELECT hub, model, value_text AS parent, max(confidence) AS confidence
    FROM plain.extracted_field
    WHERE field = 'base_model' AND source = 'card-rule' AND is_chosen
    GROUP BY ALL
) AS read_in_text
    ON edge.source = 'card-rule'
        AND read_in_text.hub = edge.hub
        AND read_in_text.model = edge.child
        AND read_in_text.parent = edge.parent
