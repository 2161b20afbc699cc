"""What names have in common for the rules: those that hint at no experts, reduced to what is read.

Most names hold no word that any rule reads; one look of a regular-expression engine that matches
all patterns at once tells so for thousands of names together. Of the others, those that hint at no
experts give their sizes, formats and whether their series is dense. Models whose names give the
same, and whose other evidence is the same, get the same answer: the rules need not judge each.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cache

import polars

from miner.pipelines.derive.architecture import name_hints, packing
from miner.pipelines.derive.architecture.members import is_listed
from miner.pipelines.derive.architecture.name_hints import own_name
from miner.schema.moe import load_families

NOTHING: Hashable = ()
"""Reading of a name that says nothing."""

_PLAIN = r"^[0-9A-Za-z_][0-9A-Za-z_.\-]{0,150}$"
"""Names that can stand in an answer as they are."""
_SIZED = "[0-9][bB]"
_UNPACKED: tuple[bool, ...] = (False,) * 5
"""What a name tells of pruning and packing that has no word for it."""
_CLASSES = (("\\d", "0-9"), ("\\w", "0-9A-Za-z_"), ("\\S", "!-~"))
_MANY = re.compile(r"\{([01]),\d{3,4}\}")
"""A repetition with an end, which engines that never go back need not have."""
_LOOK = ("(?<!", "(?<=", "(?!", "(?=")


def readings(models: Sequence[str]) -> list[Hashable | None]:
    """Return what the rules read in names; None for a name that has to be judged for itself.

    Args:
        models: owner/name.

    Returns:
        In their order. Names with equal readings lead to equal answers, but for the name in them,
        wherever no other evidence tells of experts.
    """
    names = polars.Series([own_name(model) for model in models], dtype=polars.String)
    says, packs = (names.str.contains(pattern) for pattern in _prefilters())
    is_plain, is_sized = names.str.contains(_PLAIN), names.str.contains(_SIZED)
    found: list[Hashable | None] = [NOTHING] * len(models)
    for at in (is_sized | says | packs).arg_true():
        found[at] = _reading(models[at], says=says[at], packs=packs[at])
    for at in (~is_plain).arg_true():
        found[at] = None
    return [None if is_listed(model) else one for model, one in zip(models, found, strict=True)]


def reading(model: str) -> Hashable | None:
    """Return what the rules read in a name; None where it hints at experts."""
    return _reading(model, says=True, packs=True)


def _reading(model: str, *, says: bool, packs: bool) -> Hashable | None:
    """Return the same of a name of which it is known whether it says more than sizes, or packs."""
    hint = _hint(model) if says else (None, False)
    if hint is None:
        return None
    found = (*hint, tuple(name_hints.sizes_of(model)), *(_packing(model) if packs else _UNPACKED))
    return found if any(found) else NOTHING


def _hint(model: str) -> tuple[Hashable, Hashable] | None:
    families, lower = load_families(), own_name(model).lower()
    if families.is_named(lower) or name_hints.calls_itself(own_name(model)):
        return None
    answer = name_hints.read_name(model, families)
    if answer is not None and answer.is_moe:
        return None
    dense = families.is_named_dense(lower) and tuple(
        row.name
        for row in families.rows.values()
        if row.dense_names is not None and row.dense_names.search(lower)
    )
    return answer and (answer.method, answer.is_moe, answer.is_weak, tuple(answer.reasons)), dense


def _packing(model: str) -> tuple[bool, ...]:
    return (
        packing.names_pruning(model),
        packing.names_few_bits(model, ()),
        packing.names_few_bits(model, ("mlx",)),
        packing.names_few_bits(model, ("8-bit",)),
        packing.names_quantization(model, ()),
    )


@cache
def _prefilters() -> tuple[str, str]:
    """Return patterns of polars: one matches in every name which says more than sizes and packing.

    The other matches in every name that tells of packing.
    """
    rows = load_families().rows.values()
    names = [row.names for row in rows] + [row.dense_names for row in rows]
    return _any_of([*names, *name_hints.PATTERNS]), _any_of(packing.NAME_PATTERNS)


def _any_of(patterns: Iterable[re.Pattern[str] | None]) -> str:
    parts = dict.fromkeys(loosened(one.pattern) for one in patterns if one is not None)
    return f"(?i){'|'.join(parts)}"


def loosened(pattern: str) -> str:
    """Return a pattern for engines without look-around that matches wherever a pattern does.

    What looks ahead or behind is left out, and ends of repetitions; classes of characters are
    those of plain names.
    """
    return _MANY.sub(lambda found: "+" if found[1] == "1" else "*", "".join(_loosened(pattern)))


def _loosened(pattern: str) -> Iterator[str]:
    at, in_class = 0, False
    while at < len(pattern):
        if not in_class and pattern.startswith(_LOOK, at):
            at = _end_of_group(pattern, at)
            continue
        sign = pattern[at]
        if sign == "\\":
            named = dict(_CLASSES).get(pattern[at : at + 2])
            yield pattern[at : at + 2] if named is None else named if in_class else f"[{named}]"
            at += 2
            continue
        if sign in "[]":
            in_class = sign == "["
        yield sign
        at += 1


def _end_of_group(pattern: str, at: int) -> int:
    """Return the place after the group that begins somewhere."""
    depth, in_class = 0, False
    while True:
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif in_class or sign in "[]":
            in_class = sign != "]"
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if not depth:
                return at + 1
        at += 1
