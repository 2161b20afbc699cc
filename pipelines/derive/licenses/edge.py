"""One edge: two statements, how the one came from the other, and the flags that matter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from miner.pipelines.derive.licenses.statement import Statement
from miner.schema.licenses import KnownLicense, load_licenses
from miner.schema.licenses.terms import LicenseRelation

_NOT_NAME = re.compile(r"[^a-z0-9]+")
EU = frozenset(
    {"eu", "eea", "at", "be", "bg", "hr", "cy", "cz", "dk", "ee", "fi", "fr", "de", "gr", "hu",
     "ie", "it", "lv", "lt", "lu", "mt", "nl", "pl", "pt", "ro", "sk", "si", "es", "se",
     "european union", "germany", "france", "italy", "spain", "netherlands", "poland"}
)  # fmt: skip
_REGIONS = {"uk": "uk", "gb": "uk", "united kingdom": "uk", "kr": "south korea",
            "south korea": "south korea", "korea": "south korea", "us": "usa",
            "usa": "usa"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flags:
    """What the two licenses alone do not show; few values each, so that edges can be tabulated.

    Attributes:
        upstream_kind: ``model``, ``dataset``, ``code``, ...
        downstream_kind: ``model``, ``dataset``, ``repo``, ...
        ships: Whether a repository holds the weights: ``yes``, ``no`` or ``unknown``.
        names_weights: Whether weight files were seen in it.
        same_owner: Both are of one owner, who may license the work anew.
        notice: Licenses and lines that a notice or license file beside the work names; empty if
            it names none, None if there is no such file.
        prefixes: Beginnings of names, asked for by some license, that this name has.
        region: Where the licensee is, in the words of ``territory_limit``; empty if not known.
        is_multimodal: Whether the model takes more than text; None if not known.
        generator: What made the data: ``provider``, a license or line, or empty.
        base: License or line of the base model, where it is another one; empty if not known.
        explained: Lines of licenses that other parents bring in.
        audited: What an audit says of the data's license.
        text: What the card's text says of the downstream's license.
        file: What a license file says of it.
        former: Licenses that the upstream had before.
        terms: What the text of a dataset's card states beside its tag; ``other(…)`` where that is
            no license.
    """

    upstream_kind: str = "model"
    downstream_kind: str = "model"
    ships: str = "unknown"
    names_weights: bool = False
    same_owner: bool = False
    notice: frozenset[str] | None = None
    prefixes: frozenset[str] = frozenset()
    region: str = ""
    is_multimodal: bool | None = None
    generator: str = ""
    base: str = ""
    explained: frozenset[str] = frozenset()
    audited: Statement | None = None
    text: Statement | None = None
    file: Statement | None = None
    former: tuple[Statement, ...] = ()
    terms: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class LicenseEdge:
    """One upstream and one downstream.

    Attributes:
        upstream: What the upstream states.
        downstream: What the downstream states.
        relation: How the downstream came from it, or uses it.
        flags: What else matters.
    """

    upstream: Statement
    downstream: Statement
    relation: LicenseRelation
    flags: Flags = field(default_factory=Flags)


@cache
def required_prefixes() -> frozenset[str]:
    """Return all beginnings of names that licenses ask for."""
    return frozenset(one.prefix for one in load_licenses().values() if one.prefix)


def prefixes_of(name: str) -> frozenset[str]:
    """Return the beginnings that licenses ask for and this name has.

    The part after the owner counts, without case and punctuation; ``Meta-`` may stand before it.

    Args:
        name: Name of a model, ``owner/name``; a revision after ``@`` is left off.
    """
    bare = plain_name(name.partition("@")[0].rpartition("/")[2])
    bare = bare.removeprefix("meta") if bare.startswith("metallama") else bare
    return frozenset(one for one in required_prefixes() if bare.startswith(plain_name(one)))


def plain_name(text: str) -> str:
    """Return the letters and digits of a name, lower case."""
    return _NOT_NAME.sub("", text.lower())


def region_of(text: str) -> str:
    """Return a place in the words of ``territory_limit``, lower case; itself if it has none."""
    plain = text.strip().lower()
    return "eu" if plain in EU else _REGIONS.get(plain, plain)


def excludes_licensee(license: KnownLicense, flags: Flags) -> bool:  # noqa: A002 (the tables' word)
    """Return whether a license grants nothing to licensees of the place that is known."""
    limit = license.territory_limit.lower()
    if not flags.region or limit in {"", "none", "unknown"}:
        return False
    places = re.split(r"[,:]\s*", limit)
    if "multimodal models" in places and flags.is_multimodal is False:
        return False
    return flags.region in places
