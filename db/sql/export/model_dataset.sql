SELECT statement.* EXCLUDE (is_chosen)
FROM published.model_dataset_statement AS statement
JOIN store.source_rank ON source_rank.source = statement.source
WHERE statement.is_chosen
QUALIFY row_number() OVER (
    PARTITION BY statement.hub, statement.model, statement.dataset, statement.role
    ORDER BY source_rank.rank, statement.dataset_declared
) = 1
