"""Text of strangers on its way to a terminal."""

from __future__ import annotations

import sys


def printable(text: str, keep: str = "") -> str:
    """Return a text with everything that would steer a terminal escaped.

    That is whatever Unicode calls not printable: C0 and C1 controls (ESC among them), DEL, marks
    that turn the direction of writing, characters without width, lone surrogates.

    Args:
        text: What a stranger may have written.
        keep: Characters to leave as they are, such as line breaks.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in keep else sign.encode("unicode_escape").decode()
        for sign in text
    )


def for_stdout(text: str) -> str:
    """Return a document for stdout: escaped where that is a terminal, else as it is.

    Args:
        text: The document; line breaks and tabs stay.
    """
    return printable(text, keep="\n\t") if sys.stdout.isatty() else text
