-- title:     Mixtures of experts with an engine too old for them
-- question:  Which repositories load an MoE model, and name a version of the engine that does not run its family yet?
-- row:       one repository, one family that it loads, and one engine that its manifest names
-- counts:    repositories that load a model of the family, mentions, copies and vendored libraries left out; newest_allowed:
--            the version that the requirement pins or ends at, of the entry that allows the newest; since: the
--            oldest version looked at that runs a type of the family; is_too_old is null where the requirement has
--            no such end, for then an install takes a newer one
-- params:    only_too_old BOOLEAN = true  leave out those that are new enough, or open
--            top BIGINT = 200             rows returned, most stars first
-- columns:   repository, stars, moe_family, models, example_model, engine, package, requirement, newest_allowed, since, is_too_old, evidence_url
-- reads:     dependency, engine_support, model_architecture, model_use, repository
-- known:     dependency: requirement IS NOT NULL
-- coverage:  kind, family
-- caveats:   search_is_partial, names_unresolved
-- since:     data-2026.12.0
-- picture:   ranking
--            along moe_family                            family
--            show rows                                   repositories whose manifest ends before the version that runs it
--            color engine                                engine
WITH since AS (
    SELECT
        engine,
        moe_family,
        arg_min(since_version, parts) AS since,
        min(parts) AS parts
    FROM (
        SELECT
            engine,
            moe_family,
            since_version,
            list_resize(TRY_CAST(string_split(since_version, '.') AS INTEGER[]), 4, 0) AS parts
        FROM engine_support
        WHERE moe_family IS NOT NULL AND since_version IS NOT NULL
    )
    GROUP BY engine, moe_family
),

loading AS (
    SELECT
        model_use.repository,
        architecture.moe_family,
        count(DISTINCT model_use.model_resolved) AS models,
        min(model_use.model_resolved) AS example_model
    FROM model_use
    JOIN model_architecture AS architecture
        ON architecture.hub = model_use.hub AND architecture.model = model_use.model_resolved
    WHERE architecture.is_moe
        AND architecture.moe_family IS NOT NULL
        AND NOT model_use.is_copy
        AND NOT model_use.is_vendored
        AND NOT model_use.is_registry
    GROUP BY model_use.repository, architecture.moe_family
),

-- The lowest version that a requirement pins, or ends at: 4.36.2, ==4.36.2, >=4.30,<4.37; not ~=4.36, ^4.36 or 4.*.
-- Versions count to four parts, so that 4.36 is 4.36.0.
declared AS (
    SELECT
        repository,
        package,
        requirement,
        evidence_url,
        list_min(
            list_transform(
                list_filter(
                    string_split(requirement, ','),
                    lambda bound: regexp_full_match(bound, '\s*(===|==|<=|<)?\s*v?\d+(\.\d+)*\s*')
                ),
                lambda bound: struct_pack(
                    parts := list_resize(
                        TRY_CAST(string_split(regexp_extract(bound, '\d+(\.\d+)*'), '.') AS INTEGER[]), 4, 0
                    ),
                    is_included := NOT regexp_matches(bound, '<[^=]'),
                    written := regexp_extract(bound, '\d+(\.\d+)*')
                )
            )
        ) AS newest
    FROM (
        SELECT repository, replace(lower(name), '_', '-') AS package, requirement, evidence_url
        FROM dependency
        WHERE ecosystem = 'pypi' AND requirement IS DISTINCT FROM 'self'
    )
),

judged AS (
    SELECT
        loading.repository,
        loading.moe_family,
        loading.models,
        loading.example_model,
        since.engine,
        declared.package,
        declared.requirement,
        declared.newest.written AS newest_allowed,
        since.since,
        declared.evidence_url,
        declared.newest.parts < since.parts
        OR (declared.newest.parts = since.parts AND NOT declared.newest.is_included) AS is_too_old,
        row_number() OVER (
            PARTITION BY loading.repository, loading.moe_family, since.engine
            ORDER BY declared.newest.parts DESC NULLS FIRST, declared.evidence_url
        ) AS place
    FROM loading
    JOIN since ON since.moe_family = loading.moe_family
    JOIN declared ON declared.repository = loading.repository AND declared.package = since.engine
)

SELECT
    judged.repository,
    repository.stars,
    judged.moe_family,
    judged.models,
    judged.example_model,
    judged.engine,
    judged.package,
    judged.requirement,
    judged.newest_allowed,
    judged.since,
    judged.is_too_old,
    judged.evidence_url
FROM judged
LEFT JOIN repository ON repository.name = judged.repository
WHERE judged.place = 1 AND (judged.is_too_old OR NOT $only_too_old)
ORDER BY repository.stars DESC NULLS LAST, judged.repository, judged.moe_family, judged.engine
LIMIT $top;
