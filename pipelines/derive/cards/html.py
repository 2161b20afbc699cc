"""Tags in HTML that stands in Markdown: enough to see its text, links and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Possessive where an attribute may have megabytes: what was taken is never tried again shorter.
_PIECE = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(/?)([a-zA-Z][a-zA-Z0-9-]*+)((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>|[^<]+|<",
    re.DOTALL,
)
INLINE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*+)([^<>]*+)>")
_ATTRIBUTE = re.compile(
    r"(?<![a-zA-Z-])([a-zA-Z-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))"
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


def pieces(html: str) -> Iterator[tuple[str, str, int, int]]:
    """Return tags and texts with their places.

    A tag has its name (``/name`` if it closes) and its attributes, a text has neither. Comments are
    left out; an empty line is a break.
    """
    for match in _PIECE.finditer(html):
        if match[2]:
            yield (match[1] + match[2]).lower(), match[3], match.start(), match.end()
        elif not match[0].startswith("<!--"):
            at = match.start()
            for line in _PARAGRAPH.finditer(html, at, match.end()):
                yield "", "", at, line.start()
                yield "br", "", line.start(), line.end()
                at = line.end()
            yield "", "", at, match.end()


def attribute(attributes: str, name: str) -> str:
    """Return the value of an attribute, empty without it."""
    for match in _ATTRIBUTE.finditer(attributes):
        if match[1].lower() == name:
            return (match[2] or match[3] or match[4] or "").strip()
    return ""
