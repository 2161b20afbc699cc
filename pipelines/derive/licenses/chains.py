"""License findings along the chains: dataset → base → model → repository, set by set.

Every link is one row. What licenses say is not known here: a judge is asked once for every
distinct license, and once for every distinct question (two licenses, a relation, a few flags), and
its answers are joined to the rows. Licenses that go on (their terms bind derivatives of derivatives
too) are followed down the whole tree, one layer a round; a pair is met once, so cycles end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars

from miner.db.analytics import DuckDBConnection
from miner.pipelines.derive.licenses.text_statements import license_of

MOST_LAYERS = 64
"""A chain of bases is not followed further down."""


@dataclass(frozen=True, slots=True)
class ReadLicense:
    """What is known of a license as stated.

    Attributes:
        text: In canonical words; empty where nothing is stated.
        family: Its license family; of several the strictest; empty where there is none.
        goes_on: Its terms bind what is made of a derivative too.
        lines: Agreements that it is a version of, such as llama, in order.
    """

    text: str
    family: str
    goes_on: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LicenseLink:
    """Two licenses and how they meet.

    Attributes:
        upstream_license: As stated; empty: none; ``unknown``: not known what is stated.
        downstream_license: As ``upstream_license``.
        relation: A relation between models, ``trained_on``, ``used_by`` or ``self``.
        upstream_kind: model, dataset, or the place of a statement.
        downstream_kind: model, dataset or repository.
        same_owner: Both are of one owner.
        prefixes: Beginnings of names that licenses ask for and the downstream's name has.
        explained: Lines of the downstream's license that another of its bases brings in.
    """

    upstream_license: str
    downstream_license: str
    relation: str
    upstream_kind: str
    downstream_kind: str
    same_owner: bool
    prefixes: tuple[str, ...]
    explained: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """What a matrix says of a question; texts are empty where there is nothing to say."""

    verdict: str
    reason: str
    severity: str
    explanation: str
    clause: str
    action: str
    evidence_url: str


class LicenseJudge(Protocol):
    """Decides questions by one matrix.

    Attributes:
        matrix: Its name.
        version: Its version.
        prefixes: Beginning of a name that a license asks for → its letters and digits, lower case.
    """

    matrix: str
    version: str
    prefixes: Mapping[str, str]

    def read(self, license: str) -> ReadLicense:  # noqa: A002 - the word of the tables
        """Return what is known of a license as stated."""
        ...

    def decide(self, link: LicenseLink) -> LinkVerdict:
        """Return the answer to a question."""
        ...

    def conflict(self, licenses: Sequence[str], downstream: str) -> LinkVerdict | None:
        """Return that the licenses of the parents of a merge exclude each other, if they do."""
        ...


_TEXT_LICENSES = """
CREATE TABLE store.text_license AS
SELECT
    text.hub,
    text.model,
    text.field,
    text.source,
    text.is_chosen,
    lower(coalesce(read_text.license, text.name)) AS license
FROM (
    SELECT
        hub,
        model,
        field,
        source,
        is_chosen,
        value_text AS name,
        coalesce(qualifiers ->> '$.link', '') AS link,
        coalesce(qualifiers ->> '$.limit', '') AS limited_to
    FROM published.extracted_field
    WHERE field IN ('license', 'license_in_text')
        AND state = 'stated'
        AND value_text IS NOT NULL
        -- a license of the code is not that of the weights
        AND coalesce(qualifiers ->> '$.scope', '') <> 'code'
) AS text
LEFT JOIN store.read_text USING (name, link, limited_to)
"""
"""What cards state in their text, as a statement; one that several words make is read once."""

_TEXTS = """
SELECT DISTINCT
    value_text,
    coalesce(qualifiers ->> '$.link', ''),
    coalesce(qualifiers ->> '$.limit', '')
FROM published.extracted_field
WHERE field = 'license_in_text' OR (field = 'license' AND source <> 'card')
ORDER BY ALL
"""

_STATED = """
CREATE TABLE store.stated AS
WITH from_file AS (
    SELECT hub, subject AS name, lower(string_agg(canonical, ' | ' ORDER BY position)) AS license
    FROM published.license_statement
    WHERE source = 'license-file' AND subject_kind = 'model' AND canonical <> 'other'
    GROUP BY hub, name
),

