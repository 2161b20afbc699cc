"""Papers and repositories that the files of a repository link.

A paper counts wherever it is linked, in a document or in a comment of source; another repository
only where a README links it: elsewhere such addresses are issues, badges and packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.prefilter import compiled
from miner.pipelines.scan.site import SourceLink

MAX_LINKS = 500
"""Targets that are kept of one repository: lists of links ("awesome" pages) name thousands."""

_PAPER_KINDS = frozenset({FileKind.DOCS, FileKind.PYTHON, FileKind.NOTEBOOK})
_PAPER_HINTS = (b"rxiv", b"rXiv", b".co/papers/")
# arXiv's scheme of ids since 2007-04: YYMM.number, the month from 01 to 12
_PAPER = compiled(
    rb"(?i:arxiv\.org/(?:abs|pdf|html|e-print)/|\barxiv\s?[:.]\s?|\b(?:huggingface|hf)\.co/papers/)"
    rb"([0-8]\d(?:0[1-9]|1[0-2])\.\d{4,5})(?:\D|$)"
)
_REPOSITORY = re.compile(
    rb"\bgithub\.com[/:](?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/(?P<name>[A-Za-z0-9._-]{1,100})"
)
_NO_OWNERS = frozenset(
    {b"about", b"apps", b"features", b"marketplace", b"orgs", b"settings", b"sponsors", b"topics",
     b"user-attachments", b"users"}
)  # fmt: skip


class LinkReader:
    """Collects the links of one repository, each target at its first place by depth and path."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], SourceLink] = {}

    def add(self, path: str, data: bytes, kind: FileKind) -> None:
        """Read the links of a file.

        Args:
            path: Path inside the repository.
            data: Its bytes, UTF-8 or a superset of ASCII.
            kind: What kind of file it is.
        """
        if kind in _PAPER_KINDS and any(hint in data for hint in _PAPER_HINTS):
            self._take(path, data, "paper", _PAPER.finditer(data))
        if kind is FileKind.DOCS and _is_readme(path) and b"github.com" in data:
            self._take(path, data, "repository", _REPOSITORY.finditer(data))

    def links(self) -> list[SourceLink]:
        """Return what was found, nearest to the root first."""
        return sorted(self._found.values(), key=_order)[:MAX_LINKS]

    def _take(self, path: str, data: bytes, kind: str, matches: Iterator[re.Match[bytes]]) -> None:
        line, counted = 1, 0
        for match in matches:
            target = match[1].decode() if kind == "paper" else _repository(match)
            if target is None:
                continue
            line += data.count(b"\n", counted, match.start())
            counted = match.start()
            link = SourceLink(kind, target, path, line)
            found = self._found.get((kind, target.lower()))
            if found is None or _order(link) < _order(found):
                self._found[kind, target.lower()] = link


def _repository(match: re.Match[bytes]) -> str | None:
    owner, name = match["owner"], match["name"].rstrip(b".").removesuffix(b".git")
    if not name or owner.lower() in _NO_OWNERS:
        return None
    return f"{owner.decode('ascii')}/{name.decode('ascii')}"


def _is_readme(path: str) -> bool:
    return path.rsplit("/", 1)[-1].lower().startswith("readme")


def _order(link: SourceLink) -> tuple[int, str, int, str, str]:
    return link.path.count("/"), link.path, link.line, link.kind, link.target
