"""Where a fact was read: an address that opens, the line in the card, the words themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from miner.errors import InvalidData
from miner.pipelines.intake.files import CARD, CONFIG
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.records.card import decode
from miner.pipelines.sources.records.payload import blob_sha
from miner.schema.vocab import Source

Evidence = dict[str, object]
"""Keys: blob_sha, start, end (code points), line (from 1), url, quote. Null where not known."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses of one model: by the patterns of its hub, or its own where it is an entry point.

    Attributes:
        name: The model.
        model_page: Pattern with ``{name}``.
        revision_page: Pattern with ``{name}`` and ``{revision}``.
        file_page: Pattern with ``{name}``, ``{revision}`` and ``{path}``.
        own: Where the entry point stands.
        own_tree: Its repository at the commit read.
        own_card: The page about it.
    """

    name: str
    model_page: str | None = None
    revision_page: str | None = None
    file_page: str | None = None
    own: str | None = None
    own_tree: str | None = None
    own_card: str | None = None

    def model(self) -> str | None:
        """Return the address of the model."""
        return self._filled(self.model_page) or self.own_card or self.own

    def revision(self, revision: str) -> str | None:
        """Return the address of a revision."""
        return self.own_tree or self._filled(self.revision_page, revision=revision)

    def file(self, revision: str, path: str) -> str | None:
        """Return the address of a file in a revision."""
        if path == CARD and self.own_card is not None:
            return self.own_card
        return self._filled(self.file_page, revision=revision, path=path)

    def _filled(self, pattern: str | None, **values: str) -> str | None:
        return pattern.format(name=self.name, **values) if pattern else None


@dataclass(frozen=True, slots=True)
class ArchivedCard:
    """The text of a model's card as archived.

    Attributes:
        blob_sha: The blob it is, None where no card is stored.
        revision: The commit it was fetched at.
        text: Its text, None where it is not stored or cannot be read.
        problem: Why a stored card cannot be read; empty otherwise.
    """

    blob_sha: str | None = None
    revision: str | None = None
    text: str | None = None
    problem: str = ""


def read_card(
    archive_dir: Path, place: tuple[str, int] | None, sha: str | None, revision: str | None
) -> ArchivedCard:
    """Read a card from the archive.

    Args:
        archive_dir: Folder of the segments.
        place: Segment and offset of the answer, None where nothing was fetched.
        sha: Git blob sha that the store has for it.
        revision: Commit it was fetched at.
    """
    if place is None or sha is None:
        return ArchivedCard(revision=revision)
    try:
        body = ArchiveReader(archive_dir).read(*place).body
    except InvalidData as error:
        return ArchivedCard(sha, revision, problem=error.message)
    if blob_sha(body) != sha:
        return ArchivedCard(sha, revision, problem=f"the archive holds other bytes than blob {sha}")
    return ArchivedCard(sha, revision, decode(body)[0])


class Witness:
    """Makes the evidence of one model's facts.

    Args:
        pages: The model's addresses.
        sha: Its head revision.
        card: Its card, for lines and quotes.
        with_quotes: Quote the card's words.
    """

    def __init__(
        self, pages: Pages, sha: str | None, card: ArchivedCard, *, with_quotes: bool
    ) -> None:
        self._pages, self._sha = pages, sha
        self._card = card
        self._with_quotes = with_quotes

    def of(
        self,
        source: str,
        blob: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Evidence:
        """Return where a fact of a source was read.

        Lines and quotes need the very blob that was read; of another one only its sha is shown.
        """
        line = quote = None
        text = self._card.text if blob == self._card.blob_sha else None
        if text is not None and start is not None and end is not None:
            line = text.count("\n", 0, start) + 1
            quote = text[start:end] if self._with_quotes else None
        url = self._url(source)
        if url is not None and line is not None:
            url += f"#L{line}"
        return {
            "blob_sha": blob, "start": start, "end": end, "line": line, "url": url, "quote": quote,
        }  # fmt: skip

    def of_file(self, path: str, blob: str | None, start: int | None, end: int | None) -> Evidence:
        """Return where a fact of a license file was read."""
        url = self._pages.file(self._sha, path) if self._sha else None
        return {
            "blob_sha": blob, "start": start, "end": end, "line": None, "url": url, "quote": None,
        }  # fmt: skip

    def _url(self, source: str) -> str | None:
        """Return the page of a fact: card, config, or the revision as a whole."""
        card_revision = self._card.revision or self._sha
        revision, path = {
            Source.CARD.value: (card_revision, CARD),
            Source.CARD_RULE.value: (card_revision, CARD),
            Source.CARD_LLM.value: (card_revision, CARD),
            Source.DECLARED.value: (self._sha, CARD),
            Source.CONFIG.value: (self._sha, CONFIG),
        }.get(source, (self._sha, ""))
        if not revision:
            return None
        return self._pages.file(revision, path) if path else self._pages.revision(revision)
