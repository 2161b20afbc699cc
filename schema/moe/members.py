"""Published members of families of experts: what each is made of, and where that was read.

A row is a release. ``like`` names a release of the same shape, whose sizes its empty cells take.
``total`` and ``active`` are what the publisher states, in its own way of counting; ``counted_…``
is what the formulas of ``miner.pipelines.derive.architecture`` make of ``config``, the facts of
its config that they read. Where the two differ, ``note`` says why.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from miner.errors import ConfigurationError
from miner.schema.moe import load_families

_FILE = Path(__file__).parent / "members.csv"
_COLUMNS = (
    "family", "names", "like", "layers", "experts", "top_k", "shared", "dense_layers", "hidden",
    "expert_width", "total", "active", "counted_total", "counted_active",
    "counted_active_no_embedding", "weights", "context", "released", "config", "source", "read",
    "note",
)  # fmt: skip
_SHAPE = (*_COLUMNS[3:15], "context")
"""Cells that a release takes from the one that it is like."""
_BILLION = 1_000_000_000
_NEAR = 0.1
"""How far a published count of active parameters may be from the formulas."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MONTH = re.compile(r"\d{4}-\d\d")
_ADDRESS = re.compile(r"https://[^\s\"]+")


@dataclass(frozen=True, slots=True)
class Member:
    """One published release of a family.

    Attributes:
        family: Name of its family in the table of families.
        names: Its names on the hub, owner/name, and those of releases that differ by training.
        layers: Layers of the language part.
        experts: Routed experts of a layer.
        top_k: Of these, those that a token uses.
        shared: Experts that are always on.
        dense_layers: Layers at its begin that hold no experts.
        hidden: Width of the residual stream.
        expert_width: Inner width of one expert.
        total: All parameters as the publisher states them.
        active: Those that one token uses, as the publisher states them.
        counted_total: All parameters by the formulas.
        counted_active: Those that one token uses by the formulas, embeddings included.
        counted_active_no_embedding: The same without the input embedding.
        weights: Elements of published files: with towers, layers that predict further tokens.
        context: Longest context, tokens.
        released: Year and month; empty if not known.
        config: Facts of its config, as JSON; empty if none was read.
        sources: Addresses where it was read.
        read: Day on which it was read.
        note: Why counts differ, and what else there is to know.
    """

    family: str
    names: tuple[str, ...]
    layers: int | None
    experts: int | None
    top_k: int | None
    shared: int | None
    dense_layers: int | None
    hidden: int | None
    expert_width: int | None
    total: int | None
    active: int | None
    counted_total: int | None
    counted_active: int | None
    counted_active_no_embedding: int | None
    weights: tuple[int, ...]
    context: int | None
    released: str
    config: str
    sources: tuple[str, ...]
    read: str
    note: str

    @property
    def name(self) -> str:
        """Return the first of its names."""
        return self.names[0]

    @property
    def totals(self) -> tuple[int, ...]:
        """Return what its weights can add up to, in parameters."""
        known = (self.counted_total, self.total, *self.weights)
        return tuple(one for one in known if one)

    @property
    def used(self) -> int | None:
        """Return the parameters that one token uses: as published, or else by the formulas.

        A publisher's figure counts embeddings or leaves them out, and rounds. One that is off by
        more than a tenth both ways (``A3B`` of a model that uses 3.9 billion) is the name of a
        class of sizes, and no count.
        """
        counts = (self.counted_active, self.counted_active_no_embedding)
        known = [one for one in counts if one]
        if self.active and (not known or any(abs(self.active / one - 1) <= _NEAR for one in known)):
            return self.active
        return self.counted_active or self.active


@cache
def load_members() -> tuple[Member, ...]:
    """Return the members that miner ships.

    Raises:
        ConfigurationError: A row lacks what it needs, or a name stands twice.
    """
    try:
        with _FILE.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise ValueError(f"its columns are not {', '.join(_COLUMNS)}")
            rows = list(reader)
        return _members(rows)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise ConfigurationError(f"cannot read the members of families: {error}") from error


def _members(rows: list[dict[str, str]]) -> tuple[Member, ...]:
    families = load_families().rows
    by_name: dict[str, dict[str, str]] = {}
    for row in rows:
        for name in row["names"].split():
            if by_name.setdefault(name, row) is not row:
                raise ValueError(f"{name} stands twice")
    members = []
    for row in rows:
        label = row["names"] or str(row)
        if row["family"] not in families or not row["names"]:
            raise ValueError(f"{label} is of no family that the table has")
        if not _DAY.fullmatch(row["read"]) or not all(
            map(_ADDRESS.fullmatch, row["source"].split() or [""])
        ):
            raise ValueError(f"{label} does not say where and when it was read")
        if row["released"] and not _MONTH.fullmatch(row["released"]):
            raise ValueError(f"{label} was released in no month")
        members.append(_member(row, _same_shape(row, by_name)))
    return tuple(members)


def _same_shape(row: dict[str, str], by_name: dict[str, dict[str, str]]) -> dict[str, str]:
    if not row["like"]:
        return row
    root = by_name[row["like"]]
    if root["like"]:
        raise ValueError(f"{row['names']} is like {row['like']}, which is like another")
    return root


def _member(row: dict[str, str], root: dict[str, str]) -> Member:
    cells = {name: row[name] or root[name] for name in _SHAPE}
    whole = {
        name: int(cells[name]) if cells[name] else None
        for name in _SHAPE
        if name not in {"total", "active"}
    }
    stated = {
        name: round(float(cells[name]) * _BILLION) if cells[name] else None
        for name in ("total", "active")
    }
    return Member(
        family=row["family"],
        names=tuple(row["names"].split()),
        weights=tuple(map(int, (row["weights"] or root["weights"]).split())),
        released=row["released"],
        config=row["config"] or root["config"],
        sources=tuple(row["source"].split()),
        read=row["read"],
        note=row["note"] or root["note"],
        total=stated["total"],
        active=stated["active"],
        layers=whole["layers"],
        experts=whole["experts"],
        top_k=whole["top_k"],
        shared=whole["shared"],
        dense_layers=whole["dense_layers"],
        hidden=whole["hidden"],
        expert_width=whole["expert_width"],
        counted_total=whole["counted_total"],
        counted_active=whole["counted_active"],
        counted_active_no_embedding=whole["counted_active_no_embedding"],
        context=whole["context"],
    )
