"""Text of strangers in documents for people: on one line, of bounded length, steering nothing."""

from __future__ import annotations

MOST = 300
"""Characters of one piece of text: no name on a hub is that long."""


def plain(text: str, most: int = MOST) -> str:
    """Return a text on one line, as far as people can read it.

    Line breaks, controls and marks that turn the direction of writing become blanks.

    Args:
        text: What a stranger may have written.
        most: Characters to keep.
    """
    if len(text) > most:
        text = f"{text[: most - 1]}…"
    return text if text.isprintable() else "".join(s if s.isprintable() else " " for s in text)
