SELECT
    key.id,
    model.id AS model_id,
    told.extractor,
    told.llm,
    told.version,
    told.prompt_hash,
    told.blob_sha,
    told.state,
    told.reason,
    told.value_count,
    told.rejected_count,
    told.prompt_tokens,
    told.completion_tokens,
    told.cost_usd,
    seed_run() AS run_id
FROM published.extraction AS told
JOIN extraction_key AS key
    ON key.hub = told.hub AND key.model = told.model AND key.extractor = told.extractor
    AND key.llm = told.llm
JOIN model_key AS model ON model.hub = told.hub AND model.name = told.model
