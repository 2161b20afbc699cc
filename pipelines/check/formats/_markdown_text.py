"""Text of strangers in Markdown: as text, whatever signs are in it."""

from __future__ import annotations

import re

from miner.pipelines.check.plain_text import plain

_SPECIAL = re.compile(r"([\\`*_~\[\]<>|#&$])")
_SPLIT = re.compile(r"@(?=\w)|\\#(?=\d)|:(?=//)|\bwww(?=\.)")
_NOTHING = "<!-- -->"
_MOST = 600  # characters of a sentence


def text(words: str) -> str:
    """Return a text with everything escaped that Markdown, or a forge after it, would act on.

    A forge makes links of ``@name``, ``#1`` and addresses even where they are escaped: an empty
    comment inside keeps them apart.
    """
    escaped = _SPECIAL.sub(r"\\\1", plain(words, _MOST))
    return _SPLIT.sub(lambda found: found[0] + _NOTHING, escaped)


def code(words: str) -> str:
    """Return a text as code; what would end the code or the cell is replaced."""
    shown = plain(words).replace("`", "'").replace("|", "¦").strip()
    return f"`{shown}`" if shown else ""


def linked(shown: str, url: str) -> str:
    """Return Markdown as a link, or as it is where there is no address."""
    if not url.startswith(("https://", "http://")) or len(url) > _MOST:
        return shown
    address = re.sub(r"[^\w.~:/?#@!$&'*+,;=%-]", lambda s: _percent(s[0]), url, flags=re.ASCII)
    return f"[{shown}]({address})"


def _percent(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode())


def details(summary: str, lines: list[str]) -> str:
    """Return lines that are folded away; nothing without any."""
    if not lines:
        return ""
    body = "\n".join(lines)
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>\n"


def table(columns: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table, its cells being Markdown already; nothing without rows."""
    if not rows:
        return []
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows)]
