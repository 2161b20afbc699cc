"""Links of chains: direct ones, those further up whose terms go on, and double statements.

Licenses that go on (their terms bind derivatives of derivatives too) are followed down the whole
tree, one layer a round; a pair is met once, so cycles end.
"""

from __future__ import annotations

from miner.db.analytics import DuckDBConnection
from miner.pipelines.derive.licenses.questions import LicenseJudge
from miner.pipelines.derive.licenses.work_tables import count_rows, register

MOST_LAYERS = 64
"""A chain of bases is not followed further down."""
_LINKS = """
CREATE TABLE store.link AS
SELECT
    up.id AS up,
    down.id AS down,
    edge.relation,
    edge.source = 'card-rule' AS is_from_text,
    edge.confidence
FROM store.lineage_told AS edge
JOIN store.stated AS up ON up.hub = edge.hub AND up.kind = 'model' AND up.name = edge.parent
JOIN store.stated AS down ON down.hub = edge.hub AND down.kind = 'model' AND down.name = edge.child
WHERE up.id <> down.id;

CREATE TABLE store.chain AS
SELECT up, down, relation, 1 AS distance, up AS via, is_from_text, confidence FROM store.link
UNION ALL
SELECT up.id, down.id, 'trained_on', 1, up.id, false, NULL
FROM published.model_dataset AS use
JOIN store.stated AS up ON up.hub = use.hub AND up.kind = 'dataset' AND up.name = use.dataset
JOIN store.stated AS down ON down.hub = use.hub AND down.kind = 'model' AND down.name = use.model
WHERE use.role = 'trained_on';
"""

# The relation of a chain is that of its loosest step: of a quantized fine-tune, fine-tune.
_LAYER = """
INSERT INTO store.chain
SELECT
    chain.up,
    link.down,
    CASE
        WHEN bool_or(chain.relation = 'trained_on') THEN 'trained_on'
        ELSE arg_min(
            looser(chain.relation, link.relation),
            list_position($order, looser(chain.relation, link.relation))
        )
    END,
    $distance,
    min(link.up),
    bool_and(chain.is_from_text OR link.is_from_text),
    min(least(chain.confidence, link.confidence))
FROM store.chain AS chain
JOIN store.stated AS up ON up.id = chain.up
JOIN store.read_license AS known ON known.license = up.license AND known.goes_on
JOIN store.link AS link ON link.up = chain.down
ANTI JOIN store.chain AS met ON met.up = chain.up AND met.down = link.down
WHERE chain.distance = $distance - 1 AND link.down <> chain.up
GROUP BY chain.up, link.down
"""

_ORDER = ["distill", "merge", "finetune", "unknown", "adapter", "quantized"]
"""Relations, the loosest first."""

_LOOSER = """
CREATE OR REPLACE MACRO looser(one, other) AS
    CASE WHEN list_position({order}, one) <= list_position({order}, other) THEN one ELSE other END
"""

