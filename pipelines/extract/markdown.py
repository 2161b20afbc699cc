"""From the events of the Markdown parser to a document.

The parser (pulldown-cmark) tells places in bytes. It is given the card with each character beyond
ASCII replaced by one ASCII character, so that its bytes are code points; words are then taken from
the card itself. It works in linear time, without recursion.
"""

from __future__ import annotations

import re
from typing import Any

import pyromark

from miner.pipelines.extract.document import Code, Document, Link, Section, Span, Table
from miner.pipelines.extract.html import INLINE_TAG, attribute, pieces
from miner.pipelines.extract.pairs import read_pairs
from miner.pipelines.parse.front_matter import read_front_matter

MAX_CARD = 4_000_000
MAX_SPREAD = 50
_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SPACES = str.maketrans({"\u00a0": " ", "\u3000": " ", "\u2003": " ", "\u2009": " "})
_SHOWN = {**_SPACES, ord("\t"): " "}
_BLOB = re.compile(r"(?:data:[a-z]+/[a-z0-9.+-]+;base64,)?[A-Za-z0-9+/]{600,}={0,2}")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+", re.ASCII)
_EMPHASIS = re.compile(r"\*\*|__|(?<![\w*])[*_](?=\S)|(?<=\S)[*_](?![\w*])")
_CODE_LIKE = re.compile(
    r"^\s*(?:import|from|def|class|pip|python|git|curl|>>>|\$|#!)\b|\w\(.*\)\s*$"
    r"|^\s*[\w.]+\s*=\s|[{};]\s*$|@\w+\{",
    re.MULTILINE,
)
_BLOCKS = frozenset({"Paragraph", "Item", "Table", "BlockQuote", "FootnoteDefinition", "List"})
_BREAKING = frozenset({"p", "div", "li", "ul", "ol", "br", "table", "details", "summary", "center",
                       "section", "dt", "dd", "hr", "blockquote", "pre"})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD_LEVEL = 7


def read_document(card: str, model: str) -> Document:
    """Read a card.

    Args:
        card: The card as decoded; beyond four million code points the rest is not read.
        model: Its model, ``owner/name``.
    """
    front = read_front_matter(card)
    document = Document(card, model, front)
    _Builder(document).build(front.end)
    return document


