"""From the events of the Markdown parser to a document.

The parser (pulldown-cmark) tells places in bytes. It gets the card with each character beyond
ASCII replaced by one ASCII character, so that its bytes are code points; words are then taken from
the card itself. It works in linear time, without recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyromark

from miner.pipelines.derive.cards import characters
from miner.pipelines.derive.cards.document import CardLink, CodeBlock, Document, Section
from miner.pipelines.derive.cards.drawn import drawn_tables
from miner.pipelines.derive.cards.html import INLINE_TAG, attribute, pieces
from miner.pipelines.derive.cards.key_values import read_pairs
from miner.pipelines.derive.cards.table_builder import TableBuilder
from miner.pipelines.sources.records.front_matter import read_front_matter
from miner.schema.patterns import bounded

MAX_CARD = 4_000_000
MAX_PLAIN = 1_000_000
"""Characters of visible text; the longest of the Hub that was seen has half as many."""
MAX_TITLE = 80
MAX_PARTS = 500
MAX_OPEN_LINKS = 50
MAX_LINKS = 5_000
MAX_EVENTS = 500_000
"""Of the Markdown parser: half a million marks, line ends and pieces of text."""
MAX_PAIRS = 10_000
_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+", re.ASCII)
_EMPHASIS = re.compile(r"\*\*|__|(?<![\w*])[*_](?=\S)|(?<=\S)[*_](?![\w*])")
_CODE_LIKE = bounded(
    r"^\s*(?:import|from|def|class|pip|python|git|curl|>>>|\$|#!)\b"
    r"|^\s*[\w.]+\s*=\s|[{};]\s*$|@\w+\{",
    re.MULTILINE,
)
_CALL = re.compile(r"\w\(")
_BLOCKS = frozenset(
    {"Paragraph", "Item", "Table", "BlockQuote", "FootnoteDefinition", "List", "Heading",
     "CodeBlock"}
)  # fmt: skip
_BREAKING = frozenset({"p", "div", "li", "ul", "ol", "br", "details", "summary", "center",
                       "section", "dt", "dd", "hr", "blockquote", "pre"})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TABLE_TAGS = frozenset({"table", "tr", "td", "th"})
_BOLD_LEVEL = 7


def read_document(card: str, model: str) -> Document:
    """Read a card.

    Args:
        card: The card as decoded; beyond four million code points, and beyond a million of
            visible text, the rest is not read; ``Document.cut`` says so.
        model: Its model, ``owner/name``.
    """
    front = read_front_matter(card)
    document = Document(card, model, front)
    _DocumentBuilder(document).build(front.end)
    return document


def _is_code_like(text: str) -> bool:
    """Tell whether indented lines look like code; calls by line, each looked at once."""
    lines = (line.rstrip() for line in text.split("\n"))
    return _CODE_LIKE.search(text) is not None or any(
        line.endswith(")") and _CALL.search(line, 0, len(line) - 1) for line in lines
    )


@dataclass(slots=True)
class _OpenCode:
    language: str
    mark: str
    parts: list[tuple[int, int]]


@dataclass(slots=True)
class _OpenLink:
    url: str
    at: int
    start: int
    piece: int
    is_image: bool


class _DocumentBuilder:
    def __init__(self, document: Document) -> None:
        self._doc = document
        self._card = document.card
        self._shown = ""
        self._masked = ""
        self._shift = 0
        self._parts: list[str] = []
        self._length = 0
        self._section = Section("", 0, 0, ())
        self._titles: list[tuple[int, str]] = []
        self._heading: tuple[int, int] | None = None
        self._strong = (-1, -1)
        self._hidden = 0
        self._code: _OpenCode | None = None
        self._links: list[_OpenLink] = []
        self._table = TableBuilder()

    def build(self, start: int) -> None:
        doc = self._doc
        doc.sections.append(self._section)
        for places in (doc.section_starts, doc.blocks, doc.lines):
            places.append(0)
        self._shift = start
        body = self._prepare(start)
        html: list[int] = []
        events = pyromark.events_with_range(body, options=_OPTIONS)
        for event, place in islice(events, MAX_EVENTS):
            first, last = place["start"] + start, place["end"] + start
            kind: str
            value: Any = None
            if isinstance(event, str):
                kind = event
            else:
                ((kind, value),) = event.items()
            if kind == "Html":
                html = [html[0] if html else first, last]
                continue
            if html:
                self._html(*html)
                html = []
            self._event(kind, value, first, last)
        if next(events, None) is not None:
            doc.note_cut(f"more than {MAX_EVENTS:,} pieces of Markdown")
        if html:
            self._html(*html)
        self._finish()

    def _prepare(self, start: int) -> str:
        """Return what the parser gets: ASCII alone, without endless words."""
        if len(self._card) > MAX_CARD:
            self._doc.note_cut(f"more than {MAX_CARD:,} characters")
        body = characters.readable(self._card[start:MAX_CARD])
        self._shown = body.replace("\t", " ")
        self._masked = characters.masked(body)
        return self._masked

    def _finish(self) -> None:
        self._break()
        doc = self._doc
        doc.plain = "".join(self._parts)
        doc.low = doc.plain.lower() if doc.plain.isascii() else _lower(doc.plain)
        doc.tables = sorted([*doc.tables, *self._table.tables], key=lambda table: table.start)
        for reason in sorted(self._table.cut):
            doc.note_cut(reason)
        self._bare_addresses()
        doc.pairs = list(islice(read_pairs(doc), MAX_PAIRS))
        if len(doc.pairs) == MAX_PAIRS:
            doc.note_cut(f"{MAX_PAIRS:,} keys with values or more")

    def _event(self, kind: str, value: Any, first: int, last: int) -> None:
        if kind == "Text":
            self._text(first, last)
        elif kind == "Start":
            self._start(value, first)
        elif kind == "End":
            self._end(value, last)
        elif kind in {"SoftBreak", "HardBreak"}:
            self._add(" ", first)
            self._doc.lines.append(self._length)
        elif kind == "Code":
            ticks = 1
            while ticks < (last - first) // 2 and self._card[first + ticks] == "`":
                ticks += 1
            self._text(first + ticks, last - ticks)
        elif kind == "InlineHtml":
            match = INLINE_TAG.match(self._card, first, last)
            if match:
                self._tag((match[1] + match[2]).lower(), match[3], first, last)

    def _text(self, first: int, last: int) -> None:
        if self._code is not None:
            self._code.parts.append((first, last))
        else:
            self._add(self._words(first, last), first)

    def _words(self, first: int, last: int) -> str:
        return self._shown[first - self._shift : last - self._shift]

    def _add(self, words: str, first: int) -> None:
        """Add visible words, which stand at ``first`` in the card."""
        if self._hidden or not words:
            return
        if "\n" in words or "\r" in words:
            words = words.replace("\r", " ").replace("\n", " ")
        if self._table.in_cell:
            self._table.add(words, first)
            return
        if self._length + len(words) > MAX_PLAIN:
            self._doc.note_cut(f"more than {MAX_PLAIN:,} characters of text")
            words = words[: max(0, MAX_PLAIN - self._length)]
        self._doc.plain_starts.append(self._length)
        self._doc.card_starts.append(first)
        self._parts.append(words)
        self._length += len(words)

    def _break(self) -> None:
        """End a block; a block of bold words alone is a heading without the mark."""
        if self._table.in_cell:
            self._table.add(" ", 0)
            return
        start = self._doc.blocks[-1]
        if self._length <= start:
            return
        if self._heading is None and self._strong[0] == start:
            is_whole = self._strong[1] >= self._length - 1
            if is_whole and self._length - start < MAX_TITLE:
                self._open_section("".join(self._block_parts(start)), _BOLD_LEVEL, start)
        self._parts.append("\n")
        self._length += 1
        self._doc.blocks.append(self._length)
        self._doc.lines.append(self._length)

    def _block_parts(self, start: int) -> list[str]:
        index = len(self._doc.plain_starts)
        count = 0
        while index > 0 and self._doc.plain_starts[index - 1] >= start:
            index -= 1
            count += 1
            if count >= MAX_PARTS:
                break
        return self._parts[-count:] if count else []

    def _open_section(self, title: str, level: int, start: int) -> None:
        while self._titles and self._titles[-1][0] >= level:
            self._titles.pop()
        title = title.strip().rstrip(":")
        self._titles.append((level, title.lower()))
        path = tuple(text for _, text in self._titles)
        self._section = Section(title, level, start, path)
        self._doc.sections.append(self._section)
        self._doc.section_starts.append(start)

    def _start(self, value: Any, first: int) -> None:
        detail: Any = None
        name, detail = (value, None) if isinstance(value, str) else next(iter(value.items()))
        if name in _BLOCKS:
            self._break()
        if name == "Item":
            self._doc.items.append(self._length)
        elif name == "Strong":
            if not self._table.in_cell and self._strong[1] != self._length:
                self._strong = (self._length, -1)
        elif name in {"Link", "Image"}:
            self._open_link(detail["dest_url"], first, is_image=name == "Image")
        elif name == "Heading":
            self._heading = (self._length, int(detail["level"][1]))
        elif name == "CodeBlock":
            language = str(detail["Fenced"]) if isinstance(detail, dict) else ""
            self._code = _OpenCode(language.strip().lower(), self._card[first], [])
        else:
            self._start_table(name, first)

    def _start_table(self, name: str, first: int) -> None:
        if name == "Table":
            self._table.open(first, self._length, self._section)
        elif name in {"TableHead", "TableRow"}:
            self._table.start_row()
        elif name == "TableCell":
            self._table.start_cell(first + 1)

    def _end(self, value: Any, last: int) -> None:
        name = value if isinstance(value, str) else next(iter(value))
        if name == "Strong":
            self._end_strong()
        elif name == "Heading":
            self._end_heading()
        elif name == "TableCell":
            self._table.end_cell()
        elif name in {"TableHead", "TableRow"}:
            self._table.end_row()
        elif name == "Table":
            self._table.close()
        elif name == "CodeBlock":
            self._end_code()
        elif name in {"Link", "Image"} and self._links:
            self._end_link(last)
        if name in _BLOCKS:
            self._break()

    def _end_strong(self) -> None:
        start = self._strong[0]
        self._strong = (start, self._length)
        if start == self._doc.blocks[-1] < self._length and not self._table.in_cell:
            self._doc.leads.append((start, self._length))

    def _end_heading(self) -> None:
        if self._heading is not None:
            start, level = self._heading
            self._open_section("".join(self._block_parts(start)), level, start)
            self._break()
            self._heading = None

    def _end_code(self) -> None:
        code, self._code = self._code, None
        if code is None or not code.parts:
            return
        start, end = code.parts[0][0], code.parts[-1][1]
        text = self._card[start:end]
        if not code.language and code.mark not in "`~" and not _is_code_like(text):
            for first, last in code.parts:  # many cards indent without meaning code
                self._break()
                self._add(self._words(first, last), first)
            self._break()
            return
        self._doc.codes.append(CodeBlock(code.language, text, start, self._section))
        if text.lstrip()[:1] == "|" or "\n|--" in text or "\n|:-" in text or "\n| -" in text:
            self._doc.tables.extend(drawn_tables(text, start, self._length, self._section))

    def _open_link(self, url: str, first: int, *, is_image: bool) -> None:
        if len(self._links) < MAX_OPEN_LINKS:
            self._links.append(_OpenLink(url, self._length, first, self._table.length, is_image))

    def _end_link(self, last: int) -> None:
        link = self._links.pop()
        if self._is_full():
            return
        first, url, shift = link.start, link.url, self._shift
        inside = self._masked.rfind(url, first - shift, last - shift) if url else -1
        if inside >= 0:
            url = self._card[inside + shift : inside + shift + len(url)]
        is_in_cell = self._table.in_cell
        at = self._length if is_in_cell else link.at
        text = self._table.text_from(link.piece) if is_in_cell else "".join(self._block_parts(at))
        self._doc.links.append(
            CardLink(text, url, at, self._length, first, last, link.is_image, is_in_cell)
        )

    def _is_full(self) -> bool:
        """Return whether no more addresses are read, and note it."""
        if len(self._doc.links) < MAX_LINKS:
            return False
        self._doc.note_cut(f"more than {MAX_LINKS:,} addresses")
        return True

    def _html(self, first: int, last: int) -> None:
        for tag, attributes, start, end in pieces(self._card[first:last]):
            if tag:
                self._tag(tag, attributes, first + start, first + end)
            else:
                self._html_text(first + start, first + end)

    def _html_text(self, first: int, last: int) -> None:
        """Add the text of an HTML block without marks of emphasis."""
        at = first
        for match in _EMPHASIS.finditer(self._card, first, last):
            self._add(self._words(at, match.start()), at)
            at = match.end()
        self._add(self._words(at, last), at)

    def _tag(self, tag: str, attributes: str, first: int, last: int) -> None:
        name = tag.lstrip("/")
        if name in {"script", "style"}:
            self._hidden = max(0, self._hidden + (-1 if tag[0] == "/" else 1))
        elif name in _HEADINGS:
            self._html_heading(tag)
        elif name in _TABLE_TAGS:
            self._html_table(tag, attributes, first)
        elif name in _BREAKING:
            self._break()
        elif tag == "sup":
            self._add("^", first)
        elif tag == "sub" and self._table.in_cell:
            self._add("_", first)
        elif tag == "a":
            self._open_link(attribute(attributes, "href"), first, is_image=False)
        elif tag == "/a" and self._links:
            self._end_link(last)
        elif tag in {"img", "iframe"} and (url := attribute(attributes, "src")):
            self._picture(url, attributes, first, last, is_image=tag == "img")

    def _picture(self, url: str, attributes: str, first: int, last: int, *, is_image: bool) -> None:
        if not self._is_full():
            text, at = attribute(attributes, "alt"), self._length
            self._doc.links.append(CardLink(text, url, at, at, first, last, is_image))

    def _html_heading(self, tag: str) -> None:
        if tag[0] == "/":
            self._end_heading()
        else:
            self._break()
            self._heading = (self._length, int(tag[1]))

    def _html_table(self, tag: str, attributes: str, first: int) -> None:
        if tag == "table":
            self._break()
            self._table.open(first, self._length, self._section)
        elif tag == "/table":
            self._table.close()
        elif tag == "tr":
            self._table.start_row()
        elif tag == "/tr":
            self._table.end_row()
        elif tag in {"td", "th"}:
            self._table.start_cell(first, attributes)
        else:
            self._table.end_cell()

    def _bare_addresses(self) -> None:
        doc = self._doc
        linked = {link.start for link in doc.links}
        spans = sorted((link.at, link.end_at) for link in doc.links if link.end_at > link.at)
        index = 0
        for match in _ADDRESS.finditer(doc.plain):
            if self._is_full():
                break
            while index < len(spans) and spans[index][1] <= match.start():
                index += 1
            if index < len(spans) and spans[index][0] <= match.start():
                continue
            url = match[0].rstrip(".,;:!?)*_'")
            if url.count("(") > url.count(")") and match[0][len(url) : len(url) + 1] == ")":
                url += ")"
            start = doc.place(match.start())
            if start not in linked:
                end = match.start() + len(url)
                doc.links.append(CardLink(url, url, match.start(), end, start, start + len(url)))
        doc.links.sort(key=lambda link: link.start)


def _lower(text: str) -> str:
    """Return a text in lower case, of the same length."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
