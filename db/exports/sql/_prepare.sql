-- What the transforms share: addresses of evidence, and models and datasets with their names.
CREATE MACRO tree_url(hub_name, prefix, name, sha) AS
    CASE WHEN hub_name = 'huggingface' AND sha IS NOT NULL
        THEN 'https://huggingface.co/' || prefix || name || '/tree/' || sha
    END;

CREATE MACRO blob_url(hub_name, prefix, name, revision, path) AS
    CASE WHEN hub_name = 'huggingface' AND revision IS NOT NULL
        THEN 'https://huggingface.co/' || prefix || name || '/blob/' || revision || '/' || path
    END;

-- A fact of the card, or of its metadata as the listing repeats it, is read in the card; a fact of
-- the config there; every other fact belongs to the revision as a whole.
CREATE MACRO fact_url(hub_name, name, fact_source, card_revision, sha) AS
    CASE fact_source
        WHEN 'card' THEN blob_url(hub_name, '', name, coalesce(card_revision, sha), 'README.md')
        WHEN 'declared' THEN blob_url(hub_name, '', name, sha, 'README.md')
        WHEN 'config' THEN blob_url(hub_name, '', name, sha, 'config.json')
        ELSE tree_url(hub_name, '', name, sha)
    END;

CREATE TABLE store.named_model AS
SELECT
    model.id,
    hub.name AS hub,
    model.name,
    model.sha,
    model.state <> 'named' AS is_held,
    card.revision AS card_revision
FROM store.model
JOIN store.hub ON hub.id = model.hub_id
LEFT JOIN store.fetched_file AS card ON card.model_id = model.id AND card.path = 'README.md';

CREATE TABLE store.named_dataset AS
SELECT
    dataset.id,
    hub.name AS hub,
    dataset.name,
    dataset.sha,
    dataset.state <> 'named' AS is_held
FROM store.dataset
JOIN store.hub ON hub.id = dataset.hub_id;

-- Lists of models as they stand in the file: exploded in this order they need no sorting, which
-- would hold ten rows a model.
CREATE TABLE store.listed_model AS
SELECT hub.name AS hub, model.name AS model, model.tags, model.languages, model.files
FROM store.model
JOIN store.hub ON hub.id = model.hub_id
ORDER BY hub, model;