_ROWS = """
CREATE TABLE store.bare_name AS
SELECT id, CASE WHEN starts_with(plain, 'metallama') THEN substr(plain, 5) ELSE plain END AS bare
FROM (
    SELECT
        id,
        regexp_replace(
            lower(split_part(split_part(name, '@', 1), '/', -1)), '[^a-z0-9]+', '', 'g'
        ) AS plain
    FROM store.stated
    WHERE kind = 'model'
) AS named;

CREATE TABLE store.met_prefix AS
SELECT bare_name.id, string_agg(prefix.prefix, '|' ORDER BY prefix.prefix) AS prefixes
FROM store.bare_name
JOIN store.name_prefix AS prefix ON starts_with(bare_name.bare, prefix.bare)
GROUP BY bare_name.id;

-- lines of agreements that some base of a model brings in
CREATE TABLE store.brought AS
SELECT DISTINCT chain.down, unnest(known.lines) AS line
FROM store.chain AS chain
JOIN store.stated AS up ON up.id = chain.up AND up.kind = 'model'
JOIN store.read_license AS known ON known.license = up.license AND known.goes_on;

CREATE TABLE store.explained AS
SELECT own.down AS id, string_agg(own.line, '|' ORDER BY own.line) AS explained
FROM (
    SELECT down.id AS down, unnest(known.lines) AS line
    FROM store.stated AS down
    JOIN store.read_license AS known ON known.license = down.license
) AS own
SEMI JOIN store.brought ON brought.down = own.down AND brought.line = own.line
GROUP BY own.down;

-- what the text of a dataset's card states beside its tag
CREATE TABLE store.dataset_terms AS
SELECT
    hub,
    subject AS name,
    string_agg(
        CASE WHEN canonical = 'other' THEN 'other(' || license_name || ')' ELSE canonical END,
        chr(10) ORDER BY position
    ) AS terms
FROM published.license_statement
WHERE subject_kind = 'dataset' AND source = 'card-rule' AND NOT is_chosen
GROUP BY hub, subject;

-- what the upstream stated before, as its history has it
CREATE TABLE store.former AS
SELECT DISTINCT up.id, known.text
FROM store.former_license AS former
JOIN store.stated AS up
    ON up.hub = former.hub AND up.kind = 'model' AND up.name = former.model
JOIN store.read_license AS known ON known.license = former.license AND known.family <> '';

CREATE TABLE store.license_row AS
SELECT
    up.kind AS upstream_kind,
    up.hub AS upstream_hub,
    up.name AS upstream,
    up.license AS upstream_license,
    down.kind AS downstream_kind,
    down.hub AS downstream_hub,
    down.name AS downstream,
    down.license AS downstream_license,
    chain.relation,
    chain.distance::BIGINT AS distance,
    CASE WHEN chain.distance > 1 THEN via.name END AS via,
    up.owner = down.owner AND contains(up.name, '/') AS same_owner,
    coalesce(met_prefix.prefixes, '') AS prefixes,
    coalesce(explained.explained, '') AS explained,
    former.id IS NOT NULL AS is_former,
    chain.is_from_text,
    CASE WHEN chain.is_from_text THEN chain.confidence END AS confidence,
    CASE WHEN chain.relation = 'trained_on' THEN coalesce(terms.terms, '') ELSE '' END
        AS upstream_terms
FROM store.chain
JOIN store.stated AS up ON up.id = chain.up
JOIN store.stated AS down ON down.id = chain.down
JOIN store.stated AS via ON via.id = chain.via
LEFT JOIN store.met_prefix ON met_prefix.id = chain.down
LEFT JOIN store.explained ON explained.id = chain.down
LEFT JOIN store.read_license AS above ON above.license = up.license
LEFT JOIN store.read_license AS below ON below.license = down.license
LEFT JOIN store.former
    ON former.id = chain.up AND former.text = below.text AND former.text <> above.text
LEFT JOIN store.dataset_terms AS terms
    ON up.kind = 'dataset' AND terms.hub = up.hub AND terms.name = up.name;

-- what a repository's own files say stands before what GitHub makes of them
CREATE TABLE store.repository_stated AS
SELECT
    repository.name,
    lower(coalesce(
        CASE WHEN scan.code_license_state IN ('recognized', 'several') THEN scan.code_license END,
        repository.license,
        ''
    )) AS license
FROM published.repository
LEFT JOIN (
    SELECT *
    FROM published.scan
    QUALIFY row_number() OVER (PARTITION BY repository ORDER BY scanned_at DESC NULLS LAST) = 1
) AS scan ON scan.repository = repository.name;

CREATE TABLE store.used AS
SELECT
    used.repository,
    repository.license,
    stated.id,
    lower(split_part(used.repository, '/', 1)) AS owner
FROM published.model_use AS used
JOIN store.repository_stated AS repository ON repository.name = used.repository
JOIN store.stated
    ON stated.hub = used.hub
        AND stated.kind = 'model'
        AND stated.name = coalesce(used.model_resolved, used.model)
WHERE NOT used.is_copy AND NOT used.is_vendored AND NOT used.is_registry
GROUP BY ALL;

INSERT INTO store.license_row
SELECT
    up.kind,
    up.hub,
    up.name,
    up.license,
    'repository',
    'github',
    used.repository,
    used.license,
    'used_by',
    reached.distance,
    reached.via,
    up.owner = used.owner,
    '',
    '',
    false,
    reached.is_from_text,
    reached.confidence,
    ''
FROM store.used
JOIN (
    SELECT
        id AS up, id AS down, 1 AS distance, NULL AS via, false AS is_from_text,
        NULL::DOUBLE AS confidence
    FROM store.stated
    WHERE kind = 'model'
    UNION ALL
    SELECT
        chain.up,
        chain.down,
        chain.distance + 1,
        model.name,
        chain.is_from_text,
        CASE WHEN chain.is_from_text THEN chain.confidence END
    FROM store.chain AS chain
    JOIN store.stated AS up ON up.id = chain.up AND up.kind = 'model'
    JOIN store.read_license AS known ON known.license = up.license AND known.goes_on
    JOIN store.stated AS model ON model.id = chain.down
) AS reached ON reached.down = used.id
JOIN store.stated AS up ON up.id = reached.up
QUALIFY row_number() OVER (
    PARTITION BY up.hub, up.name, used.repository ORDER BY reached.distance, reached.via
) = 1;
"""

