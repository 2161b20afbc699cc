"""Names of models and datasets in one small file: asked name by name, never read as a whole.

The names stand sorted in blocks, each compressed with a dictionary of the words they are made of.
What says where the blocks are stands at the end, so that a torn file is noticed when it is opened.

    magic, dictionary, block, block, ..., index, about (JSON), lengths, magic
"""

from __future__ import annotations

import json
import mmap
import re
import struct
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from miner.errors import ConfigurationError, InvalidData

FILE_NAME = "names.bin"
FORMAT = 1
_MAGIC = b"miner names %d\n"
_ANY_MAGIC = re.compile(rb"miner names \d{1,4}\n")
_LENGTHS = struct.Struct("<QQQ")  # of dictionary, index and about
_BLOCK_NAMES = 128  # larger blocks take 3 % less room and twice the time to look into
_MAX_BLOCK = 1_000_000  # bytes of a block that are unpacked: names have at most 200 characters
_MAX_ABOUT = 1_000_000
_MAX_INDEX = 30_000_000  # of a hundred million names
_DICTIONARY = 32_000  # what deflate looks back
_SAMPLE = 50  # every so manyth name gives its words to the dictionary
_KEPT_BLOCKS = 64
_WORD = re.compile(r"[-_./]?[^-_./]+")
_CODES = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class ListedName:
    """A name, and the lists that have it.

    Attributes:
        name: As the hub writes it.
        lists: Of ``NamesFile.lists``: a hub's name for its models, with `` datasets`` behind it for
            its datasets.
    """

    name: str
    lists: tuple[str, ...]


def write_names(
    path: Path,
    names: Callable[[], Iterable[ListedName]],
    lists: Iterable[str],
    about: Mapping[str, Any],
) -> int:
    """Write a file of names; the same names give the same bytes.

    Args:
        path: Where to; the file is replaced as a whole.
        names: Gives all names in the order of their code points, each once; called twice.
        lists: Every list that a name can be on, at most 36.
        about: What else the file says of itself: JSON.

    Returns:
        The number of names.

    Raises:
        ValueError: The names are not in order.
    """
    codes = {name: _CODES[place] for place, name in enumerate(sorted(lists))}
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            count = _write(file, names, codes, about)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write(
    file: BinaryIO,
    names: Callable[[], Iterable[ListedName]],
    codes: Mapping[str, str],
    about: Mapping[str, Any],
) -> int:
    magic = _MAGIC % FORMAT
    dictionary = _words(one.name for one in names())
    file.write(magic + dictionary)
    firsts: list[str] = []
    count, last = 0, ""
    remaining = iter(names())
    while block := list(islice(remaining, _BLOCK_NAMES)):
        lines = []
        for one in block:
            if one.name <= last and count:
                raise ValueError(f"{one.name!r} comes after {last!r}")
            last, count = one.name, count + 1
            lines.append(f"{one.name}\t{''.join(sorted(codes[name] for name in one.lists))}")
        firsts.append(f"{file.tell()}\t{block[0].name}")
        file.write(_packed("\n".join(["", *lines, ""]).encode(), dictionary))
    index = zlib.compress("\n".join([*firsts, str(file.tell())]).encode(), 9)
    footer = json.dumps({**about, "lists": list(codes), "names": count}, sort_keys=True).encode()
    file.write(index + footer + _LENGTHS.pack(len(dictionary), len(index), len(footer)) + magic)
    return count


def _words(names: Iterable[str]) -> bytes:
    """Return the words that names are made of, those that save most last, where they are near."""
    counts: Counter[str] = Counter()
    for name in islice(names, 0, None, _SAMPLE):
        counts.update(_WORD.findall(name.partition("/")[2]))
    best = sorted(counts, key=lambda word: (-counts[word] * len(word), word))[:8_000]
    return "".join(reversed(best)).encode()[-_DICTIONARY:]


