-- What the transforms share: addresses of evidence, and models and datasets with their names.
-- tree_url(hub_name, name, sha) and blob_url(hub_name, name, revision, path) are made before this
-- is read, from the patterns of the hubs (db/export.py).

-- A fact of the card, or of its metadata as the listing repeats it, is read in the card; a fact of
-- the config there; every other fact belongs to the revision as a whole.
-- An entry point has addresses of its own.
CREATE MACRO fact_url(hub_name, name, fact_source, card_revision, sha, own_card, own_tree) AS
    CASE if(fact_source = 'card-rule', 'card', fact_source)
        WHEN 'card'
            THEN coalesce(own_card, blob_url(hub_name, name, coalesce(card_revision, sha), 'README.md'))
        WHEN 'declared' THEN blob_url(hub_name, name, sha, 'README.md')
        WHEN 'config' THEN blob_url(hub_name, name, sha, 'config.json')
        ELSE coalesce(own_tree, tree_url(hub_name, name, sha))
    END;

-- What became of a card: what a crawl that asked for it says, else what the hub's list of files says.
CREATE MACRO card_state(told, files) AS
    CASE
        WHEN told IS NOT NULL THEN told
        WHEN NOT (contains(files, '"path": "README.md"') OR contains(files, '"path":"README.md"'))
            AND files <> 'null'
            THEN 'missing'
        ELSE 'not-fetched'
    END;

CREATE TABLE store.named_model AS
SELECT
    model.id,
    hub.name AS hub,
    model.name,
    model.sha,
    model.state <> 'named' AS is_held,
    card.revision AS card_revision,
    entry_point.card_url,
    entry_point.tree_url
FROM store.model
JOIN store.hub ON hub.id = model.hub_id
LEFT JOIN store.fetched_file AS card ON card.model_id = model.id AND card.path = 'README.md'
LEFT JOIN store.entry_point ON entry_point.model_id = model.id;

CREATE TABLE store.named_dataset AS
SELECT
    dataset.id,
    hub.name AS hub,
    dataset.name,
    dataset.sha,
    dataset.state <> 'named' AS is_held
FROM store.dataset
JOIN store.hub ON hub.id = dataset.hub_id;

-- The form in which spellings of a dataset's name are the same.
CREATE MACRO dataset_key(written) AS
    regexp_replace(regexp_replace(lower(trim(written)), '^datasets/', ''), '[\s_-]+', '-', 'g');

-- One spelling for each: the name held, else the present one of a dataset that has moved, else the
-- one that most models declare, else the one that most cards write.
CREATE TABLE store.dataset_spelling AS
WITH written AS (
    SELECT hub, name AS written, name AS spelling, 0 AS rank, 1 AS uses
    FROM store.named_dataset
    WHERE is_held
    UNION ALL
    SELECT hub.name, unnest([moved.former, moved.name]), moved.name, 1, 1
    FROM store.hub
    CROSS JOIN store.moved_dataset AS moved
    UNION ALL
    SELECT model.hub, use.dataset, use.dataset, 2, count(*)
    FROM store.model_dataset AS use
    JOIN store.named_model AS model ON model.id = use.model_id
    GROUP BY model.hub, use.dataset
    UNION ALL
    SELECT model.hub, field.value_text, field.value_text, 3, count(*)
    FROM store.extracted_field AS field
    JOIN store.named_model AS model ON model.id = field.model_id
    WHERE field.field IN ('training_dataset', 'evaluation_dataset') AND field.value_text IS NOT NULL
    GROUP BY model.hub, field.value_text
)
SELECT
    hub,
    dataset_key(written) AS key,
    regexp_replace(trim(spelling), '^datasets/', '') AS spelling
FROM written
QUALIFY row_number() OVER (PARTITION BY hub, key ORDER BY rank, uses DESC, spelling) = 1;

-- Lists of models as they stand in the file: exploded in this order they need no sorting, which
-- would hold ten rows a model.
CREATE TABLE store.listed_model AS
SELECT hub.name AS hub, model.name AS model, model.tags, model.languages, model.files
FROM store.model
JOIN store.hub ON hub.id = model.hub_id
ORDER BY hub, model;

-- Paths are written by strangers: what would end an address is escaped.
CREATE MACRO code_url(repository_name, at_commit, path, line) AS
    'https://github.com/' || repository_name || '/blob/' || at_commit || '/'
    || replace(url_encode(path), '%2F', '/') || '#L' || line;

CREATE MACRO issue_url(repository_name, issue_kind, number) AS
    'https://github.com/' || repository_name
    || CASE issue_kind WHEN 'pull-request' THEN '/pull/' ELSE '/issues/' END || number;

CREATE TABLE store.last_scan AS
SELECT *
FROM store.scan
QUALIFY row_number() OVER (PARTITION BY repository_id ORDER BY id DESC) = 1;

-- A file that several repositories hold is the oldest one's; the others copied it.
CREATE TABLE store.placed_site AS
SELECT
    site.*,
    repository.name AS repository,
    coalesce(repository.is_fork, false)
    OR site.blob_sha IS NOT NULL AND site.repository_id <> first(site.repository_id) OVER (
        PARTITION BY site.blob_sha ORDER BY repository.created_at NULLS LAST, repository.name
    ) AS is_copy,
    code_url(repository.name, site.commit, site.path, site.line) AS evidence_url
FROM store.use_site AS site
JOIN store.repository ON repository.id = site.repository_id;

-- What the sites of a use say together.
CREATE TABLE store.sited_use AS
SELECT
    repository_id,
    hub,
    model,
    count(*) FILTER (WHERE role = 'example') AS example_count,
    count(*) FILTER (WHERE role = 'test') AS test_count,
    count(*) FILTER (WHERE role = 'mention') AS mention_count,
    bool_and(is_copy) FILTER (WHERE role <> 'mention') AS is_copy,
    min(introduced_at) FILTER (WHERE role <> 'mention') AS introduced_at,
    first(evidence_url ORDER BY role = 'mention', confidence DESC, path, line) AS evidence_url
FROM store.placed_site
GROUP BY repository_id, hub, model;

-- The tasks that a hub's models can have, in one list; a tag is one of them or none.
CREATE TABLE store.task_list AS
SELECT hub.name AS hub, list(task.task) AS tasks
FROM store.hub
JOIN store.task_fact AS task ON task.hub IS NULL OR task.hub = hub.name
GROUP BY hub.name;

CREATE MACRO speaks_of_license(written) AS regexp_matches(written, 'licen[cs]', 'i');
