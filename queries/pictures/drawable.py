"""The rows of a picture: an answer made small enough to be drawn, and notes on the rest."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from miner.queries.header import Query
from miner.queries.pictures.spec import (
    IN_ORDER,
    NOT_STATED,
    PARTS,
    STEPS,
    Form,
    Picture,
    Role,
    in_words,
    is_share,
)

CATEGORIES = 25
"""So many categories fit under each other; a table holds more."""
TABLE_CATEGORIES = 40
READ = 20_000
"""Maximum number of rows of which a picture is drawn."""
REST = "others"
"""What the less frequent categories of a flow are together."""
WHOLE = "all"
"""A color of this name is the sum of the others."""
ENDS = 13
"""So many categories stand at each end of a flow."""
ALONG, TO, COLOR, FACET = "along", "to", "color", "facet"
"""Keys of a row under which it is placed; the other keys are columns."""

_NARROW = 500  # pixels
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6}
_LONGEST_AXIS = 2_000  # steps; a series with more is drawn without its gaps


@dataclass(frozen=True, slots=True)
class Layout:
    """The room that a picture has.

    Attributes:
        width: Pixels of the whole picture.
        longest_label: Characters of a category; longer ones are cut in the middle.
        is_bare: Title and small print are left out: the page around it has them.
    """

    width: int = 760
    longest_label: int = 46
    is_bare: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether panels that lie side by side elsewhere stand below each other."""
        return self.width < _NARROW


PRINT = Layout()
"""A picture that stands alone."""
PAGE = Layout(is_bare=True)
"""A picture on a page of a screen."""
PHONE = Layout(width=360, longest_label=18, is_bare=True)
"""A picture on a page of a phone."""


@dataclass(frozen=True, slots=True)
class Drawable:
    """Rows that are drawn.

    Attributes:
        picture: What to draw of them.
        rows: Columns, and where the row is placed (``ALONG``, ``TO``, ``COLOR``, ``FACET``).
        along: Categories or dates, in order.
        colors: In order.
        facets: In order; empty: none.
        notes: What a reader has to know of rows that are not drawn.
        layout: The room for them.
    """

    picture: Picture
    rows: tuple[dict[str, Any], ...]
    along: tuple[Any, ...]
    colors: tuple[str, ...]
    facets: tuple[str, ...]
    notes: tuple[str, ...]
    layout: Layout = PRINT


class Rows(Protocol):
    """An answer: ``Result``, or one that was fetched."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names."""
        ...

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows."""
        ...


def prepare(
    query: Query,
    picture: Picture,
    result: Rows,
    parameters: Mapping[str, str],
    layout: Layout = PRINT,
) -> Drawable | None:
    """Read an answer for its picture.

    Args:
        query: A query.
        picture: Its picture.
        result: Its answer.
        parameters: Parameters as typed.
        layout: The room for it.

    Returns:
        What to draw; ``None``: there is nothing.
    """
    found = [
        dict(zip(result.columns, row, strict=True))
        for row in itertools.islice(result.rows(), READ + 1)
    ]
    notes = _cut_by_query(query, len(found), parameters)
    if len(found) > READ:
        notes.append(f"Drawn are the first {READ:,} rows of the answer; all: --format csv.")
        found = found[:READ]
    rows = found if _tells_hubs(picture) else _one_hub(found, notes)
    place = {"series": _dated, "ranking": _named, "flow": _flowing}[picture.kind]
    rows = place(picture, rows, notes, layout.longest_label)
    if not rows:
        return None
    colors: tuple[str, ...] = ("",)
    if picture.color:
        asked = (in_words(label(row[picture.color.column])) for row in found)
        kept_rows = {row[COLOR] for row in rows}
        colors = tuple(color for color in dict.fromkeys(asked) if color in kept_rows)
        rows, colors = _few_colors(picture.color, rows, colors, notes)
    along = tuple(dict.fromkeys(row[ALONG] for row in rows))
    if any(show.form is Form.SPREAD for show in picture.shows):
        counts = Counter(row[ALONG] for row in rows)
        along = tuple(sorted(along, key=lambda label: -counts[label]))
    elif picture.kind == "ranking" and picture.along.column not in IN_ORDER:
        along = _by_bar(picture, rows, along)
    return Drawable(
        picture=picture,
        rows=tuple(rows),
        along=tuple(_steps(picture.along.column, along)) if picture.kind == "series" else along,
        colors=colors,
        facets=tuple(dict.fromkeys(row[FACET] for row in rows)) if picture.facet else (),
        notes=tuple(notes),
        layout=layout,
    )


def _by_bar(
    picture: Picture, rows: list[dict[str, Any]], along: tuple[str, ...]
) -> tuple[str, ...]:
    """Return categories by the bars of the first panel, the longest first; equal ones as before."""
    first = picture.shows[0]
    values = [row[picture.along.column] for row in rows]
    is_numbered = all(value is None or isinstance(value, int | float) for value in values)
    if first.form not in {Form.ONE, Form.STACK} or is_numbered:
        return along
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row[ALONG]] += sum(row[column] or 0 for column in first.columns)
    return tuple(sorted(along, key=lambda label: -sums[label]))


def clean(text: str) -> str:
    """Return text without signs that no picture can show, or that turn it around."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def label(value: object, null: str = NOT_STATED, longest: int = PRINT.longest_label) -> str:
    """Return a value of a category as a reader sees it, cut in the middle."""
    if value is None or value == "":
        return null
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = clean(" ".join(str(value).split()))
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half].rstrip()}…{text[-half:].lstrip()}"


