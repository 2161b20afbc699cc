-- title:     States that are no vocabulary
-- question:  Which models or cards have a state that the vocabulary does not know?
-- row:       one unknown state of one table
-- counts:    rows
-- params:    none
-- columns:   place, state, records
-- reads:     model, model_card
-- known:     model: state IS NOT NULL
-- caveats:   none
-- since:     data-2026.12.0
SELECT 'model' AS place, state, count(*) AS records
FROM model
WHERE state IS NULL OR state NOT IN ('present', 'gone', 'gone-or-private', 'disabled', 'named')
GROUP BY state
UNION ALL
SELECT 'model_card', state, count(*)
FROM model_card
WHERE state IS NULL
    OR state NOT IN (
        'fetched', 'missing', 'gated', 'gone', 'disabled', 'too-large', 'failed', 'not-fetched'
    )
GROUP BY state
ORDER BY place, state;
