"""Which license the words of a card stand for: by its address, its title, its publisher's names.

A card states a license in its own words (``field license_in_text``), with the address that stands
beside them and limits on use that other sentences set. Here they become a statement as
``statement.read`` reads one: an address comes before words that only describe, a limit comes
before a title that would permit more.
"""

from __future__ import annotations

import re
from functools import lru_cache

from miner.pipelines.derive.licenses import publisher_names
from miner.pipelines.derive.licenses.license_names import Named, resolve
from miner.pipelines.derive.licenses.statement import read
from miner.pipelines.derive.licenses.texts import titles
from miner.schema.licenses import KnownLicense
from miner.schema.licenses.terms import CREDIT_ONLY, LicenseFamily

_GENERIC = "other"
_LIMITED = "research-only"


@lru_cache(maxsize=100_000)
def license_of(name: str, link: str = "", limit: str = "") -> str:
    """Return the statement that a text makes.

    Args:
        name: The license as written.
        link: Address beside it, empty if there is none.
        limit: ``research-only`` or ``noncommercial`` where a sentence limits the use.

    Returns:
        A key, a name or an expression; ``other(…)`` where the words leave open which license it is,
        ``unnamed …`` where they name the publisher alone.
    """
    named = _named(name, link)
    if named is None:
        return _LIMITED if limit else f"{_GENERIC}({name.strip().lower()})"
    if limit and any(
        one.evidence == "name" and one.commercial_use == "no" for one in _leaves(named)
    ):
        return _LIMITED  # the words of the limit are all that is stated
    if not limit or all(one.commercial_use == "no" for one in _leaves(named)):
        return named
    if all(_is_open(one) for one in _leaves(named)):
        return _LIMITED
    return f"{named} AND {_LIMITED}"


def _leaves(named: str) -> list[KnownLicense]:
    return list(read(named).leaves())


def _is_open(one: KnownLicense) -> bool:
    """Return whether a license permits what a limit rules out, or is known by its name alone."""
    return one.family in CREDIT_ONLY or one.family is LicenseFamily.UNKNOWN


def _named(name: str, link: str) -> str | None:
    """Return the license that an address or a name leads to; None if they leave it open."""
    linked = resolve(link).license if link else None
    if linked is not None and _goes_with(linked, name):
        return linked.license
    stated, words = read(name), publisher_names.core(name)
    is_bare = words <= publisher_names.VENDORS  # "llama license" is a key of the tables, too
    if not is_bare and stated.is_known and all(one.evidence != "name" for one in stated.leaves()):
        return name.strip().lower()
    if not is_bare and (titled := titles.first_in(name)) is not None:
        return titled[2].license
    if same := _SAME_AS.match(name):
        other = f"{same[1]} license".lower()
        return other if all(one.evidence != "name" for one in _leaves(other)) else None
    if publisher_names.is_vendor_alone(name):
        return f"unnamed {name.strip().lower()}"
    return None if _says_nothing(resolve(name)) else name.strip().lower()


_SAME_AS = re.compile(
    r"^(?:the )?same (?:licen[sc]e )?(?:as|of) (?:the )?(.{1,60})$", re.IGNORECASE
)


def _says_nothing(named: Named) -> bool:
    return named.license is None or publisher_names.is_description(named.license.license)


def _goes_with(linked: KnownLicense, name: str) -> bool:
    """Return whether an address may stand for a name: not if the name is another license."""
    named = resolve(name).license
    if named is None or named.evidence == "name" or named.is_family_key:
        return True
    return linked.license == named.license or (bool(linked.line) and linked.line == named.line)
