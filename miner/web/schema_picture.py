"""A picture of the keys of a group of tables: a line for each table that others name.

Tables stand one below another, so that the picture is as narrow as a phone. Each table that is
named has a line of its own at the left, and every reference a branch from it, with the columns
that name it and the sign for *many*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from miner.schema.published import Table

_LANE, _HEAD, _LINE, _GAP, _WIDTH = 16, 26, 19, 12, 400


@dataclass(frozen=True, slots=True)
class Branch:
    """A reference: where it leaves the line of its table, and what it says.

    Attributes:
        x: Place of the line.
        y: Height of the branch.
        table: Table that is named.
        text: Columns that name it.
    """

    x: int
    y: int
    table: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A table.

    Attributes:
        name: Its name.
        y: Its upper edge.
        height: Its height.
        is_elsewhere: It belongs to another group, and is here as others name it.
        lane: Place of the line of those that name it, None where none does.
        end: Where that line ends.
        branches: Its references.
    """

    name: str
    y: int
    height: int
    is_elsewhere: bool
    lane: int | None
    end: int
    branches: tuple[Branch, ...]

    @property
    def middle(self) -> int:
        """Height of its name."""
        return self.y + _HEAD // 2


@dataclass(frozen=True, slots=True)
class SchemaPicture:
    """The picture, in units of its own.

    Attributes:
        width: Its width.
        height: Its height.
        left: Where boxes begin.
        boxes: Tables from the top.
    """

    width: int
    height: int
    left: int
    boxes: tuple[Box, ...]


def draw_schema(tables: Sequence[Table]) -> SchemaPicture:
    """Return the picture of a group, the tables that it names in other groups first."""
    own = {table.name: table for table in tables}
    named = Counter(reference.table for table in tables for reference in table.references)
    elsewhere = [name for name in named if name not in own]
    # those that most name stand next to the boxes: their branches cross no other line
    places = {name: 8 + _LANE * place for place, (name, _) in enumerate(named.most_common()[::-1])}
    left = 8 + _LANE * len(places)
    branches: dict[str, list[Branch]] = {}
    tops, heights, y = {}, {}, 1
    for name in (*elsewhere, *_sorted(own.values())):
        texts: dict[str, list[str]] = {}
        for reference in own[name].references if name in own else ():
            texts.setdefault(reference.table, []).append(", ".join(reference.columns))
        lines = [(table, text) for table, some in texts.items() for text in some]
        branches[name] = [
            Branch(places[table], y + _HEAD + _LINE * place + _LINE // 2 - 2, table, text)
            for place, (table, text) in enumerate(lines)
        ]
        tops[name], heights[name] = y, _HEAD + _LINE * len(lines)
        y += heights[name] + _GAP
    ends = {branch.table: branch.y for some in branches.values() for branch in some}
    boxes = tuple(
        Box(name, top, heights[name], name not in own, places.get(name), ends.get(name, 0),
            tuple(branches[name]))
        for name, top in tops.items()
    )  # fmt: skip
    return SchemaPicture(left + _WIDTH, y - _GAP + 1, left, boxes)


def _sorted(tables: Iterable[Table]) -> list[str]:
    """Return names, each after those that it names; the order is kept where it may be."""
    waiting = {
        table.name: {reference.table for reference in table.references} - {table.name}
        for table in tables
    }
    found: list[str] = []
    while waiting:
        ready = next(
            (name for name, others in waiting.items() if not others & waiting.keys()),
            next(iter(waiting)),  # a circle begins anywhere
        )
        found.append(ready)
        del waiting[ready]
    return found
