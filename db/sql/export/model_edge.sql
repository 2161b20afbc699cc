-- Two declared names can be one model, an old name and the new: then the better source stands.
SELECT statement.* EXCLUDE (is_chosen)
FROM published.model_edge_statement AS statement
JOIN store.source_rank ON source_rank.source = statement.source
WHERE statement.is_chosen
QUALIFY row_number() OVER (
    PARTITION BY statement.hub, statement.child, statement.parent
    ORDER BY source_rank.rank, statement.parent_declared
) = 1
