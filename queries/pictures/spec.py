"""What a query's picture shows: the ``picture`` key of its header. Draws nothing.

::

    -- picture:   series
    --            along month                  month of creation
    --            show moe_share of known      share of new models that are MoE
    --            show known in models         models created, known to be MoE or dense
    --            color population             population

The first line is the kind: ``ranking`` (categories down, panels across), ``series`` (time along,
panels down) or ``flow`` (a Sankey diagram: categories at the left and at the right, and bands
between them). Then one role a line, with the words that a reader sees behind two blanks:

========== =====================================================================================
``along``  column of the categories, or of the dates; it is named like its step where it has one
           (day, week, month, quarter, half_year): gaps are then seen as gaps
``to``     column of the categories at the right (flow)
``show``   a panel; its forms are below. May be repeated
``color``  column shown by color, shape and stroke. A value ``all`` is the sum of the others.
           Its words may end with values that come first: ``: originals | derivatives``
``facet``  column with a set of panels for each of its values (ranking, flow)
``mark``   dates or numbers with commas, drawn as lines through the first panel. Words of dates may
           end with the name of each: ``: GPT-3 | GPT-4``
``null``   what a null category is called, if not "not stated"
========== =====================================================================================

======================= ========================================================================
``show a``              bars; with a color, stacked; the width of the bands of a flow
``show rows``           bars of the number of rows
``show a + b``          bars of stacked parts
``show a, b``           several measures on one axis
``show a of b``         a share; b is how many it rests on: few are drawn hollow
``show a in b``         how many of b are a; the rest of them is unknown
``show a spread``       one tick a row, and the median (ranking)
``show a by b``         one bubble a value, as large as b (series)
``show a cells``        a table; the column is a list of 'name value' (ranking)
======================= ========================================================================

A ranking lies in the order of the bars of its first panel, unless the categories are numbers or of
a column in ``IN_ORDER``. A form may end with ``log``: an axis of powers. Its words may end with
names of its parts: ``: quantized | fine-tuned``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from miner.schema.patterns import bounded

KINDS = ("ranking", "series", "flow")
STEPS = ("day", "week", "month", "quarter", "half_year")
"""Names of an ``along`` column whose gaps are known."""
IN_ORDER = ("size_class", "popularity", "used_by", "design")
"""Names of an ``along`` column whose texts have an order of their own, which a ranking keeps."""
_ROLES = ("along", "to", "show", "color", "facet", "mark", "null")
PARTS = 6
"""Maximum number of colors that are distinct, in gray too."""
NOT_STATED = "not stated"
"""A null category, unless the picture has other words."""

_LINE = bounded(r"(?P<role>[a-z]+)\s+(?P<what>\S.*?)(?:\s{2,}(?P<words>\S.*))?")
_NAME = r"[a-z][a-z0-9_]*"


class Form(StrEnum):
    """How a panel shows its columns."""

    ONE = "one"
    ROWS = "rows"
    STACK = "stack"
    TOGETHER = "together"
    SHARE = "share"
    PART = "part"
    SPREAD = "spread"
    BUBBLES = "bubbles"
    CELLS = "cells"


_FORMS = {
    Form.ROWS: re.compile(r"rows"),
    Form.ONE: re.compile(_NAME),
    Form.STACK: bounded(rf"{_NAME}(?: \+ {_NAME})+"),
    Form.TOGETHER: bounded(rf"{_NAME}(?:, {_NAME})+"),
    Form.SHARE: bounded(rf"{_NAME} of {_NAME}"),
    Form.PART: bounded(rf"{_NAME} in {_NAME}"),
    Form.SPREAD: bounded(rf"{_NAME} spread"),
    Form.BUBBLES: re.compile(rf"{_NAME} by {_NAME}"),
    Form.CELLS: bounded(rf"{_NAME} cells"),
}
_OF_KIND = {Form.SPREAD: "ranking", Form.CELLS: "ranking", Form.BUBBLES: "series"}
_BETWEEN = re.compile(r" \+ |, | of | in | by | spread| cells")


@dataclass(frozen=True, slots=True)
class Show:
    """A panel.

    Attributes:
        form: How it shows its columns.
        columns: Columns, in order; none where rows are counted.
        is_log: Whether its axis is one of powers.
        words: Title of its axis, with the unit.
        names: What its parts are called, in order.
    """

    form: Form
    columns: tuple[str, ...]
    is_log: bool
    words: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A column, and what a reader calls it.

    Attributes:
        column: Its name.
        words: What a reader calls it.
        order: Values that come first, in this order.
    """

    column: str
    words: str
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DateLines:
    """Lines drawn through the first panel.

    Attributes:
        at: Dates or numbers.
        words: What they are.
        names: What each is called; none: they have no names of their own.
    """

    at: tuple[date | float, ...]
    words: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """What to draw.

    Attributes:
        kind: One of ``KINDS``.
        along: Categories or dates.
        shows: Panels, in order.
        color: Told apart by color.
        facet: A set of panels for each of its values.
        lines: Lines through the first panel.
        null: What a null category is called.
        to: Categories at the right of a flow.
    """

    kind: str
    along: Role
    shows: tuple[Show, ...]
    color: Role | None = None
    facet: Role | None = None
    lines: DateLines | None = None
    null: str = NOT_STATED
    to: Role | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it needs, each once."""
        roles = [role.column for role in (self.along, self.to, self.color, self.facet) if role]
        return tuple(
            dict.fromkeys([*roles, *(name for show in self.shows for name in show.columns)])
        )


def read(lines: list[str]) -> Picture:
    """Read the lines of the key.

    Args:
        lines: The kind, then the roles.

    Raises:
        ValueError: A line cannot be read, or is missing; the message says which.
    """
    kind = lines[0]
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    shows: list[Show] = []
    roles: dict[str, tuple[str, str]] = {}
    for line in lines[1:]:
        match = _LINE.fullmatch(line)
        if match is None or match["role"] not in _ROLES:
            raise ValueError(f"cannot read {line!r}: role column  words")
        role, what, words = match["role"], match["what"], match["words"] or ""
        if role != "null" and not words:
            raise ValueError(f"{line!r} has no words for a reader behind two blanks")
        if role == "show":
            shows.append(_show(kind, what, words))
        elif role in roles:
            raise ValueError(f"{role} stands twice")
        else:
            roles[role] = (what, words)
    _check_roles(kind, roles, shows)
    return Picture(
        kind=kind,
        along=Role(*roles["along"]),
        shows=tuple(shows),
        color=_ordered(*roles["color"]) if "color" in roles else None,
        facet=Role(*roles["facet"]) if "facet" in roles else None,
        lines=_lines(*roles["mark"]) if "mark" in roles else None,
        null=" ".join(roles["null"]).strip() if "null" in roles else NOT_STATED,
        to=Role(*roles["to"]) if "to" in roles else None,
    )


def _check_roles(kind: str, roles: dict[str, tuple[str, str]], shows: list[Show]) -> None:
    """Check that the roles are those of the kind.

    Raises:
        ValueError: One is missing, or is of another kind.
    """
    if "along" not in roles or not shows:
        raise ValueError("needs along, and at least one show")
    if "facet" in roles and kind == "series":
        raise ValueError("facet is for a ranking or a flow")
    if ("to" in roles) != (kind == "flow"):
        raise ValueError("to is for a flow, and a flow needs it")
    if kind == "flow" and (len(shows) > 1 or shows[0].form is not Form.ONE or shows[0].is_log):
        raise ValueError("a flow shows one number")


def check(picture: Picture, types: dict[str, str]) -> None:
    """Check a picture against the columns of the answer.

    Args:
        picture: What was read.
        types: DuckDB's type of each column.

    Raises:
        ValueError: A column is not there, or is of a type that cannot be drawn so.
    """
    for column in picture.columns:
        if column not in types:
            raise ValueError(f"the answer has no column {column}")
    if picture.kind == "series" and not _is_date(types[picture.along.column]):
        raise ValueError(f"along {picture.along.column} is {types[picture.along.column]}, no date")
    for show in picture.shows:
        for column in show.columns:
            kind = types[column]
            if show.form is Form.CELLS:
                if kind != "VARCHAR[]":
                    raise ValueError(f"cells {column} is {kind}, no list of texts")
            elif not _is_number(kind) and not (show.form is Form.TOGETHER and _is_date(kind)):
                raise ValueError(f"show {column} is {kind}, no number")


def _ordered(column: str, words: str) -> Role:
    return Role(column, *_parts_of(words))


def _parts_of(words: str) -> tuple[str, tuple[str, ...]]:
    """Return the words before ``: a | b``, and its parts; none: the words have no such end."""
    title, colon, rest = words.rpartition(": ")
    if not colon or "|" not in rest:
        return words, ()
    return title, tuple(part.strip() for part in rest.split("|"))


def _show(kind: str, what: str, words: str) -> Show:
    text = what.removesuffix(" log")
    for form, pattern in _FORMS.items():
        if pattern.fullmatch(text):
            if _OF_KIND.get(form, kind) != kind:
                raise ValueError(f"show {what}: is for a {_OF_KIND[form]}")
            columns = [name for name in _BETWEEN.split(text) if name]
            columns = [] if form is Form.ROWS else columns
            if len(columns) > PARTS:
                raise ValueError(f"show {what}: more than {PARTS} parts are not distinct")
            title, names = _names(form, columns, words)
            return Show(form, tuple(columns), text != what, title, names)
    raise ValueError(f"show {what}: is no form of a panel")


def _names(form: Form, columns: list[str], words: str) -> tuple[str, tuple[str, ...]]:
    """Return the title, and what the parts are called."""
    default = ("known", "unknown") if form is Form.PART else tuple(in_words(c) for c in columns)
    title, names = _parts_of(words)
    if not names:
        return words, default
    if len(names) != len(default):
        raise ValueError(f"{words!r} names {len(names)} parts of {len(default)}")
    return title, names


def is_share(column: str) -> bool:
    """Return whether a column holds numbers of 0 to 1."""
    return "share" in column.split("_")


def in_words(column: str) -> str:
    """Return the name of a column as a reader sees it."""
    return re.sub(r"\bmoe\b", "MoE", column.replace("_", " "))


def _lines(what: str, words: str) -> DateLines:
    at: list[date | float] = []
    for text in what.split(", "):
        try:
            at.append(date.fromisoformat(text) if "-" in text else float(text))
        except ValueError as error:
            raise ValueError(f"mark {text}: is neither a date nor a number") from error
    title, names = _parts_of(words)
    if names and len(names) != len(at):
        raise ValueError(f"{words!r} names {len(names)} lines of {len(at)}")
    return DateLines(tuple(at), title, names)


def _is_date(kind: str) -> bool:
    return kind == "DATE" or kind.startswith("TIMESTAMP")


def _is_number(kind: str) -> bool:
    return kind.endswith("INT") or kind in {"INTEGER", "DOUBLE", "FLOAT"} or "DECIMAL" in kind
