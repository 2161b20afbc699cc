SELECT
    hub,
    model,
    unnest(list_sort(list_distinct(from_json(languages, '["VARCHAR"]')))) AS language
FROM store.listed_model
