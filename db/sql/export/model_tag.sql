SELECT hub, model, unnest(list_sort(list_distinct(from_json(tags, '["VARCHAR"]')))) AS tag
FROM store.listed_model
