"""Text of strangers on its way to a terminal."""

from __future__ import annotations

import json
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


def printable_json(document: str) -> str:
    r"""Return JSON with what would steer a terminal written as ``\u…``: the same values."""
    if document.isprintable():
        return document
    return "".join(
        sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in document
    )
