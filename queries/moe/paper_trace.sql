-- title:     From papers to models and repositories
-- question:  Which models cite a paper, which implement it, what derives from these, and which repositories load any?
-- row:       one paper: of the list that miner follows, or the one asked for
-- counts:    citing: an arXiv tag, or the card links or names it. Implementing: its card says that the paper is its own, or of a family built on it
--            and no copy in another format, without a base, or named for it by its authors' accounts or while it
--            cites the paper; not_held: of these, known only as the base of others; named_only: others so named,
--            not counted further. Derivatives: of these by declared bases, through all steps, and copies.
--            Repositories load an implementing model or a derivative, copies and vendored libraries left out;
--            linking: their files or description link it, or their README its code, or they are that code. Lags in days, to
--            and from the first model; where something is older, the first model is not held, and they are null;
--            a paper's date is the first of its month. What looked_in counts is all that was looked through;
--            engines: libraries that run a family built on it, with the oldest version looked at that does; their
--            dates are not known
-- params:    paper VARCHAR = ''           an arXiv id; empty: the whole list
-- columns:   arxiv_id, title, kind, published_on, found, citing_models, cited_by_tag, cited_by_card, implementing_models, by_statement, by_family, by_owner, by_name, not_held, named_only, derivatives, downloads, repositories, linking_repositories, first_citing_on, first_model, first_model_on, first_derivative_on, first_repository_on, days_to_model, days_to_derivative, days_to_repository, engines, looked_in, to_know_more
-- reads:     collection, engine_support, extracted_field, model, model_architecture, model_edge, model_paper, model_use, paper_lookalike, repository, repository_link, traced_paper
-- known:     model: tag_count IS NOT NULL OR card_state = 'fetched'
-- coverage:  kind, family
-- caveats:   papers_cited, declared_only, names_unresolved, cards_not_fetched, created_at_floor, dates_missing, search_is_partial, first_seen_is_not_first_used
-- since:     data-2026.12.0
-- picture:   ranking
--            along title                                                                     paper
--            show published_on, first_model_on, first_derivative_on, first_repository_on     dates: paper | first model | first derivative | first repository
--            show citing_models, implementing_models, derivatives log                        models (powers of ten): citing | implementing | derived
WITH RECURSIVE asked AS (
    SELECT
        CASE
            WHEN $paper = '' OR said <> '' THEN said
            ELSE error('no arXiv id, like 2401.06066: ' || $paper)::VARCHAR
        END AS id
    FROM (SELECT regexp_extract($paper, '\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}') AS said)
),

wanted AS (
    SELECT arxiv_id AS id, title, kind, families, owners, names, repository AS code
    FROM traced_paper
    WHERE $paper = '' OR arxiv_id IN (SELECT id FROM asked)
    UNION ALL
    SELECT id, NULL, NULL, NULL, NULL, NULL, NULL
    FROM asked
    WHERE id <> '' AND id NOT IN (SELECT arxiv_id FROM traced_paper)
),

cited AS (
    SELECT id, hub, member, bool_or(by_tag) AS by_tag, bool_or(NOT by_tag) AS by_card, bool_or(is_stated) AS is_stated
    FROM (
        SELECT
            wanted.id, said.hub, said.model AS member, said.source = 'tag' AS by_tag,
            said.role = 'implements' AS is_stated
        FROM wanted
        JOIN model_paper AS said ON said.arxiv_id = wanted.id
        UNION ALL
        SELECT wanted.id, said.hub, said.model, false, false
        FROM extracted_field AS said
        JOIN wanted
            ON said.value_text = wanted.id OR lower(said.value_text) = lower(wanted.title)
        WHERE said.field = 'paper' AND said.state = 'stated'
    )
    GROUP BY id, hub, member
),

by_family AS (
    SELECT
        wanted.id,
        model.hub,
        model.name AS member,
        coalesce(model.base_count, 0) > 0
        OR coalesce(architecture.weight_format IN ('gguf', 'mlx', 'awq', 'gptq', 'exl2', 'exl3'), false)
            AS is_derived
    FROM (SELECT id, unnest(string_split(families, ' ')) AS family FROM wanted) AS wanted
    JOIN model_architecture AS architecture ON architecture.moe_family = wanted.family
    JOIN model ON model.hub = architecture.hub AND model.name = architecture.model
    WHERE architecture.is_moe
        AND model.is_moe
        AND model.state <> 'named'
),

named AS (
    SELECT arxiv_id AS id, hub, model AS member, is_held, is_by_authors AS is_authors
    FROM paper_lookalike
    WHERE arxiv_id IN (SELECT id FROM wanted)
),

sign AS (
    SELECT id, hub, member, 'statement' AS way FROM cited WHERE is_stated
    UNION ALL
    SELECT id, hub, member, 'family' FROM by_family WHERE NOT is_derived
    UNION ALL
    SELECT id, hub, member, 'owner' FROM named WHERE is_authors
    UNION ALL
    SELECT named.id, named.hub, named.member, 'name'
    FROM named
    JOIN cited ON cited.id = named.id AND cited.hub = named.hub AND cited.member = named.member
    WHERE NOT named.is_authors
),