def _packed(data: bytes, dictionary: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return packer.compress(data) + packer.flush()


class NamesFile:
    """Tells of a name whether it is one of a model; what was asked last is kept unpacked.

    Args:
        path: A file that ``write_names`` made.

    Attributes:
        about: What the file says of itself; ``names``: how many it has.
        lists: The lists that a name can be on.

    Raises:
        ConfigurationError: There is no such file.
        InvalidData: It is none of these, torn, damaged, or of another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise ConfigurationError(f"there is no file {path}", next_step=BUILD) from error
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise self._invalid("is empty or cannot be read") from error
        try:
            self._open()
        except (zlib.error, ValueError, KeyError, TypeError, struct.error) as error:
            self._data.close()
            raise self._invalid("is damaged") from error
        except InvalidData:
            self._data.close()
            raise

    def __enter__(self) -> Self:
        """Return this file."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._data.close()

    def __contains__(self, name: object) -> bool:
        """Return whether a model of exactly this name is or was on a hub."""
        return isinstance(name, str) and any(" " not in each for each in self.lists_of(name))

    def is_dataset(self, name: str) -> bool:
        """Return whether a dataset of exactly this name, and no model, is or was on a hub."""
        lists = self.lists_of(name)
        return bool(lists) and all(" " in each for each in lists)

    def lists_of(self, name: str) -> tuple[str, ...]:
        """Return the lists that have a name.

        Raises:
            InvalidData: The block that would hold it is damaged.
        """
        place = bisect_right(self._firsts, name) - 1
        if place < 0 or not name or "\n" in name or "\t" in name:
            return ()
        block = self._blocks.get(place) or self._unpack(place)
        at = block.find(f"\n{name}\t")
        if at < 0:
            return ()
        start = at + len(name) + 2
        return tuple(self._by_code[code] for code in block[start : block.index("\n", start)])

    def _open(self) -> None:
        data, magic = self._data, _MAGIC % FORMAT
        begun = _ANY_MAGIC.match(data)
        if begun is None:
            raise self._invalid("is no file of names")
        if begun.group() != magic:
            raise self._invalid("was written by another version of miner")
        end = len(data) - len(magic)
        if end < len(magic) + _LENGTHS.size or data[end:] != magic:
            raise self._invalid("is torn: its end is not there")
        end -= _LENGTHS.size
        words, index, about = _LENGTHS.unpack_from(data, end)
        if about > _MAX_ABOUT or words + index + about > end - len(magic):
            raise ValueError("lengths that do not fit")
        self.about: dict[str, Any] = json.loads(data[end - about : end])
        self.lists: tuple[str, ...] = tuple(map(str, self.about["lists"]))
        self._by_code = dict(zip(_CODES, self.lists, strict=False))
        self._words = bytes(data[len(magic) : len(magic) + words])
        unpacker = zlib.decompressobj()
        lines = unpacker.decompress(data[end - about - index : end - about], _MAX_INDEX)
        if not unpacker.eof:
            raise ValueError("an index that does not end")
        *blocks, last = lines.decode().split("\n")
        parts = [line.partition("\t") for line in blocks]
        self._firsts = [first for _, _, first in parts]
        self._starts = [*(int(start) for start, _, _ in parts), int(last)]
        self._blocks: dict[int, str] = {}

    def _unpack(self, place: int) -> str:
        start, end = self._starts[place : place + 2]
        try:
            unpacker = zlib.decompressobj(15, self._words)
            block = unpacker.decompress(self._data[start:end], _MAX_BLOCK).decode()
            if not unpacker.eof or set(block.rpartition("\t")[2].strip()) - self._by_code.keys():
                raise ValueError("a block that does not end")
        except (zlib.error, ValueError) as error:
            raise self._invalid("is damaged") from error
        if len(self._blocks) >= _KEPT_BLOCKS:
            del self._blocks[next(iter(self._blocks))]
        self._blocks[place] = block
        return block

    def _invalid(self, why: str) -> InvalidData:
        return InvalidData(f"{self.path} {why}", next_step=BUILD)


BUILD = "miner names build, or miner snapshot pull for those of a published snapshot"
