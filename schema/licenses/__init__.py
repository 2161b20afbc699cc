"""What licenses say: one reviewed table of facts, one of names, one of the reasons of verdicts.

``licenses.csv`` has a row a license: what it allows, asks for and limits, each ``unknown`` where
it is not known; the clause that says so, in the project's words; how it is known (``evidence``)
and where to read it (``url``). ``names.csv`` has the spellings that lead to them: keys of the
Hugging Face Hub, values of ``license_name``, ScanCode's keys. ``addresses.csv`` has addresses of
license texts. ``reasons.csv`` has what a verdict can say and what to do about it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError
from miner.schema.licenses.terms import FAMILY_KEYS, LicenseFamily, Severity, Verdict

if __name__ != "miner.schema.licenses":
    raise ImportError("import miner.schema.licenses, not licenses")

UNKNOWN = "unknown"
YES_NO = frozenset({"yes", "no", UNKNOWN})
VALUES: dict[str, frozenset[str]] = {
    "later": frozenset({"", "unstated", "only", "or-later"}),
    "commercial_use": YES_NO | {"conditional"},
    "derivatives": YES_NO | {"no-sharing"},
    "redistribution": YES_NO | {"noncommercial", "unmodified", "unmodified-noncommercial"},
    "attribution": YES_NO,
    "copyleft_scope": frozenset(
        {"none", "file", "module", "library", "resource", "work", "network", "adapted", "data",
         "restrictions", "agreement", UNKNOWN}
    ),
    "use_restrictions": frozenset(
        {"none", "listed", "noncommercial", "research", "computational", UNKNOWN}
    ),
    "flow_down": YES_NO,
    "same_license": YES_NO
    | {"none", "covered-part", "derived-data", "agreement-copy", "other-terms"},
    "output_training": frozenset(
        {"free", "same-line", "prefix", "derivative", "display", "noncommercial", "limited",
         "provider", "unsettled", UNKNOWN}
    ),
    "network_clause": YES_NO,
    "patent_grant": YES_NO | {"implied"},
    "evidence": frozenset({"standard", "text", "reported", "hub", "memory", "name"}),
}  # fmt: skip
"""The words that a column of ``licenses.csv`` may have."""

NOT_READ = frozenset({"reported", "hub", "memory"})
"""Kinds of evidence of a license whose text was not read: its facts are as others report them."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class KnownLicense:
    """What one license says. Every fact has ``unknown`` where it is not known.

    Attributes:
        license: The key used everywhere here; that of the Hub where the Hub has one.
        title: Its name.
        spdx: Its SPDX id or expression, else a ``LicenseRef-`` of its own.
        family: Licenses that ask for the same kind of thing.
        line: Versions and variants of one agreement share a line, such as ``llama`` or ``gpl``.
        version: Within its line.
        later: Of GNU licenses: ``only``, ``or-later``, or ``unstated`` as the Hub's keys are.
        commercial_use: ``conditional`` where there is a threshold or a registration.
        derivatives: ``no-sharing`` where adaptations may be made and not shared.
        redistribution: What may be passed on.
        attribution: Whether credit or a notice has to stay.
        copyleft_scope: What has to stay under it.
        use_restrictions: Which uses it rules out.
        flow_down: Whether these have to bind the next users too.
        same_license: What derivatives come under: it (``yes``), its agreement beside them
            (``agreement-copy``), its agreement or other terms that keep its limits
            (``other-terms``), the covered files alone (``covered-part``).
        name_prefix: How the name of a derivative has to begin, else ``none``.
        display: A line that products have to show, else ``none``.
        user_threshold: Users or revenue above which another license is needed, else ``none``.
        output_training: What holds for models trained on its outputs.
        network_clause: Whether offering it over a network counts as passing it on.
        patent_grant: Whether it grants patents.
        territory_limit: Where it grants nothing, else ``none``.
        compatible_with: Licenses that derivatives may move to.
        clause: The sections that say so, in the project's words.
        evidence: How it is known: ``standard`` public text, ``text`` read clause by clause,
            ``reported`` by others, ``hub`` lists the key alone, ``memory``, or only its ``name``.
        url: Where to read it.
        note: What else to know.
    """

    license: str
    title: str
    spdx: str
    family: LicenseFamily
    line: str
    version: str
    later: str
    commercial_use: str
    derivatives: str
    redistribution: str
    attribution: str
    copyleft_scope: str
    use_restrictions: str
    flow_down: str
    same_license: str
    name_prefix: str
    display: str
    user_threshold: str
    output_training: str
    network_clause: str
    patent_grant: str
    territory_limit: str
    compatible_with: tuple[str, ...]
    clause: str
    evidence: str
    url: str
    note: str

    @property
    def is_family_key(self) -> bool:
        """Whether the key names a family and not a text."""
        return self.license in FAMILY_KEYS

    @property
    def allows_commerce(self) -> bool:
        """Whether it grants commercial use, under conditions or without."""
        return self.commercial_use in {"yes", "conditional"}

    @property
    def prefix(self) -> str:
        """How the name of a derivative has to begin; empty if it need not."""
        return "" if self.name_prefix in {"none", UNKNOWN, ""} else self.name_prefix


