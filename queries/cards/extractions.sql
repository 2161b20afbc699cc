-- title:     Readings of cards
-- question:  How did the reading of cards end, by extractor, and what did it cost?
-- row:       one extractor, language model, version and state
-- counts:    cards, values that were kept, values that were rejected
-- params:    none
-- columns:   extractor, llm, version, state, cards, field_values, rejected, prompt_tokens, completion_tokens, cost_usd
-- reads:     extraction
-- known:     extraction: state IN ('extracted', 'partial')
-- caveats:   cards_not_fetched
-- since:     data-2026.12.0
SELECT
    extractor,
    llm,
    version,
    state,
    count(*) AS cards,
    sum(value_count)::BIGINT AS field_values,
    sum(rejected_count)::BIGINT AS rejected,
    sum(prompt_tokens)::BIGINT AS prompt_tokens,
    sum(completion_tokens)::BIGINT AS completion_tokens,
    round(sum(cost_usd), 4) AS cost_usd
FROM extraction
GROUP BY extractor, llm, version, state
ORDER BY extractor, llm, version, cards DESC, state;
