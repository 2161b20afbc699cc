-- title:     Completeness of documentation by field
-- question:  Which fields do cards state, by popularity or year of the model?
-- row:       one field in one part; stated and models give the share that states it
-- counts:    models whose card was read, and models that are known to have none, which state nothing;
--            cards that were not fetched, or cannot be had, are left out of both, and so are readings that
--            were imported from PeaTMOSS, whose values are never chosen
-- params:    by_part VARCHAR = 'all'      all, popularity (downloads of 30 days by powers of ten) or year
--            min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
-- columns:   field, part, models, models_with_card, stated, share, share_of_cards
-- reads:     model, extraction, extracted_field
-- known:     model: card_state IN ('fetched', 'missing')
-- caveats:   cards_not_fetched, declared_only, created_at_floor
-- since:     data-2026.12.0
-- picture:   ranking
--            along field                                 field
--            show share of models                        stated, share of the models whose card is known or known to be missing
--            show stated in models                       of these models, those that state it: stated | not stated
--            color part                                  part
WITH known AS (
    SELECT
        model.hub,
        model.name,
        reading.model IS NOT NULL AS has_card,
        CASE $by_part
            WHEN 'popularity'
                THEN coalesce(printf('%d and more', (10 ** floor(log10(nullif(model.downloads, 0))))::BIGINT), 'none')
            WHEN 'year' THEN coalesce(year(model.created_at)::VARCHAR, 'no date')
            ELSE 'all'
        END AS part
    FROM model
    LEFT JOIN (
        SELECT DISTINCT hub, model
        FROM extraction
        WHERE state IN ('extracted', 'partial')
            AND extractor <> 'peatmoss'
    ) AS reading ON reading.hub = model.hub AND reading.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (reading.model IS NOT NULL OR model.card_state = 'missing')
),

part_size AS (
    SELECT part, count(*) AS models, count(*) FILTER (WHERE has_card) AS models_with_card
    FROM known
    GROUP BY part
),

stated AS (
    SELECT known.part, said.field, count(DISTINCT (known.hub, known.name)) AS models
    FROM extracted_field AS said
    JOIN known ON known.hub = said.hub AND known.name = said.model
    WHERE said.is_chosen
    GROUP BY known.part, said.field
)

SELECT
    field.field,
    part_size.part,
    part_size.models,
    part_size.models_with_card,
    coalesce(stated.models, 0) AS stated,
    round(coalesce(stated.models, 0) / part_size.models, 4) AS share,
    round(coalesce(stated.models, 0) / nullif(part_size.models_with_card, 0), 4) AS share_of_cards
FROM part_size
CROSS JOIN (SELECT DISTINCT stated.field FROM stated) AS field
LEFT JOIN stated ON stated.part = part_size.part AND stated.field = field.field
ORDER BY field.field, len(part_size.part), part_size.part;
