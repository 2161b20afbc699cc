-- title:     Share of license inconsistencies
-- question:  What share of the pairs of model and repository has licenses that do not go together (PeaTMOSS: 0.24 %)?
-- row:       the rules by which the findings were reached
-- counts:    direct pairs of a model and a repository that uses it; skipped: several licenses in one
--            repository, which the study leaves out of its 22,474, and so the share does. It is 54 with its
--            own sheet (miner export --matrix peatmoss:FILE) and licenses that ScanCode read in the files of
--            2023; without that, licenses are those that GitHub and the last scan state. An imported
--            repository has none until a crawl has asked for it, and is unknown until then
-- params:    none
-- columns:   matrix, matrix_version, pairs, skipped, judged, same_license, consistent, needs_review, inconsistent, unknown, inconsistent_share, without_repository_license
-- reads:     license_finding
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, search_is_partial, not_legal_advice
-- since:     data-2026.12.0
WITH pair AS (
    SELECT *, reason IS NOT DISTINCT FROM 'MATRIX_SKIPPED' AS is_skipped
    FROM license_finding
    WHERE relation = 'used_by'
        AND distance = 1
)

SELECT
    matrix,
    matrix_version,
    count(*) AS pairs,
    count(*) FILTER (WHERE is_skipped) AS skipped,
    count(*) FILTER (WHERE NOT is_skipped) AS judged,
    count(*) FILTER (WHERE NOT is_skipped AND upstream_license = downstream_license) AS same_license,
    count(*) FILTER (WHERE NOT is_skipped AND verdict = 'consistent') AS consistent,
    count(*) FILTER (WHERE NOT is_skipped AND verdict = 'needs-review') AS needs_review,
    count(*) FILTER (WHERE NOT is_skipped AND verdict = 'inconsistent') AS inconsistent,
    count(*) FILTER (WHERE NOT is_skipped AND verdict = 'unknown') AS unknown,
    round(
        count(*) FILTER (WHERE NOT is_skipped AND verdict = 'inconsistent')
        / nullif(count(*) FILTER (WHERE NOT is_skipped), 0),
        6
    )::DOUBLE AS inconsistent_share,
    count(*) FILTER (WHERE downstream_license IS NULL) AS without_repository_license
FROM pair
GROUP BY matrix, matrix_version
ORDER BY matrix, matrix_version;
