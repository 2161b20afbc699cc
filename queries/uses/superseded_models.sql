-- title:     Uses of superseded models
-- question:  Do repositories go on using a model after its owner published the next version?
-- row:       one model with a later version that repositories load
-- counts:    a later version: the same owner and name but for a higher number behind -v or _v, or a first
--            such number, created later; versions that are named otherwise are not seen. Repositories that
--            load either, copies and vendored libraries left out; both: load either; introduced_after: the
--            line came after the next version was created
-- params:    top BIGINT = 50              rows returned
-- columns:   hub, model, next_version, newest_version, superseded_on, repositories, both, introduced_after, next_repositories
-- reads:     model, model_use
-- known:     model: created_at IS NOT NULL
-- caveats:   created_at_floor, dates_missing, search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along model                                 model with a later version
--            show repositories, next_repositories        repositories that load: this version | a later one
--            show introduced_after                       of the first, with a line that came after the next version
WITH versioned AS (
    SELECT
        hub,
        name,
        created_at,
        regexp_replace(lower(name), '[-_.]v\d{1,4}([.]\d{1,4}){0,3}', '') AS series,
        list_transform(
            string_split(
                coalesce(nullif(regexp_extract(lower(name), '[-_.]v(\d{1,4}([.]\d{1,4}){0,3})', 1), ''), '0'),
                '.'
            ),
            lambda part: part::INTEGER
        ) AS version
    FROM model
    WHERE state <> 'named'
),

later AS (
    SELECT
        old.hub,
        old.name,
        new.name AS next_name,
        new.created_at,
        new.version
    FROM versioned AS old
    JOIN versioned AS new
        ON new.hub = old.hub
        AND new.series = old.series
        AND new.version > old.version
        AND new.created_at > old.created_at
),

successor AS (
    SELECT
        hub,
        name,
        first(next_name ORDER BY created_at, next_name) AS next_version,
        first(next_name ORDER BY version DESC, next_name) AS newest_version,
        min(created_at) AS superseded_at
    FROM later
    GROUP BY hub, name
),

used AS (
    SELECT hub, model_resolved AS name, repository, min(introduced_at) AS introduced_at
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
    GROUP BY hub, model_resolved, repository
),

moved AS (
    SELECT DISTINCT later.hub, later.name, used.repository
    FROM later
    JOIN used ON used.hub = later.hub AND used.name = later.next_name
),

counted AS (
    SELECT
        coalesce(used.hub, moved.hub) AS hub,
        coalesce(used.name, moved.name) AS name,
        count(used.repository) AS repositories,
        count(moved.repository) AS next_repositories,
        count(*) FILTER (WHERE used.repository = moved.repository) AS both,
        list(used.introduced_at) AS dates
    FROM used
    FULL JOIN moved
        ON moved.hub = used.hub AND moved.name = used.name AND moved.repository = used.repository
    GROUP BY ALL
)

SELECT
    successor.hub,
    successor.name AS model,
    successor.next_version,
    successor.newest_version,
    successor.superseded_at::DATE AS superseded_on,
    counted.repositories,
    counted.both,
    len(list_filter(counted.dates, lambda day: day > successor.superseded_at)) AS introduced_after,
    counted.next_repositories
FROM successor
JOIN counted ON counted.hub = successor.hub AND counted.name = successor.name
WHERE counted.repositories > 0
ORDER BY counted.repositories DESC, successor.hub, model
LIMIT $top;
