"""What a project states of its own license, and where its statements contradict each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from miner.pipelines.check.license_terms import terms_of
from miner.pipelines.check.report import OwnLicense, Terms
from miner.pipelines.derive.licenses.statement import MISSING, Op, Statement, one_of, read
from miner.pipelines.derive.licenses.texts.found import TextState
from miner.pipelines.derive.licenses.texts.license_summary import summarize
from miner.pipelines.derive.licenses.texts.paths import FileStanding
from miner.pipelines.derive.licenses.texts.repository_texts import RepositoryStatement

MAX_SHOWN = 60  # statements; a repository of packages has one for each of them
_STATED = frozenset({TextState.RECOGNIZED, TextState.SEVERAL})


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements on one thing that no one license can meet."""

    first: OwnLicense
    second: OwnLicense
    statements: tuple[Statement, Statement]


@dataclass(frozen=True, slots=True)
class OwnLicenses:
    """A project's own statements.

    Attributes:
        statement: What holds for its code.
        terms: The same, as a report has it.
        found: Every statement, the strongest evidence first.
        twice: Those that contradict each other.
    """

    statement: Statement
    terms: Terms
    found: tuple[OwnLicense, ...]
    twice: tuple[Contradiction, ...] = ()


def own_of_files(statements: Iterable[RepositoryStatement]) -> OwnLicenses:
    """Return what the files of a project state, as ``texts.repository`` reads them."""
    kept = list(statements)
    summary = summarize(kept)
    code = summary.code
    statement = _joined(code.licenses, code.joined)
    if code.state not in _STATED and code.state is not TextState.NONE:
        first = code.statements[0]
        title = first.wording or f"{first.path}: {first.reason or code.state.value}"
        statement = Statement(Op.UNRESOLVED, wording=title)
    source = code.statements[0].path if code.statements else ""
    own = [one for one in kept if one.standing is not FileStanding.VENDORED]
    return OwnLicenses(
        statement,
        terms_of(statement, source=source),
        tuple(_as_own(one) for one in own[:MAX_SHOWN]),
        tuple(
            Contradiction(_as_own(one), _as_own(other), (_statement(one), _statement(other)))
            for one, other in summary.contradictions
        ),
    )


def own_of_report(license_key: str | None, place: str = "GitHub") -> OwnLicenses:
    """Return what is reported of a repository.

    Args:
        license_key: An SPDX id, a key, several joined, or nothing.
        place: Who reports it.
    """
    statement = read(license_key or "")
    terms = terms_of(statement, source=place)
    found = (OwnLicense(place, 0, "code", terms),) if license_key else ()
    return OwnLicenses(statement, terms, found)


def _as_own(one: RepositoryStatement) -> OwnLicense:
    return OwnLicense(
        one.path, one.line, one.scope.value, terms_of(_statement(one), source=one.place.value)
    )


def _statement(one: RepositoryStatement) -> Statement:
    if one.state in _STATED:
        return _joined(one.licenses, one.joined)
    return Statement(Op.UNRESOLVED, wording=one.wording or one.reason or one.state.value)


def _joined(keys: tuple[str, ...], joined: str) -> Statement:
    """Return the statement of several keys; how they relate is open unless it is stated."""
    if not keys:
        return MISSING
    members = tuple(read(key) for key in keys)
    if len(members) == 1:
        return members[0]
    if joined in {"or", "and"}:
        wording = f" {joined.upper()} ".join(keys)
        return Statement(Op.ANY if joined == "or" else Op.ALL, members=members, wording=wording)
    return one_of(list(keys))
