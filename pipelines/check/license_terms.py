"""License statements of models and datasets: as terms, as expressions, as names of other tools."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache

from license_expression import Licensing

from miner.db.lookup import KnownDataset, KnownModel, KnownStatement
from miner.pipelines.check.report import LicenseName, Terms
from miner.pipelines.derive.licenses.statement import (
    MISSING,
    PARSER_ERRORS,
    Op,
    Statement,
    one_of,
    read,
)
from miner.schema.licenses import KnownLicense
from miner.schema.vocab import Source

UNREAD = Statement(Op.UNRESOLVED, wording="unknown")
"""In place of a statement that nobody has looked for."""

_PARSER = Licensing()
_REF = re.compile(r"^LicenseRef-[A-Za-z0-9.-]+$")
_EXPRESSION_REF = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")


def of_model(model: KnownModel | None) -> Statement:
    """Return what a model states of its weights; ``UNREAD`` where nobody has looked."""
    if model is None:
        return UNREAD
    chosen = _chosen(model.statements)
    if chosen:
        stated = _of_statements(chosen)
        return stated if stated.is_known else _in_files(model) or stated
    if model.license:
        return named(model.license, model.license_name, model.license_link)
    is_whole = model.is_read and not model.unread_files  # a file may state what metadata do not
    return MISSING if is_whole else UNREAD


def _in_files(model: KnownModel) -> Statement | None:
    """Return what the license files of a model state, if they are recognized."""
    found = [_read(one) for one in model.statements if one.source == Source.LICENSE_FILE]
    known = [one for one in dict.fromkeys(found) if one.is_known]
    return known[0] if len(known) == 1 else None


def of_dataset(dataset: KnownDataset | None) -> Statement:
    """Return what a dataset states; ``UNREAD`` where nobody has looked."""
    if dataset is None or dataset.state == "named":
        return UNREAD
    chosen = _chosen(dataset.statements)
    if chosen:
        return _of_statements(chosen)
    return read(dataset.license) if dataset.license else MISSING


def others_of(model: KnownModel) -> list[tuple[KnownStatement, Statement]]:
    """Return what other sources than the chosen one state of a model, if anything is clear."""
    found = [(one, _read(one)) for one in model.statements]
    return [(one, clear) for one, clear in found if not one.is_chosen and clear.is_known]


def _read(one: KnownStatement) -> Statement:
    """Return what a statement says; a file says no more than the license that is in it."""
    if one.source != Source.LICENSE_FILE:
        return named(one.key, one.license_name, one.license_link)
    stated = read(one.key)
    if stated.is_known:
        return stated
    return Statement(Op.UNRESOLVED, wording=one.license_name or f"the text of {one.license_link}")


def named(key: str, name: str | None, link: str | None) -> Statement:
    """Return what a key says; one that says nothing is read by its name, then by its link."""
    stated = read(key)
    if stated.op is not Op.UNRESOLVED:
        return stated
    for text in (name, link):
        found = read(text) if text else MISSING
        if found.is_known:
            return found
    return stated


def _chosen(statements: Iterable[KnownStatement]) -> list[KnownStatement]:
    return [one for one in statements if one.is_chosen and one.scope in {None, "weights", "data"}]


def _of_statements(chosen: list[KnownStatement]) -> Statement:
    if len(chosen) == 1:
        return _read(chosen[0])
    if all(one.source == Source.LICENSE_FILE for one in chosen):
        known = [one for one in chosen if one.key != "other"]
        if len({one.key for one in known}) == 1:
            return _read(known[0])
    return one_of([one.key for one in chosen])


def terms_of(statement: Statement, *, source: str = "", url: str = "", detail: str = "") -> Terms:
    """Return a statement as a report has it."""
    state = "stated"
    if statement is UNREAD:
        state = "not-known"
    elif statement.op is Op.MISSING:
        state = "not-stated"
    elif not statement.is_known:
        state = "unresolved"
    known = state == "stated"
    return Terms(
        state=state,
        text=statement.text if known else "",
        said="" if statement is UNREAD else statement.wording,
        expression=expression_of(statement),
        licenses=tuple(dict.fromkeys(name_of(one) for one in statement.leaves())),
        source=source,
        url=url,
        detail=detail or (_SEVERAL if statement.op is Op.LIST else ""),
    )


def terms_of_model(model: KnownModel) -> Terms:
    """Return what a model states, with where it was read."""
    statement = of_model(model)
    first = model.statements[0] if model.statements else None
    if first is not None and statement.is_known and not _read(first).is_known:
        first = next((one for one in model.statements if _read(one) == statement), first)
    detail = ""
    if model.unread_files and not statement.is_known:
        detail = unread_files(model)
    elif model.license_files == () and statement is not UNREAD and not model.statements:
        detail = NO_FILE
    return terms_of(
        statement,
        source=first.source if first else "",
        url=(first.evidence_url if first else model.evidence_url) or "",
        detail=detail,
    )


def unread_files(model: KnownModel) -> str:
    """Name the license files that lie beside the weights and were not read."""
    return f"{', '.join(model.unread_files)} beside the weights was not read"


NO_FILE = "no license file is listed beside the weights"
_SEVERAL = "several licenses are stated, and not how they relate"


def name_of(one: KnownLicense) -> LicenseName:
    """Return the names of a license."""
    spdx = _spdx(one)
    return LicenseName(one.license, one.title, spdx, _is_listed(spdx), one.url)


def _is_listed(spdx: str) -> bool:
    return " " not in spdx and not spdx.startswith("LicenseRef-")


def _spdx(one: KnownLicense) -> str:
    """Return an SPDX id or expression that parses, or a reference made of the name."""
    if not one.spdx.startswith("LicenseRef-"):
        return one.spdx
    if _REF.match(one.spdx):
        return one.spdx
    digest = hashlib.sha256(one.license.encode()).hexdigest()[:12]
    return f"LicenseRef-unnamed-{digest}"  # a name without a letter that SPDX allows


def expression_of(statement: Statement) -> str | None:
    """Return a statement as SPDX expression; None where it is none, or how it is joined is open."""
    if statement.license is not None:
        return _checked(_spdx(statement.license))
    if statement.op not in {Op.ANY, Op.ALL} or not statement.is_known:
        return None
    parts = [expression_of(member) for member in statement.members]
    if None in parts:
        return None
    word = " OR " if statement.op is Op.ANY else " AND "
    return _checked(word.join(f"({part})" if part and " " in part else str(part) for part in parts))


def joined(expressions: Iterable[str]) -> str | None:
    """Return SPDX expressions that all hold, as one; None if one of them does not parse."""
    parts = list(dict.fromkeys(expressions))
    if len(parts) == 1:
        return _checked(parts[0])
    return _checked(" AND ".join(f"({part})" if " " in part else part for part in parts))


@cache
def _checked(expression: str) -> str | None:
    """Return an expression that parses; ids are not looked up: they are of our own tables."""
    try:
        _PARSER.parse(expression)
    except (*PARSER_ERRORS, RecursionError):
        return None
    return expression


def references_in(expression: str) -> list[str]:
    """Return the ``LicenseRef-`` of an expression, in order, each once."""
    return list(dict.fromkeys(_EXPRESSION_REF.findall(expression)))
