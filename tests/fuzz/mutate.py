"""Inputs from seeds: bytes flipped, cut, repeated, spliced, nested; JSON with wrong values in it.

The same chance gives the same input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

MOST_BYTES = 200_000
_MOST_SEED = 20_000
_MOST_TOKENS = 4_000

TOKENS = (
    b'""', b"''", b'f""', b'"""', b"'''", b"\\ud800", b"\xed\xa0\x80", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xc2\xa0", b"\x1b]0;x\x07",
    b"1e999", b"-1", b"NaN", b"9" * 30, b"9" * 5_000, b"0x", b"1_0", b"1.7B", b"8x7b",
    b"!!timestamp y", b"!!binary x", b"!!python/none", b"&a *a", b"<<: *a", b"? ", b"---\n", b"\r",
    b"%s", b"{}", b"{0!r:>{1}}", b"${x:-", b"$((", b"`", b"\\", b"\\\n", b"<!--", b"-->", b"]]>",
    b'<td colspan=1000 rowspan=1000>', b"<!DOCTYPE a [<!ENTITY b 'c'>]>&b;", b"&#0;", b"&#x110000;",
    b"Qwen" + b"1" * 32, b"-20240101" * 9, b"../", b"..py", b"s3://a:b" b"@c",
    b"-----BEGIN" b" RSA PRIVATE KEY-----\n", b"hf_" b"aB3" * 12, b"AK" b"IA" + b"A" * 16,
    b"https://[", b"//@:0", b"\xef\xbc\x91",
    b"| a | b |\n|---|---|\n", b"```", b"](", b"[^1]:", b"**", b"lambda:", b"async ", b"import ",
    b"from . import *", b" if x else ", b"@", b"#", b"=", b":", b"\t", b"\n\n", b"\xf0\x9f\xa6\x99",
)  # fmt: skip

_NESTS = (b"[", b"{", b"(", b'{"a":', b"[[", b"- ", b"> ", b"<div>", b"f(", b"$(", b"not ", b"*",
          b"- - ", b"/*", b"'", b'"', b"!", b"a.", b"a[", b"if x:\n ", b"(?:", b"| ")  # fmt: skip
_BLANKS = (b" ", b"\xc2\xa0", b"\t", b"\n", b"-", b"0", b"1", b"a", b".", b"_")
_NUMBER = re.compile(rb"\d+")
_WORD = re.compile(rb"[\w-]+|[^\w\s]+")

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, float("inf"),
    float("nan"), "", " ", "\ud800", "\ud800/x", "\x00", "a/b", "9" * 5_000, "x" * 10_000, "1e999",
    "\u202e", "..", [], {}, [[]], [None], {"": None}, {"a": {"b": []}}, [1, "a", None, {}],
)  # fmt: skip


