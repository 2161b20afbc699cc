-- To look for every word in millions of names takes longer than a question may: it is done here, once.
WITH word AS (
    SELECT arxiv_id, owners, unnest(string_split(names, ' ')) AS word
    FROM store.traced_paper_fact
    WHERE names IS NOT NULL
),

known AS (
    SELECT hub, name AS model, owner, true AS is_held
    FROM published.model
    WHERE state <> 'named'
    UNION ALL
    SELECT DISTINCT hub, parent, split_part(parent, '/', 1), false
    FROM published.model_edge
    WHERE NOT is_parent_held AND contains(parent, '/')
),

called AS (
    SELECT
        *,
        '-' || regexp_replace(lower(split_part(model, '/', -1)), '[^a-z0-9.+]+', '-', 'g') || '-' AS words
    FROM known
)

SELECT
    word.arxiv_id,
    called.hub,
    called.model,
    called.is_held,
    coalesce(list_contains(string_split(lower(any_value(word.owners)), ' '), lower(any_value(called.owner))), false)
        AS is_by_authors
FROM word
JOIN called ON contains(called.words, '-' || word.word)
WHERE word.word <> ''
GROUP BY word.arxiv_id, called.hub, called.model, called.is_held