-- a copy in another format implements nothing by itself
implementing AS (
    SELECT sign.id, sign.hub, sign.member, list(DISTINCT sign.way) AS ways
    FROM sign
    LEFT JOIN model_architecture AS architecture
        ON architecture.hub = sign.hub AND architecture.model = sign.member
    WHERE NOT coalesce(architecture.weight_format IN ('gguf', 'mlx', 'awq', 'gptq', 'exl2', 'exl3'), false)
    GROUP BY sign.id, sign.hub, sign.member
),

reached AS (
    SELECT id, hub, member FROM sign
    UNION
    SELECT id, hub, member FROM by_family WHERE is_derived
    UNION
    SELECT reached.id, reached.hub, edge.child
    FROM reached
    JOIN model_edge AS edge ON edge.hub = reached.hub AND edge.parent = reached.member
),

-- in one pass over all models
dated AS MATERIALIZED (
    SELECT model.hub, model.name, model.created_at, coalesce(model.downloads, 0) AS downloads
    FROM model
    JOIN (SELECT hub, member FROM cited UNION SELECT hub, member FROM reached) AS needed
        ON needed.hub = model.hub AND needed.member = model.name
    WHERE model.state <> 'named'
),

found AS (
    SELECT reached.id, reached.hub, reached.member, dated.created_at, dated.downloads, true AS is_held
    FROM reached
    JOIN dated ON dated.hub = reached.hub AND dated.name = reached.member
    UNION ALL
    SELECT id, hub, member, NULL, 0, false
    FROM named
    WHERE NOT is_held AND is_authors
),

followed AS (
    SELECT
        found.id,
        found.hub,
        found.member,
        found.created_at,
        found.downloads,
        found.is_held,
        implementing.ways
    FROM found
    LEFT JOIN implementing
        ON implementing.id = found.id
        AND implementing.hub = found.hub
        AND implementing.member = found.member
),

models AS (
    SELECT
        id,
        count(ways) AS implementing_models,
        count(*) FILTER (WHERE ways IS NOT NULL AND NOT is_held) AS not_held,
        count(*) FILTER (WHERE list_contains(ways, 'statement')) AS by_statement,
        count(*) FILTER (WHERE list_contains(ways, 'family')) AS by_family,
        count(*) FILTER (WHERE list_contains(ways, 'owner')) AS by_owner,
        count(*) FILTER (WHERE list_contains(ways, 'name')) AS by_name,
        count(*) FILTER (WHERE ways IS NULL) AS derivatives,
        sum(downloads)::BIGINT AS downloads,
        first(member ORDER BY created_at, member) FILTER (WHERE ways IS NOT NULL AND created_at IS NOT NULL)
            AS first_model,
        min(created_at) FILTER (WHERE ways IS NOT NULL)::DATE AS first_model_on,
        min(created_at) FILTER (WHERE ways IS NULL)::DATE AS first_derivative_on
    FROM followed
    GROUP BY id
),

citations AS (
    SELECT
        cited.id,
        count(*) AS citing_models,
        count(*) FILTER (WHERE cited.by_tag) AS cited_by_tag,
        count(*) FILTER (WHERE cited.by_card) AS cited_by_card,
        min(dated.created_at)::DATE AS first_citing_on
    FROM cited
    LEFT JOIN dated ON dated.hub = cited.hub AND dated.name = cited.member
    GROUP BY cited.id
),

lookalikes AS (
    SELECT named.id, count(*) AS named_only
    FROM named
    ANTI JOIN reached
        ON reached.id = named.id AND reached.hub = named.hub AND reached.member = named.member
    WHERE named.is_held
    GROUP BY named.id
),

loads AS (
    SELECT
        reached.id,
        count(DISTINCT model_use.repository) AS repositories,
        min(coalesce(model_use.introduced_at, model_use.first_seen_at))::DATE AS first_repository_on
    FROM reached
    JOIN model_use ON model_use.hub = reached.hub AND model_use.model_resolved = reached.member
    WHERE NOT model_use.is_copy AND NOT model_use.is_vendored AND NOT model_use.is_registry
    GROUP BY reached.id
),

links AS (
    SELECT id, count(DISTINCT name) AS linking_repositories
    FROM (
        SELECT wanted.id, repository.name
        FROM wanted
        JOIN repository
            ON contains(repository.description, wanted.id)
            OR contains(lower(repository.description), lower(wanted.title))
            OR lower(repository.name) = lower(wanted.code)
        WHERE repository.state = 'present'
        UNION ALL
        SELECT wanted.id, repository.name
        FROM wanted
        JOIN repository_link AS link
            ON (link.kind = 'paper' AND link.target = wanted.id)
            OR (link.kind = 'repository' AND lower(link.target) = lower(wanted.code))
        JOIN repository ON repository.name = link.repository
        WHERE repository.state = 'present'
    )
    GROUP BY id
),

