-- title:     What a card states
-- question:  Which values were read from cards, in which words?
-- row:       one value; rejected and contradicted ones stand beside the chosen ones
-- counts:    all rows of the models whose name is given
-- params:    of_model VARCHAR = ''        owner/name; empty: all models
--            of_field VARCHAR = ''        one field; empty: all
-- columns:   hub, model, field, value, number, unit, qualifiers, named, state, is_chosen, extractor, llm, source, method, confidence, quote, span_start, span_end, evidence_url
-- reads:     extracted_field
-- known:     extracted_field: state = 'stated'
-- caveats:   cards_not_fetched
-- since:     data-2026.12.0
SELECT
    hub,
    model,
    field,
    value_text AS value,
    value_number AS number,
    unit,
    qualifiers,
    named,
    state,
    is_chosen,
    extractor,
    llm,
    source,
    method,
    confidence,
    quote,
    span_start,
    span_end,
    evidence_url
FROM extracted_field
WHERE ($of_model = '' OR model = $of_model)
    AND ($of_field = '' OR field = $of_field)
ORDER BY hub, model, extractor, llm, position;
