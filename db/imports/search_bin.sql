-- The bounds of a part of a search stand at the end of its query. A search is made again a month
-- after the run that made it, so it belongs to that run: the last that began before its answer.
WITH bin AS (
    SELECT
        *,
        regexp_extract(query, '^(.*?) (?:size|pushed):([0-9-]+)\.\.([0-9-]+)( .*)?$', ['base', 'lower', 'upper', 'rest'])
            AS part
    FROM published.search_bin
)

SELECT
    row_number() OVER (ORDER BY bin.kind, bin.round, length(bin.query), bin.query) AS id,
    bin.kind,
    bin.query,
    bin.round,
    coalesce(nullif(bin.part.base, ''), bin.query) AS base,
    bin.topic,
    nullif(bin.part.lower, '') AS lower,
    nullif(bin.part.upper, '') AS upper,
    nullif(regexp_extract(bin.part.rest, 'extension:(\S+)', 1), '') AS extension,
    nullif(regexp_extract(bin.part.rest, 'filename:(\S+)', 1), '') AS filename,
    bin.state,
    bin.reason,
    bin.total_count,
    bin.page_count,
    bin.distinct_count,
    bin.incomplete_results,
    bin.observed_at,
    crawl_before(bin.observed_at) AS run_id
FROM bin
