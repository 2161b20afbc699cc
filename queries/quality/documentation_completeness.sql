-- title:     Completeness of documentation
-- question:  What do models document, by what became of their card?
-- row:       one state of the card of a hub; not-fetched stands apart and is not undocumented
-- counts:    models that are present
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, card_state, models, with_license, with_task, with_library, with_language, with_dataset, with_paper, with_base
-- reads:     model, model_card, model_dataset, model_edge, model_language, model_paper
-- known:     model_card: state <> 'not-fetched'
-- caveats:   cards_not_fetched, declared_only
-- since:     data-2026.12.0
WITH documented AS (
    SELECT hub, model, bit_or(part) AS parts
    FROM (
        SELECT hub, model, 1 AS part FROM model_language
        UNION ALL
        SELECT hub, model, 2 FROM model_dataset
        UNION ALL
        SELECT hub, model, 4 FROM model_paper
        UNION ALL
        SELECT hub, child, 8 FROM model_edge
    )
    GROUP BY hub, model
)

SELECT
    model.hub,
    coalesce(card.state, 'not-fetched') AS card_state,
    count(*) AS models,
    count(model.license) AS with_license,
    count(model.pipeline_tag) AS with_task,
    count(model.library_name) AS with_library,
    count(*) FILTER (WHERE documented.parts & 1 > 0) AS with_language,
    count(*) FILTER (WHERE documented.parts & 2 > 0) AS with_dataset,
    count(*) FILTER (WHERE documented.parts & 4 > 0) AS with_paper,
    count(*) FILTER (WHERE documented.parts & 8 > 0) AS with_base
FROM model
LEFT JOIN model_card AS card  -- few cards are fetched: joining only those is cheap
    ON card.hub = model.hub AND card.model = model.name AND card.state <> 'not-fetched'
LEFT JOIN documented ON documented.hub = model.hub AND documented.model = model.name
WHERE model.state = 'present'
    AND coalesce(model.downloads, 0) >= $min_downloads
GROUP BY model.hub, card_state
ORDER BY models DESC, model.hub, card_state;