_SELF = """
INSERT INTO store.license_row
SELECT
    said.place,
    said.hub,
    said.name,
    said.license,
    said.kind,
    said.hub,
    said.name,
    stated.license,
    'self',
    0,
    NULL,
    true,
    '',
    '',
    false,
    false,
    NULL,
    ''
FROM (
    SELECT source AS place, hub, subject_kind AS kind, subject AS name, lower(canonical) AS license
    FROM published.license_statement
    WHERE NOT is_chosen AND canonical <> 'other' AND canonical <> ''
        -- terms beside the license of the whole are judged where the data are used
        AND NOT (subject_kind = 'dataset' AND source = 'card-rule' AND license_name IS NOT NULL)
    UNION
    -- the address beside a tag is that of another license
    SELECT 'license-link', stating.hub, stating.subject_kind, stating.subject, linked.license
    FROM published.license_statement AS stating
    JOIN store.read_text AS linked
        ON linked.name = '' AND linked.limited_to = '' AND linked.link = trim(stating.license_link)
    WHERE stating.is_chosen
        AND stating.source <> 'license-file'
        AND (stating.canonical <> 'other' OR trim(stating.license_name) <> '')
        AND NOT linked.license ^@ 'other'
    UNION
    SELECT any_value(source), hub, 'model', model, string_agg(license, ' AND ' ORDER BY license)
    FROM (
        SELECT DISTINCT hub, model, source, license
        FROM store.text_license
        WHERE field = 'license_in_text'
    ) AS text
    GROUP BY hub, model
    UNION
    SELECT source, hub, 'model', model, license
    FROM store.text_license
    WHERE field = 'license' AND NOT is_chosen
    UNION
    SELECT 'github', 'github', 'repository', name, lower(license)
    FROM published.repository
    WHERE license <> 'NOASSERTION'
    UNION
    SELECT place, 'github', 'repository', repository, lower(license)
    FROM published.repository_license
    WHERE standing = 'own' AND scope IN ('code', 'unknown') AND license IS NOT NULL
        AND place IN ('license-file', 'package-metadata', 'readme')
) AS said
JOIN (
    SELECT hub, kind, name, license FROM store.stated
    UNION ALL
    SELECT 'github', 'repository', name, license FROM store.repository_stated
) AS stated ON stated.hub = said.hub AND stated.kind = said.kind AND stated.name = said.name
WHERE stated.license NOT IN ('', 'unknown') AND said.license <> stated.license
    -- one statement of a list, and a bare other beside its name, say nothing against the whole
    AND NOT contains(stated.license, said.license)
QUALIFY row_number() OVER (
    PARTITION BY said.place, said.hub, said.kind, said.name ORDER BY said.license
) = 1
"""


def list_rows(connection: DuckDBConnection, judge: LicenseJudge) -> None:
    """Make ``store.license_row`` of what is stated and read: a row for each that meets another."""
    connection.execute(_LINKS)
    _follow(connection)
    prefixes = sorted(judge.prefixes.items())
    register(connection, "name_prefix", {"prefix": [prefix for prefix, _ in prefixes],
                                         "bare": [bare for _, bare in prefixes]})  # fmt: skip
    connection.execute(_ROWS)
    connection.execute(_SELF)


def _follow(connection: DuckDBConnection) -> None:
    """Follow licenses that go on down the tree."""
    connection.execute(_LOOSER.format(order=_ORDER))
    distance, before, now = 2, -1, count_rows(connection, "store.chain")
    while now != before and distance <= MOST_LAYERS:
        connection.execute(_LAYER, {"distance": distance, "order": _ORDER})
        distance, before, now = distance + 1, now, count_rows(connection, "store.chain")
