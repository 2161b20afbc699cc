"""Where words begin in the names of a file, so that a search reads no other names.

The names of a kind stand in one text, those with the most downloads first. Each place at which a
word begins in it is known by the four bytes there, and the places are sorted by these: what begins
so is a stretch of them, in which those with the same four bytes come in the order of the names. It
takes about 80 bytes a model.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import duckdb
import numpy as np

from miner.queries.records.search import SEPARATORS, SOURCES, NameSource

Places: TypeAlias = "np.ndarray[Any, np.dtype[np.uint32]]"
"""Places in a text, one-dimensional."""

_END = 0xFF  # no byte of UTF-8
_SLASH = ord("/")
_KEY = 4
_ROWS = 20_000
_STEP = 1 << 20
_PIECE = 1 << 22
_BEST = 1 << 16

_SEPARATOR, _DIGIT, _LETTER = range(3)
_CLASSES = np.full(256, _LETTER, np.uint8)
_CLASSES[list(b"0123456789")] = _DIGIT
_CLASSES[[*SEPARATORS.encode(), _END]] = _SEPARATOR


class SearchIndex:
    """The names of all kinds of which there may be millions.

    Args:
        connection: A file. A snapshot, whose Parquet has no ``rowid``, cannot be indexed.

    Raises:
        duckdb.Error: It is a snapshot, or lacks a table.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, tuple[WordIndex, Places]] = {}
        for kind, source in SOURCES.items():
            if source.is_plain:
                rows: list[Places] = []
                names = WordIndex(_names(connection.cursor(), source, rows))
                self._kinds[kind] = names, np.concatenate([*rows, np.empty(0, np.uint32)])

    def rows(self, kind: str, typed: str, words: Sequence[str], most: int) -> list[int] | None:
        """Return the rows of what is called so, best first; None where it does not know the kind.

        Args:
            kind: What it is.
            typed: What a name, or a part of it behind a slash, may begin with.
            words: Words that may all begin in it; none begins with a separator.
            most: So many are enough.
        """
        if kind not in self._kinds:
            return None
        names, rows = self._kinds[kind]
        with self._lock:  # a common word takes some 30 MB
            found: list[int] = rows[names.find(typed, words, most)].tolist()
        return found


def _names(
    connection: duckdb.DuckDBPyConnection, source: NameSource, rows: list[Places]
) -> Iterator[list[bytes]]:
    """Yield the names of a kind, best first; their rows are added to a list."""
    found = connection.execute(
        f"SELECT encode(lower({source.name})), rowid FROM {source.table} "
        f"ORDER BY {source.best_first}"
    )
    while some := found.fetchmany(_ROWS):
        rows.append(np.array([row for _, row in some], np.uint32))
        yield [name for name, _ in some]


