-- title:     Gaps of documentation
-- question:  Which facts do the cards of popular models leave out (PeaTMOSS, figure 7)?
-- row:       one field; peatmoss_field is its name in the study
-- counts:    models that are present whose card was read, and models that are known to have none, which
--            state nothing; cards that were not fetched, or cannot be had, are left out. The study counts
--            what a language model filled in, with no check against the card, of cards that it answered on,
--            and has domains and frameworks beside tasks and libraries; here the words of every value
--            stand in the card, unless by_extractor asks for what was imported from the study
-- params:    min_downloads BIGINT = 51    models with fewer downloads of 30 days are left out
--            by_extractor VARCHAR = ''    rules, llm or peatmoss (imported) alone; empty: chosen values
-- columns:   field, peatmoss_field, models, models_with_card, stated, missing, missing_share, missing_share_of_cards, stated_share_of_cards
-- reads:     extracted_field, extraction, model
-- known:     model: card_state IN ('fetched', 'missing') OR (hub, name) IN (SELECT (hub, model) FROM extraction)
-- caveats:   cards_not_fetched, downloads_30_days, declared_only
-- since:     data-2026.12.0
-- picture:   ranking
--            along field                                 field
--            show stated_share_of_cards of models_with_card   figure 7: stated, share of the cards that were read
--            show stated in models                       of the models whose card is known, those that state it: stated | not stated
WITH field AS (
    SELECT *
    FROM (
        VALUES
        ('training_dataset', 'datasets'),
        ('license', 'license'),
        ('repository', 'github_repo'),
        ('paper', 'paper'),
        ('base_model', 'base_model'),
        ('parameter_count', 'parameter_count'),
        ('hardware', 'hardware'),
        ('hyperparameter', 'hyper_parameters'),
        ('evaluation', 'evaluation'),
        ('limitation_and_bias', 'limitation_and_biases'),
        ('demo', 'demo'),
        ('input_format', 'input_format'),
        ('output_format', 'output_format'),
        ('carbon_emitted', 'carbon_emitted'),
        ('funding', 'grant'),
        ('language', 'language'),
        ('library', 'frameworks'),
        ('task', 'tasks')
    ) AS listed (field, peatmoss_field)
),

known AS (
    SELECT model.hub, model.name, reading.model IS NOT NULL AS has_card
    FROM model
    LEFT JOIN (
        SELECT DISTINCT hub, model
        FROM extraction
        WHERE state IN ('extracted', 'partial')
            AND CASE $by_extractor WHEN '' THEN extractor <> 'peatmoss' ELSE extractor = $by_extractor END
    ) AS reading ON reading.hub = model.hub AND reading.model = model.name
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
        AND (reading.model IS NOT NULL OR model.card_state = 'missing')
),

whole AS (
    SELECT count(*) AS models, count(*) FILTER (WHERE has_card) AS models_with_card FROM known
),

stated AS (
    SELECT card.field, count(DISTINCT (known.hub, known.name)) AS models
    FROM extracted_field AS card
    JOIN known ON known.hub = card.hub AND known.name = card.model
    WHERE card.state = 'stated'
        AND CASE $by_extractor WHEN '' THEN card.is_chosen ELSE card.extractor = $by_extractor END
    GROUP BY card.field
)

SELECT
    field.field,
    field.peatmoss_field,
    whole.models,
    whole.models_with_card,
    coalesce(stated.models, 0) AS stated,
    whole.models - coalesce(stated.models, 0) AS missing,
    round(1 - coalesce(stated.models, 0) / whole.models, 4)::DOUBLE AS missing_share,
    round(1 - coalesce(stated.models, 0) / nullif(whole.models_with_card, 0), 4)::DOUBLE
        AS missing_share_of_cards,
    round(coalesce(stated.models, 0) / nullif(whole.models_with_card, 0), 4)::DOUBLE
        AS stated_share_of_cards
FROM field
CROSS JOIN whole
LEFT JOIN stated ON stated.field = field.field
WHERE whole.models > 0
ORDER BY stated DESC, field.field;