class Mutator:
    """Makes inputs of some seeds.

    Args:
        seeds: At least one.
    """

    def __init__(self, seeds: Sequence[bytes]) -> None:
        self._seeds = seeds
        words = {word for seed in seeds for word in _WORD.findall(seed[:_MOST_SEED])[:500]}
        self._tokens: tuple[bytes, ...] = (*TOKENS, *sorted(words)[:_MOST_TOKENS])
        self._trees = [tree for seed in seeds if (tree := _tree(seed)) is not None]

    def input(self, chance: Random) -> bytes:
        """Return an input; mostly of some kB."""
        if self._trees and chance.random() < 0.5:
            data = self._changed_tree(chance)
            if chance.random() < 0.7:
                return data[:MOST_BYTES]
        else:
            data = self._seed(chance)
        for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
            changed: bytes = chance.choice(_CHANGES)(self, data, chance)
            data = changed[:MOST_BYTES]
        return data

    def _seed(self, chance: Random) -> bytes:
        seed = chance.choice(self._seeds)
        if len(seed) <= _MOST_SEED:
            return seed
        start = chance.choice((0, chance.randrange(len(seed) - _MOST_SEED)))
        return seed[start : start + _MOST_SEED]

    def _changed_tree(self, chance: Random) -> bytes:
        head, text = chance.choice(self._trees)
        tree = json.loads(text)
        for _ in range(chance.choice((1, 1, 2, 4))):
            tree = _changed(tree, chance)
        is_ascii = chance.random() < 0.5
        return head + json.dumps(tree, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    def flip(self, data: bytes, chance: Random) -> bytes:
        changed = bytearray(data or b"\0")
        for _ in range(chance.choice((1, 1, 2, 8))):
            place = chance.randrange(len(changed))
            changed[place] = chance.choice((chance.randrange(256), changed[place] ^ 1, 0, 255))
        return bytes(changed)

    def cut(self, data: bytes, chance: Random) -> bytes:
        return data[: _place(data, chance)]

    def drop(self, data: bytes, chance: Random) -> bytes:
        start, end = _span(data, chance)
        return data[:start] + data[end:]

    def repeat(self, data: bytes, chance: Random) -> bytes:
        start, end = _span(data, chance)
        times = 2 ** chance.choice((1, 2, 3, 5, 8, 11))
        return data[:start] + data[start:end] * times + data[end:]

    def splice(self, data: bytes, chance: Random) -> bytes:
        other = self._seed(chance)
        return data[: _place(data, chance)] + other[_place(other, chance) :]

    def insert(self, data: bytes, chance: Random) -> bytes:
        place = _place(data, chance)
        return data[:place] + self._token(chance) + data[place:]

    def exchange(self, data: bytes, chance: Random) -> bytes:
        found = _WORD.search(data, _place(data, chance))
        if found is None:
            return self.insert(data, chance)
        return data[: found.start()] + self._token(chance) + data[found.end() :]

    def number(self, data: bytes, chance: Random) -> bytes:
        found = _NUMBER.search(data, _place(data, chance))
        if found is None:
            return data
        digits = chance.choice((b"0", b"-1", b"1" * 20, b"9" * 400, b"1e999", b"4294967295"))
        return data[: found.start()] + digits + data[found.end() :]

    def nest(self, data: bytes, chance: Random) -> bytes:
        place, times = _place(data, chance), chance.choice((5, 50, 300, 2_000, 20_000))
        return data[:place] + chance.choice(_NESTS) * times + data[place:]

    def blanks(self, data: bytes, chance: Random) -> bytes:
        place, times = _place(data, chance), chance.choice((3, 30, 300, 1_000, 10_000))
        return data[:place] + chance.choice(_BLANKS) * times + data[place:]

    def lines(self, data: bytes, chance: Random) -> bytes:
        lines = data.split(b"\n")
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        return b"\n".join(lines)

    def _token(self, chance: Random) -> bytes:
        return chance.choice(self._tokens if chance.random() < 0.5 else TOKENS)


_CHANGES = (
    Mutator.flip, Mutator.cut, Mutator.drop, Mutator.repeat, Mutator.splice, Mutator.insert,
    Mutator.insert, Mutator.exchange, Mutator.exchange, Mutator.number, Mutator.nest,
    Mutator.blanks, Mutator.lines,
)  # fmt: skip


def _place(data: bytes, chance: Random) -> int:
    return chance.randint(0, len(data))


def _span(data: bytes, chance: Random) -> tuple[int, int]:
    start = _place(data, chance)
    return start, min(len(data), start + chance.choice((1, 2, 4, 10, 40, 200, 600)))


def _tree(seed: bytes) -> tuple[bytes, bytes] | None:
    """Return a seed's JSON, with the line before it; None where there is none."""
    head, _, rest = seed.partition(b"\n")
    for before, text in ((b"", seed), (head + b"\n", rest)):
        try:
            if isinstance(json.loads(text), dict | list):
                return before, text
        except (ValueError, RecursionError):
            continue
    return None


def _changed(tree: Any, chance: Random) -> Any:
    """Change one place of a tree."""
    inside: Any = [tree]
    outer = inside
    key: Any = 0
    # down some steps, further down the more there is
    while isinstance(outer[key], dict | list) and outer[key] and chance.random() < 0.85:
        outer = outer[key]
        keys = list(outer) if isinstance(outer, dict) else range(len(outer))
        key = chance.choice(keys)
    way = chance.random()
    if way < 0.5:
        outer[key] = deepcopy(chance.choice(VALUES))
    elif way < 0.6 and isinstance(outer, dict):
        outer[chance.choice(("", "\ud800", "self", "a" * 3_000, str(key) * 2))] = outer.pop(key)
    elif way < 0.7 and outer is not inside:
        del outer[key]
    elif way < 0.8 and isinstance(outer, list):
        outer += outer * chance.choice((1, 10, 300))
    else:
        for _ in range(chance.choice((1, 2, 60, 150))):
            outer[key] = [outer[key]] if chance.random() < 0.5 else {"a": outer[key]}
    return inside[0]
