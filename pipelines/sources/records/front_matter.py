"""The YAML block at the head of a card, read with bounds and with the place of every value.

The library's parser gives events, and values are built from them here without recursion:
scalars stay texts (`no` is Norwegian, a date is what was written), no tag makes an object, an
alias is copied only within the bound, and each scalar knows its code points in the card.

A place covers a value as written: without quotes, anchor, tag, the header of a block scalar and
the space around it. So ``card[start:end] == value`` for plain and quoted values on one line without
escapes; otherwise the source text stands there, with its escapes, line ends and indentation.
An alias has the place of what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from miner.schema.patterns import bounded
from miner.schema.vocab import ParseState

MAX_CHARACTERS = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 40
_OPENING = bounded(r"\ufeff?\s*---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|\s#.*)*)+")
_BLOCK_HEADER = re.compile(r"[|>].*\s*")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(str):
    """A value as written, with its place.

    Attributes:
        start: First code point in the card, of the value as written.
        end: One past its last code point.
    """

    __slots__ = ("end", "start")
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands at the head of a card.

    Attributes:
        data: Keys and values; empty unless ``state`` is parsed.
        state: ``vocab.ParseState``: parsed, empty (none there), unparsable.
        reason: Why it is unparsable, one line; empty otherwise.
        end: First code point of the card's text behind the block.
    """

    data: dict[str, object] = field(default_factory=dict)
    state: str = ParseState.EMPTY.value
    reason: str = ""
    end: int = 0


class _Unusable(Exception):
    pass


def read_front_matter(card: str) -> FrontMatter:
    """Read the front matter of a card.

    Args:
        card: The card as decoded; a byte-order mark may stand before the block.
    """
    opening = _OPENING.match(card)
    if opening is None:
        return FrontMatter()
    closing = _CLOSING.search(card, opening.end())
    if closing is None:
        return FrontMatter(state=ParseState.UNPARSABLE.value, reason="the block is not closed")
    data, reason = _load(card[opening.end() : closing.start()], opening.end())
    if reason:
        return FrontMatter(state=ParseState.UNPARSABLE.value, reason=reason, end=closing.end())
    if not data:
        return FrontMatter(end=closing.end())
    return FrontMatter(data, ParseState.PARSED.value, "", closing.end())


def _load(block: str, offset: int) -> tuple[dict[str, object], str]:
    """Return a block's keys and values, or why there are none."""
    if len(block) > MAX_CHARACTERS:
        return {}, f"{len(block)} characters, more than {MAX_CHARACTERS}"
    try:
        data = _Builder(block, offset).build(iter(yaml.CBaseLoader(block).get_event, None))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())[:200]
        # libyaml from 0.2.6 on has a bound of its own, and meets it before it gives an event
        is_deep = "maximum nesting depth" in reason
        return {}, f"nested deeper than {MAX_DEPTH}" if is_deep else reason
    except _Unusable as error:
        return {}, str(error)
    if data is None:
        return {}, ""
    if not isinstance(data, dict):
        found = "list" if isinstance(data, list) else "text"
        return {}, f"a {found} where keys and values are expected"
    return data, ""


class _Builder:
    """Builds values from events. ``offset`` is where the block begins in the card."""

    def __init__(self, block: str, offset: int) -> None:
        self._block = block
        self._offset = offset
        self._skipped = int(block.startswith("\ufeff"))  # libyaml does not count a leading mark
        self._nodes = 0
        self._anchors: dict[str, object] = {}

    def build(self, events: Iterator[yaml.Event]) -> object:
        stack: list[tuple[list[object], bool, str | None]] = []
        root: list[object] = []
        items = root
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                value: object = self._scalar(event)
            elif isinstance(event, yaml.AliasEvent):
                value = self._alias(event.anchor)
            elif isinstance(event, yaml.CollectionStartEvent):
                if len(stack) >= MAX_DEPTH:
                    raise _Unusable(f"nested deeper than {MAX_DEPTH}")
                items = []
                stack.append((items, isinstance(event, yaml.MappingStartEvent), event.anchor))
                continue
            elif isinstance(event, yaml.CollectionEndEvent):
                of_collection, is_mapping, anchor = stack.pop()
                value = _mapping(of_collection) if is_mapping else of_collection
                if anchor is not None:
                    self._anchors[anchor] = value
                items = stack[-1][0] if stack else root
            elif isinstance(event, yaml.DocumentEndEvent):
                break
            else:
                continue
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise _Unusable(f"more than {MAX_NODES} values")
            items.append(value)
        return root[0] if root else None

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar | None:
        text, style = event.value, event.style
        if not style and event.tag is None and text in _NULLS:
            value = None
        else:
            value = Scalar(text.replace("\x00", "\ufffd"))  # an escape can write it
            start, end = self._place(event, style)
            value.start, value.end = self._offset + start, self._offset + end
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _place(self, event: yaml.ScalarEvent, style: str | None) -> tuple[int, int]:
        """Return where a value as written stands in the block."""
        if event.start_mark is None or event.end_mark is None:
            raise _Unusable("the parser gives no places")
        start = event.start_mark.index + self._skipped
        end = event.end_mark.index + self._skipped
        if (event.anchor or event.tag) and (before := _PROPERTIES.match(self._block, start, end)):
            start = before.end()
        if not style:
            return start, end
        if style in {"'", '"'}:
            return start + 1, end - 1
        if style in {"|", ">"} and (before := _BLOCK_HEADER.match(self._block, start, end)):
            start = before.end()
            end = start + len(self._block[start:end].rstrip())
        return start, end

    def _alias(self, anchor: str | None) -> object:
        value = self._anchors.get(anchor or "")
        self._nodes += _size(value)  # a bomb of aliases counts as what it would unfold to
        return value


def _size(value: object) -> int:
    """Return how many values one value unfolds to, counted up to the bound."""
    count, todo = 0, [value]
    while todo and count <= MAX_NODES:
        item = todo.pop()
        count += 1
        if isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return count


def _mapping(items: list[object]) -> dict[str, object]:
    """Return keys and values; the last of equal keys counts, a key that is no text is dropped."""
    pairs = zip(items[::2], items[1::2], strict=False)
    return {str(key): value for key, value in pairs if isinstance(key, str)}
