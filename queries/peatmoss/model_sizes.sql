-- title:     Sizes of models by domain
-- question:  How large are the models of each domain, by when they appeared (PeaTMOSS, figure 11)?
-- row:       one half of a year and domain of a hub; null: no task, or one that the list does not have
-- counts:    parameters of models that are present, once, in the half year of their first commit, or of their
--            creation where that is earlier or no history was fetched; the floor of createdAt is no date. They
--            are those of configs, weights and names, of the language part where a model has several; the
--            study has what a language model read in the card, which by_extractor=peatmoss asks for, of
--            popular models by their last commit
-- params:    min_downloads BIGINT = 0     models with fewer downloads of 30 days are left out
--            by_extractor VARCHAR = ''    rules, llm or peatmoss (imported): what it read in cards; empty: architectures
-- columns:   hub, half_year, domain, models, with_parameter_count, lower_quartile, median, upper_quartile
-- reads:     extracted_field, model, model_architecture
-- known:     model: created_at > TIMESTAMP '2022-03-02 23:29:05' OR
--            (hub, name) IN (SELECT (hub, model) FROM model_commit WHERE title IS NOT NULL)
-- caveats:   created_at_floor, dates_missing, history_not_fetched, declared_only, tags_by_hub
-- since:     data-2026.12.0
-- picture:   series
--            along half_year                             half year of the first commit or creation
--            show median log                             parameters, median (powers of ten)
--            show with_parameter_count in models         models: parameters known | unknown
--            color domain                                domain: NLP | computer vision | audio | multimodal | other
--            mark 2022-11-01, 2023-02-01                 releases that the study marks: GPT-3.5 | LLaMA
WITH dated AS (
    SELECT
        model.hub,
        model.name,
        model.domain,
        least(
            model.first_commit_at,
            CASE WHEN model.created_at > TIMESTAMP '2022-03-02 23:29:05' THEN model.created_at END
        ) AS published_at
    FROM model
    WHERE model.state = 'present'
        AND coalesce(model.downloads, 0) >= $min_downloads
),

-- a card says 7B, 110 M or 1,300,000; a small bare number is none of parameters
written AS (
    SELECT
        hub,
        model,
        coalesce(
            value_number,
            try_cast(replace(regexp_extract(value_text, '^[^0-9]{0,10}([0-9][0-9.,]*)', 1), ',', '') AS DOUBLE)
            * CASE lower(regexp_extract(value_text, '^[^0-9]{0,10}[0-9][0-9.,]* ?([kKmMbBtT])', 1))
                WHEN 'k' THEN 1e3
                WHEN 'm' THEN 1e6
                WHEN 'b' THEN 1e9
                WHEN 't' THEN 1e12
                ELSE 1
            END
        ) AS parameter_count
    FROM extracted_field
    WHERE field = 'parameter_count'
        AND state = 'stated'
        AND extractor = $by_extractor
),

sized AS (
    SELECT hub, model, max(parameter_count) AS parameter_count
    FROM written
    WHERE parameter_count >= 10000
    GROUP BY hub, model
    UNION ALL
    SELECT hub, model, parameter_count
    FROM model_architecture
    WHERE $by_extractor = ''
        AND parameter_count IS NOT NULL
)

SELECT
    dated.hub,
    make_date(year(dated.published_at), CASE WHEN month(dated.published_at) < 7 THEN 1 ELSE 7 END, 1)
        AS half_year,
    dated.domain,
    count(*) AS models,
    count(sized.parameter_count) AS with_parameter_count,
    quantile_cont(sized.parameter_count, 0.25)::BIGINT AS lower_quartile,
    quantile_cont(sized.parameter_count, 0.5)::BIGINT AS median,
    quantile_cont(sized.parameter_count, 0.75)::BIGINT AS upper_quartile
FROM dated
LEFT JOIN sized ON sized.hub = dated.hub AND sized.model = dated.name
WHERE dated.published_at IS NOT NULL
GROUP BY dated.hub, half_year, dated.domain
ORDER BY dated.hub, half_year, dated.domain;
