-- title:     Models by language
-- question:  How many models declare each language?
-- row:       one language of a hub
-- counts:    models that are present; a model counts once for each language it declares
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            top BIGINT = 50              rows returned
-- columns:   hub, language, models, downloads
-- reads:     model, model_language
-- known:     model_card: state = 'fetched'
-- caveats:   declared_only, cards_not_fetched, downloads_30_days
-- since:     data-2026.12.0
-- picture:   ranking
--            along language                              language
--            show models                                 models
--            show downloads                              downloads in 30 days
SELECT
    model.hub,
    model_language.language,
    count(*) AS models,
    sum(model.downloads)::BIGINT AS downloads
FROM model_language
JOIN model ON model.hub = model_language.hub AND model.name = model_language.model
WHERE model.state = 'present'
    AND coalesce(model.downloads, 0) >= $min_downloads
GROUP BY model.hub, model_language.language
ORDER BY models DESC, model.hub, model_language.language
LIMIT $top;