declared AS (
    SELECT
        hub,
        subject_kind AS kind,
        subject AS name,
        lower(string_agg(
            CASE
                WHEN canonical <> 'other' THEN canonical
                WHEN trim(license_name) <> '' THEN 'other(' || trim(license_name) || ')'
                WHEN trim(license_link) <> '' THEN 'other(' || trim(license_link) || ')'
                ELSE 'other'
            END,
            ' | ' ORDER BY position
        )) AS license
    FROM published.license_statement
    WHERE is_chosen AND canonical <> ''
    GROUP BY hub, kind, name
),

written AS (
    SELECT hub, model AS name, any_value(license) AS license
    FROM store.text_license
    WHERE field = 'license' AND is_chosen
    GROUP BY hub, name
),

subject AS (
    SELECT hub, 'model' AS kind, name, state <> 'named' AS is_held FROM published.model
    UNION ALL
    SELECT hub, 'dataset' AS kind, name, state <> 'named' AS is_held FROM published.dataset
)

SELECT
    row_number() OVER () AS id,
    subject.hub,
    subject.kind,
    subject.name,
    lower(split_part(subject.name, '/', 1)) AS owner,
    CASE
        -- a file says which license it is that the tag calls other
        WHEN declared.license ^@ 'other' AND from_file.license IS NOT NULL THEN from_file.license
        WHEN declared.license IS NOT NULL THEN declared.license
        WHEN subject.kind = 'model' AND written.license IS NOT NULL THEN written.license
        WHEN subject.is_held THEN ''
        ELSE 'unknown'
    END AS license
FROM subject
LEFT JOIN declared
    ON declared.hub = subject.hub AND declared.kind = subject.kind AND declared.name = subject.name
LEFT JOIN written ON written.hub = subject.hub AND written.name = subject.name
LEFT JOIN from_file
    ON subject.kind = 'model' AND from_file.hub = subject.hub AND from_file.name = subject.name;

-- what models name and nobody holds has no license that is known
INSERT INTO store.stated
SELECT
    (SELECT coalesce(max(id), 0) FROM store.stated) + row_number() OVER (),
    hub,
    kind,
    name,
    lower(split_part(name, '/', 1)),
    'unknown'
FROM (
    SELECT hub, 'model' AS kind, parent AS name FROM store.lineage_told
    UNION
    SELECT hub, 'dataset', dataset FROM published.model_dataset
) AS named
ANTI JOIN store.stated USING (hub, kind, name);
"""

_LINKS = """
CREATE TABLE store.link AS
SELECT
    up.id AS up,
    down.id AS down,
    edge.relation
FROM store.lineage_told AS edge
JOIN store.stated AS up ON up.hub = edge.hub AND up.kind = 'model' AND up.name = edge.parent
JOIN store.stated AS down ON down.hub = edge.hub AND down.kind = 'model' AND down.name = edge.child
WHERE up.id <> down.id;

CREATE TABLE store.chain AS
SELECT up, down, relation, 1 AS distance, up AS via FROM store.link
UNION ALL
SELECT up.id, down.id, 'trained_on', 1, up.id
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
    min(link.up)
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
    coalesce(explained.explained, '') AS explained
FROM store.chain
JOIN store.stated AS up ON up.id = chain.up
JOIN store.stated AS down ON down.id = chain.down
JOIN store.stated AS via ON via.id = chain.via
LEFT JOIN store.met_prefix ON met_prefix.id = chain.down
LEFT JOIN store.explained ON explained.id = chain.down;

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
    ''