def _cut_by_query(query: Query, count: int, parameters: Mapping[str, str]) -> list[str]:
    """Return what to say where the query itself ends before its rows do."""
    for param in query.params:
        limit = parameters.get(param.name, param.default).strip()
        if param.name == "top" and limit == str(count):
            return [f"The answer ends at its limit of {count:,} rows: -p top=… asks for more."]
    return []


def _tells_hubs(picture: Picture) -> bool:
    return any(role and role.column == "hub" for role in (picture.along, picture.facet))


def _one_hub(rows: list[dict[str, Any]], notes: list[str]) -> list[dict[str, Any]]:
    """Return the rows of the hub with most rows: shares of two hubs are not one share."""
    counts = Counter(row.get("hub") for row in rows)
    if len(counts) < 2:
        return rows
    [(hub, _), *others] = counts.most_common()
    rest = ", ".join(f"{other} ({count:,} rows)" for other, count in others)
    notes.append(f"Drawn is the hub {hub}; in the answer are also {rest}: --format csv.")
    return [row for row in rows if row.get("hub") == hub]


def _dated(
    picture: Picture, rows: list[dict[str, Any]], notes: list[str], _longest: int
) -> list[dict[str, Any]]:
    column = picture.along.column
    undated = [row for row in rows if row[column] is None]
    if undated:
        notes.append(f"Not drawn, as they have no date: {_sum_of(picture, undated)}.")
    placed = [_placed(picture, row, row[column]) for row in rows if row[column] is not None]
    return sorted(placed, key=lambda row: _day(row[ALONG]))


def _named(
    picture: Picture, rows: list[dict[str, Any]], notes: list[str], longest: int
) -> list[dict[str, Any]]:
    """Return rows with names of categories, those of the first categories alone."""
    labels: dict[Any, str] = {}
    for row in rows:
        value = _key(row[picture.along.column])
        if value not in labels:
            # Two long names can be shortened to one, which would add up what is not one thing.
            text = label(row[picture.along.column], picture.null, longest)
            same = sum(text == other.rstrip("\u200b") for other in labels.values())
            labels[value] = text + "\u200b" * same
    is_table = any(show.form is Form.CELLS for show in picture.shows)
    most = TABLE_CATEGORIES if is_table else CATEGORIES
    kept = set(itertools.islice(labels, most))
    if len(labels) > most:
        rest = [row for row in rows if _key(row[picture.along.column]) not in kept]
        notes.append(
            f"Drawn are the first {most} of {len(labels):,} in the order of the query; the "
            f"other {len(labels) - most:,} ({_sum_of(picture, rest)}) are in the answer: "
            "--format csv."
        )
    return [
        _placed(picture, row, labels[_key(row[picture.along.column])])
        for row in rows
        if _key(row[picture.along.column]) in kept
    ]


