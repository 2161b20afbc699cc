-- title:     Completeness of documentation
-- question:  What do models document, by what became of their card?
-- row:       one state of the card of a hub; not-fetched stands apart and is not undocumented
-- counts:    models that are present
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   hub, card_state, models, with_license, with_task, with_library, with_language, with_dataset, with_paper, with_base
-- reads:     model
-- known:     model: card_state <> 'not-fetched'
-- caveats:   cards_not_fetched, declared_only
-- since:     data-2026.12.0
SELECT
    hub,
    card_state,
    count(*) AS models,
    count(license) AS with_license,
    count(pipeline_tag) AS with_task,
    count(library_name) AS with_library,
    count(*) FILTER (WHERE language_count > 0) AS with_language,
    count(*) FILTER (WHERE dataset_count > 0) AS with_dataset,
    count(*) FILTER (WHERE paper_count > 0) AS with_paper,
    count(*) FILTER (WHERE base_count > 0) AS with_base
FROM model
WHERE state = 'present'
    AND coalesce(downloads, 0) >= $min_downloads
GROUP BY hub, card_state
ORDER BY models DESC, hub, card_state;
