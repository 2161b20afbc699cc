"""What a repository's statements come to: code, weights, data apart, and contradictions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from miner.pipelines.derive.licenses.compare import Step, step
from miner.pipelines.derive.licenses.license_names import resolve
from miner.pipelines.derive.licenses.texts import scopes
from miner.pipelines.derive.licenses.texts.found import LicenseScope, TextState
from miner.pipelines.derive.licenses.texts.paths import FileStanding, StatementPlace
from miner.pipelines.derive.licenses.texts.repository_texts import RepositoryStatement

_STATED = frozenset({TextState.RECOGNIZED, TextState.SEVERAL})
_SAYS_NOTHING = frozenset({"points-elsewhere", "no-license-in-it", "use-policy", ""})
_ABOUT_PARTS = frozenset({StatementPlace.LICENSES_FOLDER, StatementPlace.NOTICE})
_ORDER = (
    StatementPlace.LICENSE_FILE,
    StatementPlace.LICENSES_FOLDER,
    StatementPlace.METADATA,
    StatementPlace.README,
    StatementPlace.SPDX_TAGS,
    StatementPlace.NOTICE,
)


@dataclass(frozen=True, slots=True)
class ScopeOutcome:
    """What is known of the license of the code, the weights, the data or the docs.

    Attributes:
        state: ``none`` where nothing states a license.
        licenses: Keys, in the order of the statements.
        joined: Of several: ``or``, ``and`` or empty if it is not said.
        statements: The statements it rests on.
    """

    state: TextState
    licenses: tuple[str, ...] = ()
    joined: str = ""
    statements: tuple[RepositoryStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class LicenseSummary:
    """What a repository's statements come to.

    Attributes:
        code: Of its own code.
        weights: Of weights that it holds or speaks of.
        data: Of data in it.
        docs: Of its documentation.
        contradictions: Pairs of statements on one thing that no one license can meet.
    """

    code: ScopeOutcome
    weights: ScopeOutcome
    data: ScopeOutcome
    docs: ScopeOutcome
    contradictions: tuple[tuple[RepositoryStatement, RepositoryStatement], ...]


def summarize(
    statements: Iterable[RepositoryStatement], *, home: LicenseScope = LicenseScope.CODE
) -> LicenseSummary:
    """Return what statements come to.

    A file in the root outranks what packages declare, and that a sentence of the README. A file
    that is not recognized is the outcome all the same: a weaker statement does not replace it,
    unless the file says nothing, as one that holds an address alone.

    Args:
        statements: All of one repository.
        home: What a license covers that does not say: code on a forge, weights on a model hub.
    """
    kept = [one for one in statements if one.standing is not FileStanding.VENDORED]
    own = [one for one in kept if one.standing is FileStanding.OWN]
    outcomes = {
        scope: _outcome(scope, kept, own, home)
        for scope in (LicenseScope.CODE, LicenseScope.WEIGHTS, LicenseScope.DATA, LicenseScope.DOCS)
    }
    return LicenseSummary(
        outcomes[LicenseScope.CODE],
        outcomes[LicenseScope.WEIGHTS],
        outcomes[LicenseScope.DATA],
        outcomes[LicenseScope.DOCS],
        tuple(contradictions(own, home=home)),
    )


def _outcome(
    scope: LicenseScope,
    kept: Sequence[RepositoryStatement],
    own: Sequence[RepositoryStatement],
    home: LicenseScope,
) -> ScopeOutcome:
    waiting: ScopeOutcome | None = None
    for place in _ORDER:
        found = _covering(scope, [one for one in own if one.place is place], home)
        if not found and scope is not home:
            found = [one for one in kept if one.place is place and one.scope is scope]
        if not found:
            continue
        joined = _joined(found, own)
        if joined.state in _STATED or any(one.reason not in _SAYS_NOTHING for one in found):
            return joined
        waiting = waiting or joined
    return waiting or ScopeOutcome(TextState.NONE)


def _covering(
    scope: LicenseScope, found: Sequence[RepositoryStatement], home: LicenseScope
) -> list[RepositoryStatement]:
    """Return the statements on a scope: those that name it, else those that name none."""
    named = [one for one in found if one.scope is scope]
    if named or scope is not home:
        return named
    open_ones = [one for one in found if one.scope is LicenseScope.UNKNOWN]
    if open_ones:
        return [one for one in open_ones if not _is_part(one, open_ones)] or open_ones
    # A license of models alone in the root, under a name that limits it to nothing.
    return [
        one
        for one in found
        if one.place is StatementPlace.LICENSE_FILE
        and scopes.of_path(one.path) is LicenseScope.UNKNOWN
    ]


def _is_part(one: RepositoryStatement, beside: Sequence[RepositoryStatement]) -> bool:
    """Return whether a file beside LICENSE is named after a part of the work, not a license."""
    name = _FILE.match(one.path)
    if name is None or not name[2]:
        return False
    is_beside = any((plain := _FILE.match(other.path)) and not plain[2] for other in beside)
    named = resolve(name[2]).license
    return is_beside and (named is None or named.evidence == "name")


_FILE = re.compile(
    r"^(licen[sc]e|copying)(?:[-_.](?!txt$|md$|rst$)([\w+-]+?))?(?:\.(?:txt|md|rst))?$",
    re.IGNORECASE,
)


def _joined(
    found: Sequence[RepositoryStatement], own: Sequence[RepositoryStatement]
) -> ScopeOutcome:
    stated = [one for one in found if one.state in _STATED]
    keys = tuple(dict.fromkeys(key for one in stated for key in one.licenses))
    if not stated:
        state = (
            TextState.EMPTY
            if all(one.state is TextState.EMPTY for one in found)
            else TextState.UNRECOGNIZED
        )
        return ScopeOutcome(state, statements=tuple(found))
    if len(keys) == 1:
        return ScopeOutcome(TextState.RECOGNIZED, keys, statements=tuple(stated))
    joined = next((one.joined for one in stated if set(one.licenses) == set(keys)), "")
    # LICENSE-MIT beside LICENSE-APACHE: a LICENSE that points to both, or the package, says that
    # it is a choice.
    joined = joined or next((one.joined for one in found if one.reason == "points-elsewhere"), "")
    joined = joined or next(
        (one.joined for one in own if one.joined and set(one.licenses) == set(keys)), ""
    )
    return ScopeOutcome(TextState.SEVERAL, keys, joined, tuple(stated))


def contradictions(
    own: Iterable[RepositoryStatement], *, home: LicenseScope = LicenseScope.CODE
) -> Iterable[tuple[RepositoryStatement, RepositoryStatement]]:
    """Yield pairs of statements on one thing, from different places, that exclude each other.

    Two statements agree if they share a license, or if one leaves a version or variant open.

    Args:
        own: Statements on the whole repository.
        home: What a statement covers that does not say.
    """
    own = list(own)
    is_readme_scoped = any(
        one.place is StatementPlace.README and one.scope is not LicenseScope.UNKNOWN for one in own
    )
    by_scope: dict[LicenseScope, list[RepositoryStatement]] = {}
    for one in own:
        # The texts in LICENSES/ and a notice are about parts, as is what a README names beside
        # what it says of code, weights or data.
        is_aside = one.place in _ABOUT_PARTS or (
            one.place is StatementPlace.README
            and one.scope is LicenseScope.UNKNOWN
            and is_readme_scoped
        )
        if one.state in _STATED and not is_aside:
            scope = home if one.scope is LicenseScope.UNKNOWN else one.scope
            by_scope.setdefault(scope, []).append(one)
    for found in by_scope.values():
        best = _strongest(found)
        keys = {key for one in best for key in one.licenses}
        for one in found:
            if one.place is not best[0].place and not _agree(keys, set(one.licenses)):
                yield best[0], one


def _strongest(found: list[RepositoryStatement]) -> list[RepositoryStatement]:
    place = min((one.place for one in found), key=_ORDER.index)
    return [one for one in found if one.place is place]


def _agree(first: set[str], second: set[str]) -> bool:
    return any(_may_be_one(one, other) for one in first for other in second)


def _may_be_one(first: str, second: str) -> bool:
    if first == second or first.startswith(f"{second}-") or second.startswith(f"{first}-"):
        return True
    one, other = resolve(first).license, resolve(second).license
    if one is None or other is None:
        return True
    same = {Step.SAME, Step.OPEN, Step.FAMILY}
    return step(one, other) in same or step(other, one) in same
