-- title:     Reuse by library
-- question:  The models of which libraries are reused, and by how many repositories?
-- row:       one library of a hub, as the hub names it; null: none
-- counts:    models that are present; repositories that load one, copies and vendored libraries left out.
--            The study searched source for calls of some libraries and reports what it found; the library
--            of a model is apart from that of the call, which uses/by_library has
-- params:    min_models BIGINT = 1        libraries with fewer models are left out
--            top BIGINT = 50              rows returned
-- columns:   hub, library, models, used_models, used_share, repositories, repository_share, downloads
-- reads:     collection, model, model_use
-- known:     model: library_name IS NOT NULL
-- caveats:   declared_only, search_is_partial, names_unresolved, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along library                               library of the model
--            show repositories                           repositories that load one
--            show used_share of models                   models that a repository loads, share of all of the library
--            show models log                             models (powers of ten)
--            null none named
WITH loaded AS (
    SELECT DISTINCT hub, model_resolved AS model, repository
    FROM model_use
    WHERE model_resolved IS NOT NULL
        AND NOT is_copy
        AND NOT is_vendored
        AND NOT is_registry
),

held AS (
    SELECT hub, library_name AS library, count(*) AS models, sum(downloads)::BIGINT AS downloads
    FROM model
    WHERE state = 'present'
    GROUP BY hub, library_name
),

used AS (
    SELECT
        model.hub,
        model.library_name AS library,
        count(DISTINCT model.name) AS models,
        count(DISTINCT loaded.repository) AS repositories
    FROM loaded
    JOIN model ON model.hub = loaded.hub AND model.name = loaded.model
    WHERE model.state = 'present'
    GROUP BY model.hub, model.library_name
),

whole AS (
    SELECT loaded.hub, count(DISTINCT loaded.repository) AS repositories
    FROM loaded
    JOIN model ON model.hub = loaded.hub AND model.name = loaded.model
    WHERE model.state = 'present'
    GROUP BY loaded.hub
)

SELECT
    held.hub,
    held.library,
    held.models,
    CASE WHEN uses.is_collected THEN coalesce(used.models, 0) END AS used_models,
    CASE WHEN uses.is_collected THEN round(coalesce(used.models, 0) / held.models, 4)::DOUBLE END
        AS used_share,
    CASE WHEN uses.is_collected THEN coalesce(used.repositories, 0) END AS repositories,
    round(coalesce(used.repositories, 0) / whole.repositories, 4)::DOUBLE AS repository_share,
    held.downloads
FROM held
JOIN collection AS uses ON uses.table_name = 'model_use'
LEFT JOIN used ON used.hub = held.hub AND used.library IS NOT DISTINCT FROM held.library
LEFT JOIN whole ON whole.hub = held.hub
WHERE held.models >= $min_models
ORDER BY repositories DESC, held.models DESC, held.hub, held.library
LIMIT $top;