@dataclass(frozen=True, slots=True)
class LicenseSpelling:
    """A spelling of a license.

    Attributes:
        name: Lower case, with hyphens.
        kind: ``hub-key``, ``license-name``, ``scancode-key``, ``spelling``, ``stale-name`` (the
            text behind it was replaced) or ``no-information``.
        license: The license, empty where the name says nothing.
        note: Why.
    """

    name: str
    kind: str
    license: str
    note: str


@dataclass(frozen=True, slots=True)
class Reason:
    """What a verdict can say.

    Attributes:
        reason: Its code.
        verdict: The verdict it gives unless a rule says otherwise.
        severity: The severity, likewise.
        meaning: A sentence with places for ``{up}``, ``{down}`` and the like.
        action: What to do about it, likewise.
    """

    reason: str
    verdict: Verdict
    severity: Severity
    meaning: str
    action: str


@cache
def load_licenses() -> dict[str, KnownLicense]:
    """Return all licenses by key.

    Raises:
        ConfigurationError: A row has a word that its column may not have.
    """
    found = {}
    for row in _rows("licenses.csv"):
        for column, allowed in VALUES.items():
            if row[column] not in allowed:
                raise ConfigurationError(
                    f"licenses.csv: {row['license']} has {column}={row[column]!r}",
                    next_step=f"write one of {', '.join(sorted(allowed))}",
                )
        kept: dict[str, object] = {field.name: row[field.name] for field in fields(KnownLicense)}
        kept["family"] = LicenseFamily(row["family"])
        kept["compatible_with"] = tuple(row["compatible_with"].split())
        found[row["license"]] = KnownLicense(**kept)  # type: ignore[arg-type]  # columns of one table
    return found


@cache
def load_names() -> dict[str, LicenseSpelling]:
    """Return all spellings by name; the keys of licenses are not repeated among them."""
    return {row["name"]: LicenseSpelling(**row) for row in _rows("names.csv")}


@cache
def load_addresses() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns of addresses of license texts, each with the license."""
    return tuple(
        (re.compile(row["pattern"], re.IGNORECASE), row["license"])
        for row in _rows("addresses.csv")
    )


@cache
def load_reasons() -> dict[str, Reason]:
    """Return all reasons by code."""
    return {
        row["reason"]: Reason(
            row["reason"], Verdict(row["verdict"]), Severity(row["severity"]), row["meaning"],
            row["action"],
        )
        for row in _rows("reasons.csv")
    }  # fmt: skip


def hub_keys() -> list[str]:
    """Return the license keys of the Hugging Face Hub, in order of name."""
    return sorted(name.name for name in load_names().values() if name.kind == "hub-key")


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / file).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