class WordIndex:
    """The names of one kind.

    Args:
        names: Some after the other: in lower case, as UTF-8, best first.
    """

    def __init__(self, names: Iterable[Sequence[bytes]]) -> None:
        self._text = bytearray([_END])
        for some in names:
            self._text += b"".join(name + bytes([_END]) for name in some)
        self._text += bytes([_END]) * _KEY
        self._bytes = np.frombuffer(self._text, np.uint8)
        # the four bytes at each place as a number: a view, whose elements overlap
        self._keys = np.ndarray((len(self._text) - _KEY + 1,), ">u4", self._text, strides=(1,))
        self._starts, parts, others = self._beginnings()
        # most searches find enough among the best names
        self._ends = *self._starts[_BEST : _BEST + 1], np.uint32(len(self._text))
        self._heads, self._parts, self._others = map(self._by_key, (self._starts, parts, others))

    def find(self, typed: str, words: Sequence[str], most: int) -> list[int]:
        """Return the numbers of the names that are called so, best first.

        Args:
            typed: What a name, or a part of it behind a slash, may begin with.
            words: Words that may all begin in it; none begins with a separator. One alone may also
                stand elsewhere, where no name has it so.
            most: So many are enough.
        """
        start = typed.encode()
        found: dict[int, None] = {}
        for places, begun in (
            (self._heads, start + bytes([_END])), (self._heads, start), (self._parts, start),
        ):  # fmt: skip
            for end in self._ends:
                self._add(found, self._with_start(places, begun, end), most)
        for end in self._ends:
            if len(found) < most:
                self._add(found, self._with_words([word.encode() for word in words], end), most)
        if not found and len(words) == 1:
            self._add(found, self._anywhere(words[0].encode()), most)
        return list(found)

    def _beginnings(self) -> tuple[Places, Places, Places]:
        """Return where names begin, parts of them behind a slash, and other words; ascending."""
        found: tuple[list[Places], ...] = ([], [], [])
        for first in range(0, len(self._text) - _KEY, _STEP):
            signs = self._bytes[first : min(first + _STEP + 1, len(self._text) - _KEY)]
            before, classes = signs[:-1], _CLASSES[signs]
            is_head, is_part = before == _END, before == _SLASH
            is_other = (classes[1:] != classes[:-1]) & (classes[1:] != _SEPARATOR)
            is_other &= ~(is_head | is_part)
            for places, chosen in zip(found, (is_head, is_part, is_other), strict=True):
                places.append((np.flatnonzero(chosen) + (first + 1)).astype(np.uint32))
        heads, parts, others = (np.concatenate(places) for places in found)
        return heads, parts, others

    def _by_key(self, places: Places) -> Places:
        """Return places by their keys; a byte at a time, as it takes 20 bytes a place."""
        firsts = self._bytes[places]
        ordered, done = np.empty_like(places), 0
        for byte in np.unique(firsts):
            some = places[firsts == byte]
            both = self._keys[some].astype(np.uint64)
            both <<= np.uint64(32)
            both |= some
            both.sort()
            ordered[done : done + len(some)] = both.astype(np.uint32)
            done += len(some)
        return ordered

    def _with_start(self, places: Places, start: bytes, end: np.uint32) -> Places:
        """Return those of places by their keys, below an end, at which the text begins so."""
        key = start[:_KEY]

        def key_at(place: Any) -> bytes:
            return bytes(self._text[int(place) : int(place) + len(key)])

        first, last = (side(places, key, key=key_at) for side in (bisect_left, bisect_right))
        found = places[first:last]
        if len(start) < _KEY:
            return np.sort(found[found < end])
        found = found[: np.searchsorted(found, end)]
        for behind in (*range(_KEY, len(start) - _KEY, _KEY), len(start) - _KEY):
            piece = int.from_bytes(start[behind : behind + _KEY], "big")
            found = found[self._keys[found + np.uint32(behind)] == piece]
        return found

    def _with_words(self, words: Sequence[bytes], end: np.uint32) -> Places:
        """Return where names begin, below an end, in which all words do."""
        starts = self._starts[: np.searchsorted(self._starts, end)]
        has_all = np.ones(len(starts), np.bool_)
        for word in words:
            has_word = np.zeros_like(has_all)
            for places in (self._heads, self._parts, self._others):
                has_word[self._numbers(self._with_start(places, word, end))] = True
            has_all &= has_word
        return starts[has_all]

    def _anywhere(self, word: bytes) -> Iterator[int]:
        """Yield where a word stands, piece by piece: others may work in between."""
        for first in range(0, len(self._text), _PIECE):
            end = first + _PIECE + len(word) - 1
            place = self._text.find(word, first, end)
            while place >= 0:
                yield place
                place = self._text.find(word, place + 1, end)

    def _add(self, found: dict[int, None], places: Iterable[Any], most: int) -> None:
        """Add the numbers of the names that stand at places, until there are so many."""
        for place in places:
            if len(found) >= most:
                return
            found.setdefault(int(self._numbers(place)))

    def _numbers(self, places: Any) -> Any:
        """Return the numbers of the names that stand at places."""
        # of another type, all starts would be converted to it first
        return np.searchsorted(self._starts, np.asarray(places, np.uint32), "right") - 1
