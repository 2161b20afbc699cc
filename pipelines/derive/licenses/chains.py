"""License findings along the chains: dataset → base → model → repository, set by set.

Every link is one row. What licenses say is not known here: a judge is asked once for every
distinct license, and once for every distinct question (two licenses, a relation, a few flags), and
its answers are joined to the rows.
"""

from __future__ import annotations

import polars

from miner.db.analytics import DuckDBConnection
from miner.pipelines.derive.licenses.chain_links import list_rows
from miner.pipelines.derive.licenses.questions import LicenseJudge, LicenseLink, LinkVerdict
from miner.pipelines.derive.licenses.stated_licenses import read_licenses, state_licenses
from miner.pipelines.derive.licenses.work_tables import register

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
    prefixes, explained, is_former, upstream_terms
FROM store.license_row
ORDER BY ALL
"""
_ASKED = (
    "upstream_license", "downstream_license", "relation", "upstream_kind", "downstream_kind",
    "same_owner", "prefixes", "explained", "is_former", "upstream_terms",
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
    same_owner BOOLEAN, prefixes VARCHAR, explained VARCHAR, is_former BOOLEAN,
    is_from_text BOOLEAN, confidence DOUBLE, upstream_terms VARCHAR
);
CREATE TABLE store.answer (
    upstream_license VARCHAR, downstream_license VARCHAR, relation VARCHAR, upstream_kind VARCHAR,
    downstream_kind VARCHAR, same_owner BOOLEAN, prefixes VARCHAR, explained VARCHAR,
    is_former BOOLEAN, upstream_terms VARCHAR, verdict VARCHAR, reason VARCHAR,
    severity VARCHAR, explanation VARCHAR, clause VARCHAR, action VARCHAR, evidence_url VARCHAR
);
CREATE TABLE store.conflict AS
SELECT 0::BIGINT AS id, * EXCLUDE (downstream_license, relation, upstream_kind, downstream_kind,
    same_owner, prefixes, explained, is_former, upstream_terms) FROM store.answer;
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
    register(connection, "judge", {"matrix": [judge.matrix], "version": [judge.version]})
    state_licenses(connection)
    read_licenses(connection, judge)
    list_rows(connection, judge)
    read_licenses(connection, judge)
    _answer(connection, judge)
    _conflicts(connection, judge)


def _answer(connection: DuckDBConnection, judge: LicenseJudge) -> None:
    asked = connection.execute(_QUESTIONS).fetchall()
    answers = [judge.decide(_license_link(row)) for row in asked]
    columns: dict[str, list[object]] = {
        name: [row[place] for row in asked] for place, name in enumerate(_ASKED)
    }
    columns |= {name: [getattr(one, name) for one in answers] for name in _ANSWERED}
    register(connection, "answer", columns)


def _license_link(row: tuple[object, ...]) -> LicenseLink:
    up, down, relation, up_kind, down_kind, same_owner, prefixes, explained, is_former, terms = row
    return LicenseLink(
        str(up), str(down), str(relation), str(up_kind), str(down_kind), bool(same_owner),
        _split(prefixes), _split(explained), bool(is_former),
        tuple(part for part in str(terms).split("\n") if part),
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
    register(connection, "conflict", rows, schema)
