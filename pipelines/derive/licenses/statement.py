"""What a license statement says: one license, several joined by AND or OR, a list, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from license_expression import (
    AND,
    OR,
    ExpressionError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    ParseError,
)

from miner.pipelines.derive.licenses.license_names import MAX_TEXT, Named, exception_id, resolve
from miner.schema.licenses import KnownLicense, load_licenses
from miner.schema.licenses.terms import COPYLEFT, LicenseFamily
from miner.schema.patterns import bounded

_JOINED = re.compile(r"\s(?:and|or|with)\s", re.IGNORECASE)
_EITHER = bounded(r"\s*(?:and/or)\s*", re.IGNORECASE)
_LINKING = bounded(
    r"classpath|gcc|autoconf|bison|libtool|linking|font|openvpn|runtime|swift|universal-foss",
    re.IGNORECASE,
)
_PARSER = Licensing()
# beside its own errors the parser has these two, over brackets that hold nothing or do not end
PARSER_ERRORS = (ExpressionError, ParseError, IndexError, AssertionError)
MAX_MEMBERS = 300  # each is compared with each of the other side
MAX_LIST = 10_000  # a scanner lists all that it finds in a large repository


class Op(StrEnum):
    """How a statement is built."""

    MISSING = "missing"  # nothing is stated
    UNRESOLVED = "unresolved"  # something is, and it does not say which license
    NOASSERTION = "noassertion"  # GitHub could not tell
    ONE = "one"  # one license
    ANY = "any"  # one of them, at choice
    ALL = "all"  # all of them
    LIST = "list"  # several, and how they relate is not stated


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, read.

    Attributes:
        op: How it is built.
        license: The license of ``ONE``.
        members: What ``ANY``, ``ALL`` and ``LIST`` join, in the order written.
        is_stale: The name stands for a text that was replaced.
        wording: As written, lower case: what is stated of a name depends on it.
    """

    op: Op
    license: KnownLicense | None = None
    members: tuple[Statement, ...] = ()
    is_stale: bool = False
    wording: str = ""

    def leaves(self) -> Iterator[KnownLicense]:
        """Yield the licenses in it."""
        if self.license is not None:
            yield self.license
        for member in self.members:
            yield from member.leaves()

    @property
    def is_known(self) -> bool:
        """Whether it says at least one license, and every part of it does."""
        if self.op is Op.ONE:
            return True
        return bool(self.members) and all(member.is_known for member in self.members)

    @property
    def text(self) -> str:
        """The statement in canonical words, for people and for joins."""
        if self.license is not None:
            return self.license.license
        if self.members:
            word = {Op.ANY: " OR ", Op.ALL: " AND ", Op.LIST: " | "}[self.op]
            return word.join(
                f"({one.text})" if one.members and self.op is not Op.LIST else one.text
                for one in self.members
            )
        return {Op.NOASSERTION: "NOASSERTION", Op.UNRESOLVED: self.wording or "other"}.get(
            self.op, ""
        )


MISSING = Statement(Op.MISSING)


@lru_cache(maxsize=100_000)
def read(text: str) -> Statement:
    """Return what a license statement says.

    Args:
        text: A key, a name, ``other(name)``, an SPDX expression, a list joined by ``|``, commas or
            in brackets, an address; in any case.
    """
    wording = " ".join(text.split()).lower()
    if len(wording) > (MAX_LIST if "|" in wording else MAX_TEXT):
        return Statement(Op.UNRESOLVED, wording=f"a text of {len(wording)} signs")
    named = resolve(wording)
    whole = _one(named, wording)
    if "|" not in wording and (whole.op is not Op.ONE or named.is_known):
        return whole
    joined = _listed(wording) or _expression(wording) or _containing(wording)
    if joined and len(joined.members) > MAX_MEMBERS:
        return Statement(Op.UNRESOLVED, wording=f"a list of {len(joined.members)} licenses")
    return replace(joined, wording=wording) if joined else whole


def same(one: Statement, other: Statement) -> bool:
    """Return whether two statements say the same, in whatever words."""
    return one.text == other.text


def one_of(licenses: Iterable[str]) -> Statement:
    """Return the statement of a list of keys, as the Hub's metadata may give one."""
    return _join(Op.LIST, [read(text) for text in licenses])