run AS (
    SELECT id, list_sort(list(engine || coalesce(' ' || since, ''))) AS engines
    FROM (
        SELECT
            wanted.id,
            support.engine,
            arg_min(support.since_version, TRY_CAST(string_split(support.since_version, '.') AS INTEGER[])) AS since
        FROM (SELECT id, unnest(string_split(families, ' ')) AS family FROM wanted) AS wanted
        JOIN engine_support AS support ON support.moe_family = wanted.family
        GROUP BY wanted.id, support.engine
    )
    GROUP BY id
),

scope AS (
    SELECT
        (SELECT count(*) FROM model WHERE state <> 'named') AS models,
        (SELECT count(*) FROM model WHERE tag_count IS NOT NULL) AS tagged,
        (SELECT count(*) FROM model WHERE card_state = 'fetched') AS cards,
        (SELECT count(*) FROM repository WHERE scanned_commit IS NOT NULL) AS scanned,
        (SELECT is_collected FROM collection WHERE table_name = 'model_use') AS is_scanned
),

told AS (
    SELECT
        wanted.id,
        wanted.title,
        wanted.kind,
        make_date(
            substr(number, 1, 2)::INTEGER + CASE WHEN substr(number, 1, 2) >= '91' THEN 1900 ELSE 2000 END,
            least(greatest(substr(number, 3, 2)::INTEGER, 1), 12),
            1
        ) AS published_on
    FROM (SELECT id, title, kind, split_part(id, '/', -1) AS number FROM wanted) AS wanted
)

SELECT
    told.id AS arxiv_id,
    told.title,
    told.kind,
    told.published_on,
    CASE
        WHEN models.implementing_models > 0 THEN 'implemented'
        WHEN citations.citing_models > 0 THEN 'only cited'
        WHEN links.linking_repositories > 0 THEN 'only linked'
        WHEN lookalikes.named_only > 0 THEN 'only names like it'
        ELSE 'nothing found'
    END AS found,
    coalesce(citations.citing_models, 0) AS citing_models,
    coalesce(citations.cited_by_tag, 0) AS cited_by_tag,
    coalesce(nullif(citations.cited_by_card, 0), CASE WHEN scope.cards > 0 THEN 0 END) AS cited_by_card,
    coalesce(models.implementing_models, 0) AS implementing_models,
    coalesce(models.by_statement, 0) AS by_statement,
    coalesce(models.by_family, 0) AS by_family,
    coalesce(models.by_owner, 0) AS by_owner,
    coalesce(models.by_name, 0) AS by_name,
    coalesce(models.not_held, 0) AS not_held,
    coalesce(lookalikes.named_only, 0) AS named_only,
    coalesce(models.derivatives, 0) AS derivatives,
    coalesce(models.downloads, 0) AS downloads,
    CASE WHEN scope.is_scanned THEN coalesce(loads.repositories, 0) END AS repositories,
    CASE WHEN scope.is_scanned THEN coalesce(links.linking_repositories, 0) END AS linking_repositories,
    citations.first_citing_on,
    models.first_model,
    models.first_model_on,
    models.first_derivative_on,
    loads.first_repository_on,
    CASE WHEN models.first_derivative_on < models.first_model_on THEN NULL
        ELSE datediff('day', told.published_on, models.first_model_on) END AS days_to_model,
    CASE WHEN models.first_derivative_on >= models.first_model_on
        THEN datediff('day', models.first_model_on, models.first_derivative_on) END AS days_to_derivative,
    CASE WHEN loads.first_repository_on >= models.first_model_on
        THEN datediff('day', models.first_model_on, loads.first_repository_on) END AS days_to_repository,
    run.engines,
    'tags of ' || scope.tagged || ' models, ' || scope.cards || ' cards, names of ' || scope.models
    || ' models, source of ' || scope.scanned || ' repositories' AS looked_in,
    concat_ws(
        '; ',
        CASE WHEN scope.cards < scope.models
            THEN 'cards of ' || (scope.models - scope.cards) || ' models: miner crawl --min-downloads 0' END,
        CASE WHEN scope.scanned = 0 THEN 'repositories: miner crawl --github' END,
        'models and repositories of today: miner trace ' || told.id || ' --live'
    ) AS to_know_more
FROM told
CROSS JOIN scope
LEFT JOIN citations ON citations.id = told.id
LEFT JOIN models ON models.id = told.id
LEFT JOIN lookalikes ON lookalikes.id = told.id
LEFT JOIN loads ON loads.id = told.id
LEFT JOIN links ON links.id = told.id
LEFT JOIN run ON run.id = told.id
WHERE scope.models > 0
ORDER BY derivatives DESC, implementing_models DESC, citing_models DESC, told.id;
