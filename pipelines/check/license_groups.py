"""Licenses as a policy names them: one by its id, or a family by a word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from miner.pipelines.derive.licenses.statement import Op, Statement, read
from miner.schema.licenses import KnownLicense, load_licenses
from miner.schema.licenses.terms import COPYLEFT, CREDIT_ONLY, LicenseFamily

_NONE = "none"
_NON_COMMERCIAL = "non-commercial"
_FAMILIES: dict[str, frozenset[LicenseFamily]] = {
    **{family.value: frozenset({family}) for family in LicenseFamily},
    "permissive": CREDIT_ONLY,
    "copyleft": COPYLEFT | {LicenseFamily.WEAK_COPYLEFT},
}


@dataclass(frozen=True, slots=True)
class LicenseGroup:
    """What an entry of a policy stands for.

    Attributes:
        word: As written.
        license: Key of one license, or empty.
        families: Families, or empty.
    """

    word: str
    license: str = ""
    families: frozenset[LicenseFamily] = frozenset()

    def covers(self, one: KnownLicense) -> bool:
        """Return whether a license is meant."""
        if self.word.lower() == _NON_COMMERCIAL:
            return one.commercial_use == "no"
        return one.license == self.license or one.family in self.families

    @property
    def is_none(self) -> bool:
        """Whether it stands for models that state no license."""
        return self.word.lower() == _NONE


def read_group(word: str) -> LicenseGroup | None:
    """Return what a word of a policy stands for; None for one that nobody knows."""
    plain = word.strip().lower()
    if plain in {_NONE, _NON_COMMERCIAL}:
        return LicenseGroup(plain)
    if plain in _FAMILIES:
        return LicenseGroup(plain, families=_FAMILIES[plain])
    statement = read(plain)
    one = statement.license
    if statement.op is not Op.ONE or one is None or one.license not in load_licenses():
        return None
    return LicenseGroup(word, license=one.license)


@cache
def known_words() -> tuple[str, ...]:
    """Return words that a policy may use, to suggest the nearest: lower case."""
    spdx = {one.spdx.lower() for one in load_licenses().values()}
    return tuple(sorted({_NONE, _NON_COMMERCIAL, *_FAMILIES, *load_licenses(), *spdx}))


def covered(statement: Statement, groups: tuple[LicenseGroup, ...], *, every: bool) -> bool:
    """Return whether a statement falls under some groups.

    Of licenses at choice one is enough to pass, and all have to be denied; of licenses that hold
    together, or whose relation is open, it is the other way round.

    Args:
        statement: What is stated.
        groups: Licenses and families.
        every: Whether all that holds has to be covered, as by an allowance; else one suffices.
    """
    if not statement.is_known:
        return statement.op is Op.MISSING and any(group.is_none for group in groups)
    if statement.license is not None:
        one = statement.license
        return any(group.covers(one) for group in groups)
    parts = (covered(member, groups, every=every) for member in statement.members)
    needs_all = every != (statement.op is Op.ANY)
    return all(parts) if needs_all else any(parts)
