SELECT name AS repository, unnest(list_distinct(from_json(topics, '["VARCHAR"]'))) AS topic
FROM store.repository