class _Builder:
    def __init__(self, document: Document) -> None:
        self._doc = document
        self._card = document.card
        self._parts: list[str] = []
        self._length = 0
        self._section = Section("", 0, 0, ())
        self._heading: int | None = None
        self._level = 0
        self._cells: list[Span] | None = None
        self._cell: list[str] | None = None
        self._cell_span = (0, 0)
        self._table: Table | None = None
        self._code: list[Any] | None = None
        self._links: list[tuple[str, int, int, bool]] = []
        self._titles: list[tuple[int, str]] = []
        self._strong_from = -1
        self._strong_to = -1
        self._masked = ""
        self._shift = 0
        self._hidden = 0
        self._spans: dict[int, tuple[int, Span]] = {}
        self._spread = (1, 1)

    def build(self, start: int) -> None:
        doc = self._doc
        doc.sections.append(self._section)
        doc.section_starts.append(0)
        doc.blocks.append(0)
        doc.lines.append(0)
        body = self._card[start:MAX_CARD].translate(_SPACES)
        if len(body) > 100_000:
            body = _BLOB.sub(lambda match: " " * len(match[0]), body)
        self._shift = start
        self._masked = _BEYOND_ASCII.sub("x", body)
        html: list[int] = []
        for event, place in pyromark.events_with_range(self._masked, options=_OPTIONS):
            first, last = place["start"] + start, place["end"] + start
            if isinstance(event, dict):
                ((kind, value),) = event.items()
                if kind == "Html":
                    html = [html[0] if html else first, last]
                    continue
            else:
                kind, value = event, None
            if html:
                self._html(*html)
                html = []
            self._event(kind, value, first, last)
        if html:
            self._html(*html)
        self._break()
        doc.plain = "".join(self._parts)
        doc.low = doc.plain.lower() if doc.plain.isascii() else _lower(doc.plain)
        doc.all_code = "\n".join(code.text for code in doc.codes)
        self._bare_addresses()
        doc.pairs = list(read_pairs(doc))

    def _event(self, kind: str, value: Any, first: int, last: int) -> None:
        if kind == "Text":
            self._text(first, last)
        elif kind == "Start":
            self._start(value, first, last)
        elif kind == "End":
            self._end(value, first, last)
        elif kind in {"SoftBreak", "HardBreak"}:
            self._add(" ", first)
            self._doc.lines.append(self._length)
        elif kind == "Code":
            ticks = 1
            while ticks < (last - first) // 2 and self._card[first + ticks] == "`":
                ticks += 1
            self._text(first + ticks, last - ticks)
        elif kind == "InlineHtml":
            self._inline_html(first, last)

    def _text(self, first: int, last: int) -> None:
        if self._code is not None:
            self._code[2].append((first, last))
        else:
            self._add(self._card[first:last].translate(_SHOWN), first)

    def _add(self, words: str, first: int) -> None:
        """Add visible words, which stand at ``first`` in the card."""
        if self._hidden or not words:
            return
        if self._cell is not None:
            if not self._cell:
                self._cell_span = (first, first)
            self._cell.append(words.replace("\n", " "))
            self._cell_span = (self._cell_span[0], first + len(words))
            return
        if "\n" in words or "\r" in words:
            words = words.replace("\r", " ").replace("\n", " ")
        self._doc.plain_starts.append(self._length)
        self._doc.card_starts.append(first)
        self._parts.append(words)
        self._length += len(words)

    def _break(self) -> None:
        """End a block; a block of bold words alone is a heading without the mark."""
        if self._cell is not None:
            self._cell.append(" ")
            return
        start = self._doc.blocks[-1]
        if self._length <= start:
            return
        if (
            self._heading is None
            and self._strong_from == start
            and self._strong_to >= self._length - 1
            and self._length - start < 80
        ):
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

    def _start(self, value: Any, first: int, last: int) -> None:
        if isinstance(value, str):
            name, detail = value, None
        else:
            ((name, detail),) = value.items()
        if name in _BLOCKS:
            self._break()
        if name == "Heading":
            self._break()
            self._begin_heading(int(detail["level"][1]))
        elif name in {"TableHead", "TableRow"}:
            self._cells = []
        elif name == "TableCell":
            self._cell, self._cell_span = [], (first + 1, first + 1)
        elif name == "CodeBlock":
            self._break()
            language = detail["Fenced"] if isinstance(detail, dict) else ""
            self._code = [language.strip().lower(), first, []]
        elif name in {"Link", "Image"}:
            self._links.append((detail["dest_url"], self._length, first, name == "Image"))
        elif name == "Strong" and self._cell is None and self._strong_to != self._length:
            self._strong_from = self._length
        if name == "Table":
            self._table = Table([], [], first, self._length, self._section)

    def _end(self, value: Any, first: int, last: int) -> None:
        name = value if isinstance(value, str) else next(iter(value))
        if name == "Heading":
            self._finish_heading()
        elif name == "TableCell":
            self._close_cell()
        elif name in {"TableHead", "TableRow"}:
            self._close_row(is_head=name == "TableHead")
        elif name == "Table":
            self._close_table()
        elif name == "CodeBlock":
            self._close_code()
        elif name in {"Link", "Image"} and self._links:
            self._close_link(last)
        elif name == "Strong":
            self._strong_to = self._length
        if name in _BLOCKS:
            self._break()

    def _begin_heading(self, level: int) -> None:
        self._heading, self._level = self._length, level

    def _finish_heading(self) -> None:
        if self._heading is not None:
            start, self._heading = self._heading, None
            self._open_section("".join(self._block_parts(start)), self._level, start)
            self._heading = start
            self._break()
            self._heading = None

    def _close_cell(self) -> None:
        if self._cell is not None and self._cells is not None:
            text = "".join(self._cell)
            start, end = self._cell_span
            stripped = text.strip()
            self._cells.append(Span(stripped, start, max(end, start)))
        self._cell = None

    def _close_row(self, *, is_head: bool) -> None:
        if self._cells is not None and self._table is not None:
            if is_head and not self._table.header and not self._table.rows:
                self._table.header = self._cells
            elif self._cells:
                self._table.rows.append(self._cells)
        self._cells = None

    def _close_table(self) -> None:
        self._cell = None
        if self._table is not None and (self._table.rows or self._table.header):
            self._doc.tables.append(self._table)
        self._table = None

    def _close_code(self) -> None:
        if self._code is None:
            return
        language, first, parts = self._code
        self._code = None
        if not parts:
            return
        start, end = parts[0][0], parts[-1][1]
        text = self._card[start:end]
        if not language and self._card[first] not in "`~" and not _CODE_LIKE.search(text):
            self._indented(parts)
            return
        self._doc.codes.append(Code(language, text, start, self._section))

    def _indented(self, parts: list[tuple[int, int]]) -> None:
        """Show an indented block of words as text: many cards indent without meaning code."""
        for first, last in parts:
            self._break()
            self._add(self._card[first:last].translate(_SHOWN), first)
        self._break()

    def _close_link(self, last: int) -> None:
        url, at, first, is_image = self._links.pop()
        inside = self._masked.rfind(url, first - self._shift, last - self._shift) if url else -1
        if inside >= 0:
            url = self._card[inside + self._shift : inside + self._shift + len(url)]
        if self._cell is not None:
            text = "".join(self._cell)
            at = self._length
        else:
            text = "".join(self._block_parts(at))
        is_in_table = self._cell is not None
        self._doc.links.append(
            Link(text, url, at, self._length, first, last, is_image, is_in_table)
        )

    def _html(self, first: int, last: int) -> None:
        for tag, attributes, start, end in pieces(self._card[first:last]):
            if tag:
                self._tag(tag, attributes, first + start, first + end)
            else:
                self._add_html_text(first + start, first + end)

    def _add_html_text(self, first: int, last: int) -> None:
        """Add the text of an HTML block; blank lines in it end a block, emphasis marks go."""
        at = first
        for match in _EMPHASIS.finditer(self._card, first, last):
            self._add(self._card[at : match.start()], at)
            at = match.end()
        self._add(self._card[at:last], at)

    def _inline_html(self, first: int, last: int) -> None:
        match = INLINE_TAG.match(self._card, first, last)
        if match:
            self._tag((match[1] + match[2]).lower(), match[3], first, last)

    def _tag(self, tag: str, attributes: str, first: int, last: int) -> None:
        name = tag.lstrip("/")
        if name in {"script", "style"}:
            self._hidden = max(0, self._hidden + (-1 if tag[0] == "/" else 1))
        elif name in _HEADINGS:
            self._html_heading(tag)
        elif name in {"table", "tr", "td", "th"}:
            self._html_table(tag, attributes, first)
        elif name in _BREAKING:
            self._break()
        elif tag == "sup":
            self._add("^", first)
        elif tag == "a":
            self._links.append((attribute(attributes, "href"), self._length, first, False))
        elif tag == "/a" and self._links:
            self._close_link(last)
        elif tag in {"img", "iframe"} and (url := attribute(attributes, "src")):
            text = attribute(attributes, "alt")
            self._doc.links.append(
                Link(text, url, self._length, self._length, first, last, tag == "img")
            )

    def _html_heading(self, tag: str) -> None:
        if tag[0] != "/":
            self._break()
            self._begin_heading(int(tag[1]))
        else:
            self._finish_heading()

    def _html_table(self, tag: str, attributes: str, first: int) -> None:
        if tag == "table":
            self._break()
            self._spans = {}
            self._table = Table([], [], first, self._length, self._section)
        elif tag == "/table":
            self._end_html_row()
            self._close_table()
        elif self._table is None:
            return
        elif tag == "tr":
            self._end_html_row()
            self._cells = []
        elif tag == "/tr":
            self._end_html_row()
        elif tag in {"td", "th"}:
            self._close_html_cell()
            self._cell, self._cell_span = [], (first, first)
            self._spread = (_times(attributes, "rowspan"), _times(attributes, "colspan"))
        else:
            self._close_html_cell()

    def _close_html_cell(self) -> None:
        """Close a cell; one that reaches over columns stands in each of them."""
        if self._cell is None or self._cells is None:
            return
        self._fill_from_above()
        self._close_cell()
        rows, columns = self._spread
        cell, at = self._cells[-1], len(self._cells) - 1
        self._cells.extend([cell] * (columns - 1))
        if rows > 1:
            self._spans.update({at + index: (rows - 1, cell) for index in range(columns)})

    def _fill_from_above(self) -> None:
        """Repeat the cells that reach down from earlier rows."""
        while self._cells is not None and (above := self._spans.get(len(self._cells))):
            left, cell = above
            if left > 1:
                self._spans[len(self._cells)] = (left - 1, cell)
            else:
                del self._spans[len(self._cells)]
            self._cells.append(cell)

    def _end_html_row(self) -> None:
        self._close_html_cell()
        self._fill_from_above()
        if self._cells and self._table is not None:
            self._close_row(is_head=not self._table.header)
        self._cells = None

    def _bare_addresses(self) -> None:
        doc = self._doc
        taken = {link.start for link in doc.links}
        spans = sorted((link.at, link.end_at) for link in doc.links if link.end_at > link.at)
        index = 0
        for match in _ADDRESS.finditer(doc.plain):
            while index < len(spans) and spans[index][1] <= match.start():
                index += 1
            if index < len(spans) and spans[index][0] <= match.start():
                continue
            url = match[0].rstrip(".,;:!?)*_'")
            if url.count("(") > url.count(")") and match[0][len(url) : len(url) + 1] == ")":
                url += ")"
            start = doc.place(match.start())
            if start not in taken:
                end = match.start() + len(url)
                doc.links.append(Link(url, url, match.start(), end, start, start + len(url)))
        doc.links.sort(key=lambda link: link.start)


def _times(attributes: str, name: str) -> int:
    """Return over how many rows or columns a cell reaches."""
    text = attribute(attributes, name) if name in attributes else ""
    return min(max(int(text), 1), MAX_SPREAD) if text.isdecimal() else 1


def _lower(text: str) -> str:
    """Return a text in lower case, of the same length."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
