-- title:     Verdicts on weights and on data
-- question:  What is the worst verdict on a model's weights, and apart from it on the data it was trained on?
-- row:       one model with a verdict on either, the most downloaded first
-- counts:    findings on its bases, direct or further up, and on its datasets; those of card text alone too
-- params:    of_model VARCHAR = ''   one model; empty: all
--            top BIGINT = 50         rows returned
-- columns:   hub, model, license, weights_verdict, weights_reason, weights_from_text, bases, data_verdict, data_reason, datasets
-- reads:     license_finding, model
-- known:     license_finding: verdict <> 'unknown'
-- caveats:   declared_only, names_unresolved, not_legal_advice
-- since:     data-2026.12.0
WITH ranked AS (
    SELECT
        finding.*,
        finding.relation = 'trained_on' AS is_on_data,
        list_position(['unknown', 'consistent', 'needs-review', 'inconsistent'], finding.verdict) AS rank
    FROM license_finding AS finding
    WHERE finding.downstream_kind = 'model'
        AND finding.distance >= 1
        AND ($of_model = '' OR finding.downstream = $of_model)
)

SELECT
    ranked.downstream_hub AS hub,
    ranked.downstream AS model,
    any_value(ranked.downstream_license) AS license,
    max_by(ranked.verdict, ranked.rank) FILTER (WHERE NOT ranked.is_on_data) AS weights_verdict,
    max_by(ranked.reason, (ranked.rank, ranked.reason)) FILTER (WHERE NOT ranked.is_on_data) AS weights_reason,
    max_by(ranked.is_from_text, (ranked.rank, ranked.reason)) FILTER (WHERE NOT ranked.is_on_data) AS weights_from_text,
    count(*) FILTER (WHERE NOT ranked.is_on_data) AS bases,
    max_by(ranked.verdict, ranked.rank) FILTER (WHERE ranked.is_on_data) AS data_verdict,
    max_by(ranked.reason, (ranked.rank, ranked.reason)) FILTER (WHERE ranked.is_on_data) AS data_reason,
    count(*) FILTER (WHERE ranked.is_on_data) AS datasets
FROM ranked
LEFT JOIN model ON model.hub = ranked.downstream_hub AND model.name = ranked.downstream
GROUP BY ranked.downstream_hub, ranked.downstream, model.downloads
ORDER BY model.downloads DESC NULLS LAST, ranked.downstream_hub, ranked.downstream
LIMIT $top;
