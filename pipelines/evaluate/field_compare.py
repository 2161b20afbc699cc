"""Several extractors on the same labelled cards: whose values are right, and whose alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from miner.pipelines.evaluate.field_predictions import Source
from miner.pipelines.evaluate.fields import CardLabels, Result, evaluate, shown


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
    results: dict[str, Result]

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
    labels: Iterable[CardLabels], folder: Path, sources: Iterable[Source]
) -> SideBySide:
    """Score several sources on the same cards.

    Raises:
        ConfigurationError: A labelled card is not in the folder.
    """
    labelled = tuple(labels)
    return SideBySide(labelled, {one.name: evaluate(labelled, folder, one.read) for one in sources})
