-- The bounds of a part of a search stand at the end of its query. A search is made again a month
-- after the run that made it, so it belongs to that run: the last that began before its answer.
WITH bin AS (
    SELECT
        *,
        regexp_extract(query, '^(.*?) (?:size|pushed):([0-9-]+)\.\.([0-9-]+)( .*)?$', ['base', 'lower', 'upper', 'rest'])
            AS part
    FROM plain.search_bin
)

SELECT
    bin.* REPLACE (
        row_number() OVER (ORDER BY bin.kind, bin.round, length(bin.query), bin.query) AS id,
        crawl_before(bin.observed_at) AS run_id
    ),
    coalesce(nullif(bin.part.base, ''), bin.query) AS base,
    nullif(bin.part.lower, '') AS lower,
    nullif(bin.part.upper, '') AS upper,
    nullif(regexp_extract(bin.part.rest, 'extension:(\S+)', 1), '') AS extension,
    nullif(regexp_extract(bin.part.rest, 'filename:(\S+)', 1), '') AS filename
FROM bin
