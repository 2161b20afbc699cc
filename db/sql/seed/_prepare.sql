-- Surrogate keys of the store that is made from a snapshot, by the names that the snapshot gives.
-- Before this is read there are: the published tables as views of the schema published; hub_key
-- (name, id); first_run and seed_run, macros that number the runs; rules_of_architecture, a macro
-- with the version of the rules where the snapshot was judged by them, else null.

-- Sweeps keep the number that their names end in, so that no later one gets a name of these.
CREATE TABLE sweep_key AS
WITH numbered AS (
    SELECT name, started_at, try_cast(regexp_extract(name, '-(\d{1,12})$', 1) AS BIGINT) AS number
    FROM published.sweep
)
SELECT
    name,
    CASE
        WHEN (SELECT count(DISTINCT number) = count(*) FROM numbered) THEN number
        ELSE row_number() OVER (ORDER BY started_at NULLS LAST, name)
    END AS id
FROM numbered;

CREATE TABLE repository_sweep_key AS
WITH seen AS (
    SELECT
        sweep AS name,
        min(observed_at) AS started_at,
        max(observed_at) AS ended_at,
        count(*) AS record_count,
        try_cast(regexp_extract(sweep, '-(\d{1,12})$', 1) AS BIGINT) AS number
    FROM published.repository_observation
    GROUP BY sweep
)
SELECT
    * EXCLUDE (number),
    CASE
        WHEN (SELECT count(DISTINCT number) = count(*) FROM seen) THEN number
        ELSE row_number() OVER (ORDER BY started_at NULLS LAST, name)
    END AS id
FROM seen;

CREATE TABLE run_key AS
SELECT *, first_run() - 1 + row_number() OVER (ORDER BY started_at, ended_at, command) AS id
FROM published.run;

-- Work is begun anew some time after the run that did it, so it has to belong to that run: the last
-- crawl that began before its answer, by clocks that may differ; else the first of all.
CREATE MACRO crawl_before(moment) AS coalesce(
    (
        SELECT max_by(run_key.id, run_key.started_at) FROM run_key
        WHERE run_key.command = 'crawl' AND run_key.started_at <= moment
    ),
    (SELECT min(run_key.id) FROM run_key WHERE run_key.command = 'crawl'),
    seed_run()
);

-- The last scan of a repository is the one that the repository names; it gets the highest key.
CREATE TABLE scan_key AS
SELECT
    scan.repository,
    scan.commit,
    scan.scanner_version,
    scan.state,
    row_number() OVER (
        ORDER BY
            coalesce(
                scan.commit = repository.scanned_commit AND scan.state = repository.scan_state, false
            ),
            scan.scanned_at NULLS FIRST, scan.repository, scan.commit, scan.scanner_version
    ) AS id
FROM published.scan
JOIN published.repository ON repository.name = scan.repository;

-- Sites, libraries, links and licenses are those of the last scan that read something. Where one and
-- the same scan was made again and failed, what it had found before stayed.
CREATE TABLE read_scan AS
SELECT
    repository,
    commit,
    arg_max(id, {'has_read': state NOT IN ('failed', 'gone', 'blocked'), 'id': id}) AS id
FROM scan_key
GROUP BY repository, commit;

-- What part of its hub a pass saw is not published: at least what it saw since the oldest model.
CREATE TABLE seen_since AS
SELECT seen.hub, min(model.created_at) AS since
FROM published.model_observation AS seen
JOIN published.model AS model ON model.hub = seen.hub AND model.name = seen.model
WHERE seen.sweep IN (
    SELECT max_by(name, ended_at) FROM published.sweep
    WHERE subject = 'model' AND kind IN ('full', 'light') AND is_complete
    GROUP BY hub
)
GROUP BY seen.hub;

CREATE MACRO commit_in(address) AS regexp_extract(address, '^https://[^/]+/[^/]+/[^/]+/blob/([^/]+)/', 1);
CREATE MACRO as_json(list) AS CASE WHEN list IS NOT NULL THEN to_json(list)::VARCHAR END;

-- A list whose length is known and of which some entries were the same: they were counted, once
-- each is published.
CREATE MACRO padded(list, length) AS
    CASE
        WHEN length IS NULL THEN NULL
        WHEN length > coalesce(len(list), 0) AND len(list) > 0
            THEN list_concat(list, list_transform(range(length - len(list)), lambda i: list[1]))
        ELSE coalesce(list, [])
    END;