def _flowing(
    picture: Picture, rows: list[dict[str, Any]], notes: list[str], longest: int
) -> list[dict[str, Any]]:
    """Return rows with names at both ends, the less frequent ones of an end as one."""
    show = picture.shows[0].columns[0]
    ends = [(end, role) for end, role in ((ALONG, picture.along), (TO, picture.to)) if role]
    placed = [
        _placed(picture, row, "")
        | {end: label(row[role.column], picture.null, longest) for end, role in ends}
        for row in rows
        if row[show]
    ]
    for end, role in ends:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for row in placed:
            counts[row[FACET]][row[end]] += row[show]
        kept = {facet: _most_frequent(names) for facet, names in counts.items()}
        for row in placed:
            row[end] = row[end] if row[end] in kept[row[FACET]] else REST
        rest = sum(len(names) - len(kept[facet]) for facet, names in counts.items())
        if rest:
            notes.append(f"Others: {rest:,} less frequent ({role.words}); all: --format csv.")
    return placed


def _most_frequent(counts: Counter[str]) -> set[str]:
    """Return names that stand by themselves: all, or all but those of which there are too many."""
    return (
        set(counts) if len(counts) <= ENDS else {name for name, _ in counts.most_common(ENDS - 1)}
    )


def _placed(picture: Picture, row: dict[str, Any], along: object) -> dict[str, Any]:
    return {
        **row,
        ALONG: along,
        COLOR: in_words(label(row[picture.color.column])) if picture.color else "",
        FACET: in_words(label(row[picture.facet.column])) if picture.facet else "",
    }


def _few_colors(
    role: Role, rows: list[dict[str, Any]], colors: tuple[str, ...], notes: list[str]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return rows of at most ``PARTS`` colors; the sum of all first."""
    first = (WHOLE, *role.order)
    known = tuple(color for color in first if color in colors)
    ordered = known + tuple(color for color in colors if color not in first)
    if len(ordered) <= PARTS:
        return rows, ordered
    kept = ordered[: PARTS - 1]
    other = f"{len(ordered) - len(kept)} others"
    notes.append(
        f"The first {len(kept)} of {len(ordered)} ({role.words}) have a color of their own; the "
        "answer has all: --format csv."
    )
    return [row if row[COLOR] in kept else {**row, COLOR: other} for row in rows], (*kept, other)


def _sum_of(picture: Picture, rows: Iterable[dict[str, Any]]) -> str:
    """Return how much rows hold, in words: by the first panel that counts something."""
    kept_rows = list(rows)
    if picture.color:
        whole = [row for row in kept_rows if row[picture.color.column] == WHOLE]
        kept_rows = whole or kept_rows
    for show in picture.shows:
        if show.form is Form.PART and picture.kind == "series":
            total = sum(row[show.columns[1]] or 0 for row in kept_rows)
            return f"{total:,} {in_words(show.columns[1])}"
        if show.form in {Form.ONE, Form.STACK} and not is_share(show.columns[0]):
            total = sum(row[column] or 0 for row in kept_rows for column in show.columns)
            return f"{show.words}: {total:,}"
    return f"{len(kept_rows):,} row{'' if len(kept_rows) == 1 else 's'}"


def _key(value: object) -> object:
    return label(value) if isinstance(value, list | dict) else value


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _steps(name: str, dates: tuple[Any, ...]) -> list[Any]:
    """Return the dates of an axis; where its step is known, with those that have no row."""
    if name not in STEPS or not dates:
        return list(dates)
    steps = [_day(dates[0])]
    while steps[-1] < _day(dates[-1]) and len(steps) < _LONGEST_AXIS:
        steps.append(_next(name, steps[-1]))
    return list(dates) if steps[-1] < _day(dates[-1]) else steps


def _next(name: str, day: date) -> date:
    if name in _DAYS:
        return day + timedelta(days=_DAYS[name])
    month = day.month - 1 + _MONTHS[name]
    return date(day.year + month // 12, month % 12 + 1, 1)
