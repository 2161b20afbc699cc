"""How two licenses stand to each other, apart from any relation: same, a version, compatible."""

from __future__ import annotations

from enum import StrEnum

from miner.schema.licenses import KnownLicense
from miner.schema.licenses.terms import LicenseFamily

_GNU = frozenset({"gpl", "lgpl", "agpl"})


class Step(StrEnum):
    """Where a derivative of one license ends up under another."""

    SAME = "same"  # one license, under whatever names
    LATER = "later"  # a later version, and the first one allows it
    OPEN = "open"  # turns on only or or-later, or on a version that is not stated
    OTHER_VERSION = "other-version"  # a version of the same line, and the first is silent on it
    EARLIER = "earlier"  # an earlier version
    COMPATIBLE = "compatible"  # another license that the first one names
    FAMILY = "family"  # a family key that may or may not hold a license that fits
    NONE = "none"  # another license


def step(up: KnownLicense, down: KnownLicense) -> Step:
    """Return how the license of a derivative stands to that of its source."""
    if up.license == down.license:
        return Step.SAME
    if up.line and up.line == down.line:
        return _in_line(up, down)
    if down.license in up.compatible_with:
        return Step.COMPATIBLE
    if down.is_family_key and any(_may_be(down, key) for key in (*up.compatible_with, up.license)):
        return Step.FAMILY
    return Step.NONE


def _in_line(up: KnownLicense, down: KnownLicense) -> Step:
    if up.line in _GNU:
        return _gnu(up, down)
    if down.license in up.compatible_with:
        return Step.LATER
    if not up.line.startswith("cc"):
        return Step.OTHER_VERSION
    if not (up.version and down.version):
        return Step.OPEN
    return Step.LATER if _number(up) < _number(down) else Step.EARLIER


def _gnu(up: KnownLicense, down: KnownLicense) -> Step:
    if not (up.version and down.version):
        return Step.FAMILY
    if up.version == down.version:
        return Step.OPEN if (up.later, down.later) == ("only", "or-later") else Step.SAME
    if _number(up) > _number(down):
        return Step.EARLIER
    return {"or-later": Step.LATER, "only": Step.NONE}.get(up.later, Step.OPEN)


def _number(one: KnownLicense) -> float:
    return float(one.version)


def _may_be(family_key: KnownLicense, key: str) -> bool:
    return key.startswith(f"{family_key.license}-")


def restricts_uses(one: KnownLicense) -> bool | None:
    """Return whether a license rules out listed uses for all who follow; None if not known.

    A limit to non-commercial or research use is another matter and does not count.
    """
    if one.family is LicenseFamily.PROVIDER_TERMS:
        return None
    if one.use_restrictions == "listed":
        return one.flow_down != "no"
    if one.use_restrictions == "unknown" and one.family in {
        LicenseFamily.COMMUNITY,
        LicenseFamily.UNKNOWN,
    }:
        return None if not one.is_family_key else False
    return False


def is_unread(one: KnownLicense) -> bool:
    """Return whether no more than the name of a license is known."""
    return one.family is LicenseFamily.UNKNOWN and not one.is_family_key
