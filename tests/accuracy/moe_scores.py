"""How often it is right which models are mixtures of experts, and with how many experts.

The unit is a labelled model of confidence high or medium. Each is judged three times, by what is
known of it, since the answer depends on that: a full config; the model type and class that the
hub repeats; the name, with tags and bases where the file of labels has them. Precision is over the
models called true, recall over the labelled ones, and unknown is missed there; the share of
unknown stands beside it. Counts are exact or wrong or not answered.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import InvalidData
from miner.pipelines.derive.architecture.model_evidence import (
    COUNTS,
    Architecture,
    Evidence,
    EvidenceBase,
)
from miner.pipelines.derive.architecture.precedence import architecture
from miner.schema.moe import Families, load_families
from tests.accuracy.scoring import Score, ratio

COLUMNS = ("id", "is_moe", "model_type", "architecture", "n_experts", "top_k", "n_shared",
           "category", "confidence", "config_file")  # fmt: skip
INPUTS = {
    "config": "a full config",
    "type": "model type and class alone",
    "type and name": "model type, class and name",
    "name": "name, tags and bases alone",
}
HARD = "hard-negative"
_TRUTHS = {"1": True, "0": False, "true": True, "false": False, "True": True, "False": False}
_NOT_A_NUMBER = ("dynamic", "varies", "variable", "unknown", "n/a", "?", "-")
"""How a count is told that is no number: experts a token by a threshold, or nobody knows."""
_MOST_DIGITS = 10
_MOST_SHOWN = 40
_LABELS = dict(zip(COUNTS, ("n_experts", "top_k", "n_shared"), strict=True))


@dataclass(frozen=True, slots=True)
class MoeLabel:
    """One labelled model.

    Attributes:
        model: owner/name.
        is_moe: Holds experts to choose between.
        model_type: As its config names it; empty if not known.
        classes: Classes that its config names.
        counts: Expert counts by column; only those that the label states.
        category: Native, quantised, or why it is a negative that is easy to get wrong.
        config: Its config; None if there is none.
        tags: Tags, where the file has them.
        bases: Names of its bases, where the file has them.
    """

    model: str
    is_moe: bool
    model_type: str
    classes: tuple[str, ...]
    counts: Mapping[str, int]
    category: str
    config: Path | None = None
    tags: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoeMiss:
    """One model that is judged wrongly, or one count of it."""

    input: str
    model: str
    what: str
    labelled: str
    found: str
    method: str
    category: str


@dataclass(slots=True)
class MoeResult:
    """The scores of one input.

    Attributes:
        models: Models judged.
        unknown: Of these, those without an answer.
        is_moe: Models called true.
        is_dense: Models called false.
        by_category: The scores of ``is_moe`` by category.
        by_type: The same by model type.
        hard: Of hard negatives by reason: how many, and how many are called true.
        counts: By column: exact, wrong, not answered.
        methods: By method: right and wrong.
        misses: Every miss.
    """

    models: int = 0
    unknown: int = 0
    is_moe: Score = field(default_factory=Score)
    is_dense: Score = field(default_factory=Score)
    by_category: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    by_type: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    hard: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    counts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    methods: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    misses: list[MoeMiss] = field(default_factory=list)

    def macro(self, number: Callable[[Score], float | None]) -> float | None:
        """Return the mean of a ratio over the model types that have it."""
        labelled = [one for score in self.by_type.values() if (one := number(score)) is not None]
        return mean_of(sum(labelled), len(labelled))

    def exact(self, column: str) -> float | None:
        """Return the share of exact counts among those answered."""
        right, wrong, _ = self.counts[column]
        return ratio(right, right + wrong)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "models": self.models,
            "unknown": self.unknown,
            "is_moe": self.is_moe.as_dict(),
            "is_dense": self.is_dense.as_dict(),
            "macro_precision": self.macro(lambda one: one.precision),
            "macro_recall": self.macro(lambda one: one.recall),
            "by_category": {name: one.as_dict() for name, one in sorted(self.by_category.items())},
            "hard_negatives": {
                name: {"models": all_, "called_moe": wrong}
                for name, (all_, wrong) in sorted(self.hard.items())
            },
            "counts": {
                column: {"exact": right, "wrong": wrong, "not_answered": missing}
                for column, (right, wrong, missing) in self.counts.items()
            },
            "methods": {
                name: {"right": right, "wrong": wrong}
                for name, (right, wrong) in sorted(self.methods.items())
            },
            "misses": [asdict(miss) for miss in self.misses],
        }


def mean_of(total: float, count: int) -> float | None:
    """Return a mean, None over nothing."""
    return total / count if count else None


def read_moe_labels(path: Path) -> list[MoeLabel]:
    """Return the labels of a file that are scored: those of low confidence are set aside.

    Configs are found beside the file, by the column ``config_file``.

    Raises:
        InvalidData: The file cannot be read, lacks a column, or a line holds what is no label.
    """
    step = "give a CSV file in UTF-8 with the columns of the labels"
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InvalidData(
                    f"{path} is no file of labels of experts: it lacks {', '.join(missing)}",
                    next_step=step,
                )
            return [
                _label(row, path, reader.line_num) for row in reader if row["confidence"] != "low"
            ]
    except UnicodeError as error:
        raise InvalidData(f"{path} is no text in UTF-8", next_step=step) from error
    except (OSError, ValueError, csv.Error) as error:
        raise InvalidData(f"cannot read the labels {path}: {error}", next_step=step) from error


def _label(row: Mapping[str, str | None], path: Path, line: int) -> MoeLabel:
    cells = {name: (row.get(name) or "").strip() for name in (*COLUMNS, "tags", "base_model")}
    labelled = cells["model_type"]
    if not cells["id"]:
        raise _unusable(path, line, "id", cells["id"], "the name of a model")
    if cells["is_moe"] not in _TRUTHS:
        raise _unusable(path, line, "is_moe", cells["is_moe"], "1 or 0")
    counts = {column: _first(cells[name], path, line, name) for column, name in _LABELS.items()}
    return MoeLabel(
        cells["id"],
        _TRUTHS[cells["is_moe"]],
        "" if labelled.startswith("(") else labelled,
        tuple(one.strip() for one in cells["architecture"].split(",") if one.strip()),
        {column: one for column, one in counts.items() if one is not None},
        cells["category"],
        path.parent / cells["config_file"] if cells["config_file"] else None,
        tuple(cells["tags"].split()),
        tuple(cells["base_model"].split()),
    )


def _unusable(path: Path, line: int, column: str, found: str, expected: str) -> InvalidData:
    return InvalidData(
        f"{path}, line {line}, column {column}: {found[:_MOST_SHOWN]!r} is not {expected}",
        next_step="correct the line, or take it out",
    )


def _first(text: str, path: Path, line: int, column: str) -> int | None:
    """Return the number that a count begins with: of two groups of experts the first.

    Empty is not known; so is what a file says in the words of ``_NOT_A_NUMBER``.
    """
    first = text.split("+", maxsplit=1)[0].strip()
    if first.isascii() and first.isdigit() and len(first) < _MOST_DIGITS:
        return int(first)
    if text and not text.lower().startswith(_NOT_A_NUMBER):
        raise _unusable(path, line, column, text, "a number, or empty where it is not known")
    return None


def read_corpus_configs(folder: Path, labels: Iterable[MoeLabel]) -> list[MoeLabel]:
    """Return the configs of a folder that an index marks as dense or not, as labels.

    Counts are those of the label of the same model, where there is one.

    Raises:
        InvalidData: The index cannot be read.
    """
    index = folder / "configs_index.csv"
    known = {label.model: label for label in labels}
    found = []
    try:
        with index.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["kind"] != "config" or row["dense_or_moe"] not in {"dense", "moe"}:
                    continue
                label = known.get(row["id"])
                found.append(
                    MoeLabel(
                        row["id"], row["dense_or_moe"] == "moe", row["model_type"],
                        (row["architecture"],), label.counts if label else {},
                        label.category if label else "corpus", folder / "configs" / row["file"],
                    )
                )  # fmt: skip
    except (OSError, UnicodeError, KeyError, csv.Error) as error:
        raise InvalidData(
            f"cannot read the index of configs {index}: {error}",
            next_step="give the folder that holds configs/ and configs_index.csv",
        ) from error
    return found


def evidence_of(label: MoeLabel, known: str) -> Evidence | None:
    """Return what is known of a labelled model by one input; None if that is nothing."""
    if known == "config":
        if label.config is None:
            return None
        try:
            return Evidence(config=label.config.read_bytes())
        except OSError as error:
            raise InvalidData(f"cannot read the config {label.config}: {error}") from error
    if known == "name":
        bases = tuple(EvidenceBase(name) for name in label.bases)
        return Evidence(label.model, tags=label.tags, bases=bases)
    if not label.model_type and not label.classes:
        return None
    model = label.model if known == "type and name" else ""
    return Evidence(model, model_type=label.model_type or None, classes=label.classes)


def evaluate_moe(
    labels: Iterable[MoeLabel],
    configs: Iterable[MoeLabel] = (),
    families: Callable[[MoeLabel], Families] | None = None,
) -> dict[str, MoeResult]:
    """Score each input.

    Args:
        labels: Labelled models.
        configs: Configs that are scored beside those of the labels.
        families: The table for a label, by default the one that miner ships; for
            cross-validation one without the label's family.
    """
    labelled = list(labels)
    results = {known: MoeResult() for known in INPUTS}
    for known, result in results.items():
        for label in [*labelled, *configs] if known == "config" else labelled:
            evidence = evidence_of(label, known)
            if evidence is not None:
                table = families(label) if families else None
                score_one(result, known, label, architecture(evidence, table))
    return results


def score_one(result: MoeResult, known: str, label: MoeLabel, found: Architecture) -> None:
    """Add the judgment of one model to the scores of an input."""
    result.models += 1
    result.unknown += found.is_moe is None
    kind = label.model_type or "not named"
    for score in (result.is_moe, result.by_category[label.category], result.by_type[kind]):
        _add(score, label.is_moe, found.is_moe is True)
    _add(result.is_dense, not label.is_moe, found.is_moe is False)
    if label.category.startswith(HARD):
        reason = label.category.removeprefix(HARD).strip(": ")
        result.hard[reason][0] += 1
        result.hard[reason][1] += found.is_moe is True
    if found.is_moe is not None and found.method:
        result.methods[found.method][found.is_moe is not label.is_moe] += 1
    if found.is_moe is not label.is_moe:
        result.misses.append(_miss(known, label, "is_moe", label.is_moe, found.is_moe, found))
    if not label.is_moe:
        return
    for column, labelled in label.counts.items():
        answered = getattr(found, column)
        place = 2 if answered is None else 0 if answered == labelled else 1
        result.counts[column][place] += 1
        if place == 1:
            result.misses.append(_miss(known, label, column, labelled, answered, found))


def _add(score: Score, is_true: bool, is_called: bool) -> None:
    score.right += is_true and is_called
    score.wrong += is_called and not is_true
    score.missed += is_true and not is_called


def _miss(  # noqa: PLR0917
    known: str, label: MoeLabel, what: str, labelled: object, answered: object, found: Architecture
) -> MoeMiss:
    return MoeMiss(
        known, label.model, what, str(labelled),
        "unknown" if answered is None else str(answered), found.method or "", label.category,
    )  # fmt: skip


def cross_validate(
    labels: Iterable[MoeLabel], configs: Iterable[MoeLabel], *, share: float, seed: int
) -> tuple[dict[str, MoeResult], list[str]]:
    """Score models of families that the table does not have: a share of it is taken out.

    Args:
        labels: Labelled models; those of the families that are taken out are scored.
        configs: Configs, as in ``evaluate_moe``.
        share: Share of the families to take out, 0 to 1.
        seed: Of the choice.

    Returns:
        The scores, and the names of the families taken out.
    """
    table = load_families()
    names = [name for name, row in table.rows.items() if row.when != "never"]
    out = sorted(random.Random(seed).sample(names, round(share * len(names))))
    types = {
        one.lower() for name in out for one in (*table.rows[name].types, *table.rows[name].classes)
    }
    left = table.without(out)

    def is_out(label: MoeLabel) -> bool:
        return any(one.lower() in types for one in (label.model_type, *label.classes))

    return evaluate_moe(
        filter(is_out, labels), filter(is_out, configs), families=lambda _: left
    ), out
