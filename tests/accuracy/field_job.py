"""Scores extractors of card fields on labels: one extractor, or several side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError
from tests.accuracy.field_answers import RecordedAnswers, Replayed, replay
from tests.accuracy.field_predictions import (
    FieldSource,
    covered_by_all,
    read_sources,
    the_rules,
)
from tests.accuracy.field_scores import (
    CardLabels,
    FieldResult,
    evaluate_fields,
    read_field_labels,
    shown,
)
from tests.accuracy.field_statements import cards_in
from tests.accuracy.peatmoss_labels import (
    LeftOut,
    Peatmoss,
    is_peatmoss,
    only_filled,
    read_peatmoss,
)

MINER, PEATMOSS = "miner", "peatmoss"
FORMS = (MINER, PEATMOSS)


@dataclass(frozen=True, slots=True)
class Difference:
    """A labelled value that some sources found and others did not."""

    card: str
    field: str
    value: str
    quote: str
    found_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The scores of several sources on the same labels."""

    labels: tuple[CardLabels, ...]
    results: dict[str, FieldResult]

    def found_by(self) -> dict[tuple[str, int], tuple[str, ...]]:
        """Return who found each labelled value, by its card and place among the entries."""
        keys = {key: None for result in self.results.values() for key in result.units}
        return {
            key: tuple(name for name, one in self.results.items() if one.units.get(key))
            for key in keys
        }

    def counts(self) -> dict[str, Counter[tuple[str, ...]]]:
        """Return by field how many labelled values were found by whom: by all, some, one, none."""
        entries = {label.card: label.entries for label in self.labels}
        counted: dict[str, Counter[tuple[str, ...]]] = {}
        for (card, at), names in self.found_by().items():
            counted.setdefault(entries[card][at]["field"], Counter())[names] += 1
        return dict(sorted(counted.items()))

    def differences(self) -> list[Difference]:
        """Return the labelled values that not all sources found, and one did at least."""
        entries = {label.card: label.entries for label in self.labels}
        found = []
        for (card, at), names in self.found_by().items():
            if 0 < len(names) < len(self.results):
                entry = entries[card][at]
                value = shown(entry["field"], entry)
                quote = str(entry.get("quote", ""))
                found.append(Difference(card, entry["field"], value, quote, names))
        return sorted(found, key=lambda one: (one.field, one.card, one.value))

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        return {
            "sources": [
                {"source": name, **result.as_dict()} for name, result in self.results.items()
            ],
            "labelled_values_found_by": [
                {"field": name, "found_by": names, "values": count}
                for name, counts in self.counts().items()
                for names, count in sorted(counts.items())
            ],
            "differences": [asdict(one) for one in self.differences()],
        }


def side_by_side(
    labels: Iterable[CardLabels], folder: Path, sources: Iterable[FieldSource]
) -> SideBySide:
    """Score several sources on the same cards.

    Raises:
        ConfigurationError: A labelled card is not in the folder.
    """
    labelled = tuple(labels)
    return SideBySide(
        labelled, {one.name: evaluate_fields(labelled, folder, one.read) for one in sources}
    )


@dataclass(frozen=True, slots=True)
class FieldJob:
    """What to score, and on what.

    Attributes:
        labels: File of labels.
        cards: Folder of cards.
        form: Form of the labels, one of ``FORMS``; None to tell it from the file.
        only: Models whose cards are scored; empty for all.
        predictions: Files of values of extractors.
        has_rules: Whether the rules are scored; they are too where no file is given.
        is_covered_only: Whether cards are left out that a source has not read.
        answers: Recorded answers of a language model; None: none are scored.
    """

    labels: Path
    cards: Path
    form: str | None = None
    only: tuple[str, ...] = ()
    predictions: tuple[Path, ...] = ()
    has_rules: bool = False
    is_covered_only: bool = False
    answers: RecordedAnswers | None = None


@dataclass(frozen=True, slots=True)
class ScoredFields:
    """Scores of one source or several, and what was not scored.

    Attributes:
        sides: The scores, by source.
        uncovered: Labelled cards that a source has no line of, by source.
        left_out: Values of the labels that cannot be compared.
        without_card: Labelled models that have no card in the folder.
        not_compared: Values in fields that the labels leave empty, by source and field.
        replayed: What recorded answers came to, by way to ask.
    """

    sides: SideBySide
    uncovered: dict[str, int]
    left_out: Sequence[LeftOut] = ()
    without_card: Sequence[str] = ()
    not_compared: dict[str, dict[str, int]] | None = None
    replayed: Sequence[Replayed] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for JSON: the scores of one source, or of several side by side."""
        results = self.sides.results
        one = {"source": next(iter(results)), **next(iter(results.values())).as_dict()}
        found: dict[str, Any] = one if len(results) == 1 else self.sides.as_dict()
        found["cards_without_a_line"] = self.uncovered
        if self.replayed:
            found["replayed"] = [one.as_dict() for one in self.replayed]
        if self.not_compared is not None:
            found["left_out"] = [asdict(one) for one in self.left_out]
            found["without_card"] = list(self.without_card)
            found["not_compared"] = self.not_compared
        return found


def score_job(job: FieldJob) -> ScoredFields:
    """Score the extractors of a job.

    Raises:
        ConfigurationError: No card is labelled, or a file has no line of a labelled card.
        InvalidData: A file cannot be read.
    """
    is_theirs = job.form == PEATMOSS or (job.form is None and is_peatmoss(job.labels))
    truth = _peatmoss(job) if is_theirs else Peatmoss(read_field_labels(job.labels))
    labels = [label for label in truth.labels if not job.only or label.model in job.only]
    if not labels:
        raise ConfigurationError(
            f"no labels of {', '.join(job.only) or 'any card'} in {job.labels}",
            next_step="name models of the file with --only",
        )
    sources = read_sources(job.predictions, labels)
    replayed: Sequence[Replayed] = ()
    if job.answers is not None:
        answered, replayed = replay(job.answers, labels, job.cards)
        sources += answered
    if job.has_rules or job.answers is not None or not sources:
        sources.insert(0, the_rules())
    if job.is_covered_only:
        labels = _covered(labels, sources)
    uncovered = {one.name: _uncovered(one, labels) for one in sources}
    if not is_theirs:
        sides = side_by_side(labels, job.cards, sources)
        return ScoredFields(sides, uncovered, replayed=replayed)
    filtered = [only_filled(one, labels) for one in sources]
    sides = side_by_side(labels, job.cards, [source for source, _ in filtered])
    not_compared = {source.name: counts for source, counts in filtered}
    left_out = [one for one in truth.left_out if not job.only or one.model in job.only]
    return ScoredFields(sides, uncovered, left_out, truth.without_card, not_compared, replayed)


def _peatmoss(job: FieldJob) -> Peatmoss:
    cards = {model.lower(): file for model, file in cards_in(job.cards)}
    return read_peatmoss(job.labels, job.cards, cards)


def _covered(labels: list[CardLabels], sources: list[FieldSource]) -> list[CardLabels]:
    found = covered_by_all(labels, sources)
    if not found:
        raise ConfigurationError(
            "no labelled card was read by every source",
            next_step="leave --covered out, or give predictions and answers of the same cards",
        )
    return found


def _uncovered(source: FieldSource, labels: list[CardLabels]) -> int:
    if source.covered is None:
        return 0
    return sum(label.card not in source.covered for label in labels)