FROM store.used
JOIN (
    SELECT id AS up, id AS down, 1 AS distance, NULL AS via FROM store.stated WHERE kind = 'model'
    UNION ALL
    SELECT chain.up, chain.down, chain.distance + 1, model.name
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
    ''
FROM (
    SELECT source AS place, hub, subject_kind AS kind, subject AS name, lower(canonical) AS license
    FROM published.license_statement
    WHERE NOT is_chosen AND canonical <> 'other' AND canonical <> ''
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

_MERGES = """
SELECT
    down.id,
    list(up.license ORDER BY up.license) AS licenses,
    any_value(down.license) AS downstream
FROM store.chain AS chain
JOIN store.stated AS up ON up.id = chain.up
JOIN store.stated AS down ON down.id = chain.down
WHERE chain.distance = 1 AND chain.relation = 'merge'
GROUP BY down.id
HAVING count(DISTINCT up.license) > 1
"""

_QUESTIONS = """
SELECT DISTINCT
    upstream_license, downstream_license, relation, upstream_kind, downstream_kind, same_owner,
    prefixes, explained
FROM store.license_row
ORDER BY ALL
"""
_ASKED = (
    "upstream_license", "downstream_license", "relation", "upstream_kind", "downstream_kind",
    "same_owner", "prefixes", "explained",
)  # fmt: skip
_ANSWERED = (
    "verdict", "reason", "severity", "explanation", "clause", "action", "evidence_url",
)  # fmt: skip


NOT_JUDGED = """
CREATE TABLE store.judge (matrix VARCHAR, version VARCHAR);
CREATE TABLE store.license_row (
    upstream_kind VARCHAR, upstream_hub VARCHAR, upstream VARCHAR, upstream_license VARCHAR,
    downstream_kind VARCHAR, downstream_hub VARCHAR, downstream VARCHAR,
    downstream_license VARCHAR, relation VARCHAR, distance BIGINT, via VARCHAR,
    same_owner BOOLEAN, prefixes VARCHAR, explained VARCHAR
);
CREATE TABLE store.answer (
    upstream_license VARCHAR, downstream_license VARCHAR, relation VARCHAR, upstream_kind VARCHAR,
    downstream_kind VARCHAR, same_owner BOOLEAN, prefixes VARCHAR, explained VARCHAR,
    verdict VARCHAR, reason VARCHAR, severity VARCHAR, explanation VARCHAR, clause VARCHAR,
    action VARCHAR, evidence_url VARCHAR
);
CREATE TABLE store.conflict AS
SELECT 0::BIGINT AS id, * EXCLUDE (downstream_license, relation, upstream_kind, downstream_kind,
    same_owner, prefixes, explained) FROM store.answer;
CREATE TABLE store.stated (
    id BIGINT, hub VARCHAR, kind VARCHAR, name VARCHAR, owner VARCHAR, license VARCHAR
);
CREATE TABLE store.read_license (
    license VARCHAR, text VARCHAR, family VARCHAR, goes_on BOOLEAN, lines VARCHAR[]
);
"""
"""The same tables without a row, for an export that nobody judges."""


def judge_chains(connection: DuckDBConnection, judge: LicenseJudge | None) -> None:
    """Make ``store.license_row``, ``store.answer``, ``store.conflict`` and what they refer to.

    Args:
        connection: A work database with the published tables up to ``model_use``, and
            ``store.lineage_told``.
        judge: Who decides; None: nobody, and the tables are empty.
    """
    if judge is None:
        connection.execute(NOT_JUDGED)
        return
    _register(connection, "judge", {"matrix": [judge.matrix], "version": [judge.version]})
    _read_texts(connection)
    connection.execute(_STATED)
    _read_licenses(connection, judge)
    connection.execute(_LINKS)
    _follow(connection)
    prefixes = sorted(judge.prefixes.items())
    _register(connection, "name_prefix", {"prefix": [p for p, _ in prefixes],
                                          "bare": [bare for _, bare in prefixes]})  # fmt: skip
    connection.execute(_ROWS)
    connection.execute(_SELF)
    _read_licenses(connection, judge)
    _answer(connection, judge)
    _conflicts(connection, judge)


def _read_texts(connection: DuckDBConnection) -> None:
    """Read each license that cards state in their text, once for its words, address and limit."""
    asked = connection.execute(_TEXTS).fetchall()
    names = ("name", "link", "limited_to")
    columns: dict[str, list[object]] = {
        name: [row[place] for row in asked] for place, name in enumerate(names)
    }
    columns["license"] = [
        license_of(str(name), str(link), str(limit)) for name, link, limit in asked
    ]
    _register(connection, "read_text", columns)
    connection.execute(_TEXT_LICENSES)


def _read_licenses(connection: DuckDBConnection, judge: LicenseJudge) -> None:
    """Have every license that stands anywhere read, once."""
    ((has_rows,),) = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'store' "
        "AND table_name = 'license_row'"
    ).fetchall()
    places = "SELECT license FROM store.stated"
    if has_rows:
        places += (
            " UNION SELECT upstream_license FROM store.license_row"
            " UNION SELECT downstream_license FROM store.license_row"
        )
    names = [
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT license FROM ({places}) ORDER BY 1"
        ).fetchall()
    ]
    known = [judge.read(name) for name in names]
    _register(
        connection,
        "read_license",
        {
            "license": names,
            "text": [one.text for one in known],
            "family": [one.family for one in known],
            "goes_on": [one.goes_on for one in known],
            "lines": [list(one.lines) for one in known],
        },
    )


