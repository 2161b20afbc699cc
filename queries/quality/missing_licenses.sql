-- title:     Missing licenses by downloads
-- question:  How many models declare no license, the more downloaded ones apart?
-- row:       one class of downloads of 30 days of a hub
-- counts:    models that are present; a license of other or unknown counts as declared
-- params:    none
-- columns:   hub, downloads_from, models, without_license, missing_share, missing_among_fetched_cards
-- reads:     model, model_card
-- known:     model: license IS NOT NULL
-- caveats:   downloads_30_days, cards_not_fetched, declared_only
-- since:     data-2026.12.0
SELECT
    model.hub,
    CASE
        WHEN model.downloads >= 1000000 THEN 1000000
        WHEN model.downloads >= 100000 THEN 100000
        WHEN model.downloads >= 10000 THEN 10000
        WHEN model.downloads >= 1000 THEN 1000
        WHEN model.downloads >= 50 THEN 50
        WHEN model.downloads >= 1 THEN 1
        WHEN model.downloads = 0 THEN 0
    END AS downloads_from,
    count(*) AS models,
    count(*) FILTER (WHERE model.license IS NULL) AS without_license,
    round(count(*) FILTER (WHERE model.license IS NULL) / count(*), 4) AS missing_share,
    CASE WHEN count(card.model) > 0 THEN count(card.model) FILTER (WHERE model.license IS NULL) END
        AS missing_among_fetched_cards
FROM model
LEFT JOIN model_card AS card
    ON card.hub = model.hub AND card.model = model.name AND card.state = 'fetched'
WHERE model.state = 'present'
GROUP BY model.hub, downloads_from
ORDER BY model.hub, downloads_from DESC NULLS LAST;
