"""Text of strangers in documents for people: on one line, of bounded length, steering nothing."""

from __future__ import annotations

from collections.abc import Iterable

from miner.pipelines.check.license_terms import references_in
from miner.pipelines.check.report import LicenseName

MOST = 300
"""Characters of one piece of text: no name on a hub is that long."""


def plain(text: str, most: int = MOST) -> str:
    """Return a text on one line, as far as people can read it.

    Line breaks, controls and marks that turn the direction of writing become blanks.

    Args:
        text: What a stranger may have written.
        most: Characters to keep.
    """
    text = shortened(text, most)
    return text if text.isprintable() else "".join(s if s.isprintable() else " " for s in text)


def shortened(text: str, most: int = MOST) -> str:
    """Return a text, cut with a sign where it is longer than any honest one."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def readable(expression: str, licenses: Iterable[LicenseName]) -> str:
    """Return an SPDX expression with the titles of licenses that are on no list of SPDX's."""
    titles = {one.spdx: one.title for one in licenses}
    for ref in sorted(references_in(expression), key=len, reverse=True):
        expression = expression.replace(ref, plain(titles.get(ref, ref), 80))
    return expression