def _one(named: Named, wording: str) -> Statement:
    if named.license is not None:
        return Statement(Op.ONE, named.license, is_stale=named.is_stale, wording=wording)
    op = {"missing": Op.MISSING, "noassertion": Op.NOASSERTION}.get(named.kind, Op.UNRESOLVED)
    return Statement(op, wording=wording)


def _join(op: Op, parts: list[Statement]) -> Statement:
    kept = list({part.text: part for part in parts if part.op is not Op.MISSING}.values())
    if not kept:
        return MISSING
    if len(kept) == 1:
        return kept[0]
    wording = f" {op.value} ".join(part.wording for part in kept)
    return Statement(op, members=tuple(kept), wording=wording)


def _listed(wording: str) -> Statement | None:
    """Read a list: ``a|b``, ``[a, b]``; ``a, b`` and ``a/b`` only where each part is known."""
    bare = wording
    if wording.startswith("[") and wording.endswith("]"):
        bare = wording[1:-1].replace(",", "|")
    if "|" in bare or bare != wording:
        return _join(Op.LIST, [read(part) for part in bare.split("|")])
    for pattern in (_EITHER, bounded(r"\s*[,;]\s*"), bounded(r"\s*(?:/|&|\+)\s*")):
        parts = [part for part in pattern.split(wording) if part]
        if len(parts) > 1 and all(resolve(part).is_known for part in parts):
            return _join(Op.LIST, [read(part) for part in parts])
    return None


def _expression(wording: str) -> Statement | None:
    """Read an SPDX expression; names with spaces and keys of no list are used as they are."""
    if not _JOINED.search(wording):
        return None
    try:
        parsed = _PARSER.parse(wording)
    except PARSER_ERRORS:
        return None
    found = _node(parsed)
    # "Terms and Conditions" is a name: an expression holds at least one license that is known
    return found if any(one.evidence != "name" for one in found.leaves()) else None


def _containing(wording: str) -> Statement | None:
    """Read a publisher's own terms that name the agreement they contain: ``acme-with-llama3``."""
    names = [name for name in _CONTAINING.split(_WRAPPED.sub(r"\1", wording)) if name]
    parts = [_one(resolve(name), name) for name in names]
    if len(parts) < 2 or not all(part.op is Op.ONE for part in parts):
        return None
    has_agreement = any(
        part.license is not None
        and part.license.evidence != "name"
        and part.license.family in _AGREEMENTS
        for part in parts
    )
    return _join(Op.ALL, parts) if has_agreement else None


_WRAPPED = re.compile(r"^(?:other|custom)\((.*)\)$", re.DOTALL)
_AGREEMENTS = {LicenseFamily.COMMUNITY, LicenseFamily.RAIL, LicenseFamily.RESEARCH_ONLY}
_CONTAINING = re.compile(r"[-_ ](?:with|and|plus|incl|including|over)[-_ ]")


def _node(node: object) -> Statement:
    if isinstance(node, AND | OR):
        op = Op.ALL if isinstance(node, AND) else Op.ANY
        return _join(op, [_node(part) for part in node.args])
    if isinstance(node, LicenseWithExceptionSymbol):
        return _with_exception(node.license_symbol.key, node.exception_symbol.key)
    if isinstance(node, LicenseSymbol):
        return _one(resolve(node.key), node.key)
    return MISSING


def _with_exception(key: str, exception: str) -> Statement:
    """Return a license with an exception: one on linking turns copyleft into a weak one."""
    base = _one(resolve(key), key)
    if base.license is None:
        return base
    changes: dict[str, object] = {
        "license": f"{base.license.license} WITH {exception.lower()}",
        "spdx": f"{base.license.spdx} WITH {exception_id(exception)}",
    }
    if base.license.family in COPYLEFT and _LINKING.search(exception):
        library = load_licenses()["lgpl-3.0"]
        changes |= {
            "family": LicenseFamily.WEAK_COPYLEFT,
            "copyleft_scope": library.copyleft_scope,
            "same_license": library.same_license,
        }
    changed = replace(base.license, **changes)  # type: ignore[arg-type]  # fields of License
    return replace(base, license=changed, wording=f"{key} with {exception}".lower())
