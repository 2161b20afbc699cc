"""Labels of model use in repositories, as their CSV gives them."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from miner.errors import InvalidData

COLUMNS = ("repo", "commit", "path", "line", "hub", "model_id", "kind", "is_use", "confidence")


@dataclass(frozen=True, slots=True)
class LinkLabel:
    """One labelled place. ``confidence`` is high, medium or low; low is not scored."""

    path: str
    line: int
    hub: str
    model: str
    kind: str
    is_use: bool
    confidence: str


@dataclass(slots=True)
class LabelledRepository:
    """The labels of one repository at one commit.

    Attributes:
        repository: owner/name on GitHub.
        commit: Full sha.
        labels: In the order of the file; models lower case, under one name each.
        names: Every accepted spelling, lower case → the name that stands in ``labels``.
    """

    repository: str
    commit: str
    labels: list[LinkLabel] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def positive(self) -> set[str]:
        """Models that are used, as far as they are scored."""
        return {row.model for row in self.labels if row.is_use and row.confidence != "low"}

    @property
    def unscored(self) -> set[str]:
        """Models whose only uses are not scored: finding them is neither right nor wrong."""
        return {row.model for row in self.labels if row.is_use} - self.positive

    def name(self, model: str) -> str:
        """Return the name under which a found model is labelled, or its own in lower case."""
        return self.names.get(model.lower(), model.lower())

    def hub(self, model: str) -> str:
        """Return the hub of a labelled model, empty if it is not labelled."""
        return next((row.hub for row in self.labels if row.model == model), "")


def read_link_labels(path: Path) -> list[LabelledRepository]:
    """Return the labels of a file, one item a repository, in the order of the file.

    Raises:
        InvalidData: The file cannot be read, or lacks a column.
    """
    found: dict[tuple[str, str], LabelledRepository] = {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InvalidData(
                    f"{path} is no file of link labels: it lacks {', '.join(missing)}",
                    next_step="give a file with the columns of the corpus",
                )
            for row in reader:
                key = (row["repo"], row["commit"])
                _add(found.setdefault(key, LabelledRepository(*key)), row)
    except (OSError, UnicodeError, ValueError, csv.Error) as error:
        raise InvalidData(f"cannot read the labels {path}: {error}") from error
    return list(found.values())


def _add(into: LabelledRepository, row: dict[str, str]) -> None:
    model = row["model_id"].lower()
    into.names.setdefault(model, model)
    canonical = (row.get("canonical_id") or "").lower()
    if canonical:
        into.names.setdefault(canonical, model)
    into.labels.append(
        LinkLabel(
            row["path"], int(row["line"]), row["hub"], into.names[model], row["kind"],
            row["is_use"] == "1", row["confidence"],
        )
    )  # fmt: skip


def labels_by_model(labelled: LabelledRepository) -> dict[str, list[LinkLabel]]:
    """Return the labels of each model."""
    grouped: dict[str, list[LinkLabel]] = defaultdict(list)
    for row in labelled.labels:
        grouped[row.model].append(row)
    return grouped
