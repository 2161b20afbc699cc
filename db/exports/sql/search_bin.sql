SELECT
    kind,
    query,
    round,
    topic,
    state,
    reason,
    total_count,
    distinct_count,
    page_count,
    incomplete_results,
    observed_at
FROM store.search_bin