def _follow(connection: DuckDBConnection) -> None:
    """Follow licenses that go on down the tree."""
    connection.execute(_LOOSER.format(order=_ORDER))
    distance, before, now = 2, -1, _count(connection, "store.chain")
    while now != before and distance <= MOST_LAYERS:
        connection.execute(_LAYER, {"distance": distance, "order": _ORDER})
        distance, before, now = distance + 1, now, _count(connection, "store.chain")


def _answer(connection: DuckDBConnection, judge: LicenseJudge) -> None:
    asked = connection.execute(_QUESTIONS).fetchall()
    answers = [judge.decide(_license_link(row)) for row in asked]
    columns: dict[str, list[object]] = {
        name: [row[place] for row in asked] for place, name in enumerate(_ASKED)
    }
    columns |= {name: [getattr(one, name) for one in answers] for name in _ANSWERED}
    _register(connection, "answer", columns)


def _license_link(row: tuple[object, ...]) -> LicenseLink:
    up, down, relation, up_kind, down_kind, same_owner, prefixes, explained = row
    return LicenseLink(
        str(up), str(down), str(relation), str(up_kind), str(down_kind), bool(same_owner),
        _split(prefixes), _split(explained),
    )  # fmt: skip


def _split(text: object) -> tuple[str, ...]:
    return tuple(part for part in str(text).split("|") if part)


def _conflicts(connection: DuckDBConnection, judge: LicenseJudge) -> None:
    """Ask once for each set of licenses that the parents of a merge have."""
    merges = connection.execute(_MERGES).fetchall()
    answers: dict[tuple[tuple[str, ...], str], LinkVerdict | None] = {}
    rows: dict[str, list[object]] = {"id": [], "upstream_license": []}
    rows |= {name: [] for name in _ANSWERED}
    for key, licenses, downstream in merges:
        asked = (tuple(dict.fromkeys(licenses)), str(downstream))
        if asked not in answers:
            answers[asked] = judge.conflict(*asked)
        if (answer := answers[asked]) is not None:
            rows["id"].append(key)
            rows["upstream_license"].append(" | ".join(asked[0]))
            for name in _ANSWERED:
                rows[name].append(getattr(answer, name))
    schema = {"id": polars.Int64} | {name: polars.String for name in rows if name != "id"}
    _register(connection, "conflict", rows, schema)


def _register(
    connection: DuckDBConnection,
    name: str,
    columns: Mapping[str, Sequence[object]],
    schema: Mapping[str, object] | None = None,
) -> None:
    """Make a table of the work database out of columns."""
    kinds = schema or {
        column: {"same_owner": polars.Boolean, "goes_on": polars.Boolean,
                 "lines": polars.List(polars.String)}.get(column, polars.String)
        for column in columns
    }  # fmt: skip
    frame = polars.DataFrame(dict(columns), schema=kinds)  # type: ignore[arg-type]  # polars' own
    connection.register("made", frame.to_arrow())
    connection.execute(f"CREATE OR REPLACE TABLE store.{name} AS FROM made")
    connection.unregister("made")


def _count(connection: DuckDBConnection, table: str) -> int:
    ((count,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)
