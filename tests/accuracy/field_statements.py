"""Sizes and bases read from cards, compared with what others state of the same models.

Nothing here is a label: a card and a table can both be right and differ, because they count
different things or are of different dates. So agreement is counted, and every disagreement is
listed with the words of the card and both figures.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.derive.cards import numbers
from miner.schema.vocab import Relation
from tests.accuracy.field_equality import same
from tests.accuracy.field_predictions import read_sources, the_rules
from tests.accuracy.field_references import (
    EDGES,
    Figure,
    References,
    StatedBase,
    read_references,
    step_of,
)
from tests.accuracy.field_scores import CardLabels, read_card_text

AGREE = "agree"
DISAGREE = "disagree"
ONLY_CARD = "only card"
ONLY_REFERENCE = "only reference"
VERDICTS = (AGREE, DISAGREE, ONLY_CARD, ONLY_REFERENCE)
CLOSE = 0.05
"""Share by which two counts of parameters may differ and still agree."""
_COUNT = re.compile(numbers.COUNT)
_SIZE, _BASE = "parameter_count", "base_model"
_INDEX = "cards_index.csv"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that a card, a source, or both say.

    Attributes:
        source: Name of the file that is compared with.
        field: Name of the field; relations of bases are ``base_model.relation``.
        model: The model, as its card is named.
        card: Name of the card's file.
        verdict: One of ``VERDICTS``.
        stated: What the card says, as text.
        reference: What the source says, as text.
        quote: Words of the card, empty where it says nothing.
        hint: What explains a disagreement, where it can be told: another count of the same source,
            another owner of the same name, a base of the base.
    """

    source: str
    field: str
    model: str
    card: str
    verdict: str
    stated: str
    reference: str
    quote: str = ""
    hint: str = ""


@dataclass(slots=True)
class StatementComparison:
    """All that was compared.

    ``stated`` counts the cards that state a field, ``known`` those of them that a source speaks of.
    """

    cards: int = 0
    stated: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    found: list[Compared] = field(default_factory=list)

    def counts(self) -> list[tuple[str, str, dict[str, int]]]:
        """Return field, source, and how many are of which verdict."""
        counted = Counter((one.field, one.source, one.verdict) for one in self.found)
        pairs = sorted({(name, source) for name, source, _ in counted})
        return [
            (name, source, {verdict: counted[name, source, verdict] for verdict in VERDICTS})
            for name, source in pairs
        ]

    def disagreements(self) -> list[Compared]:
        """Return where both say something, and not the same."""
        return [one for one in self.found if one.verdict == DISAGREE]

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        return {
            "cards": self.cards,
            "stated": dict(self.stated),
            "known": dict(self.known),
            "counts": [
                {"field": name, "source": source, **{k.replace(" ", "_"): n for k, n in c.items()}}
                for name, source, c in self.counts()
            ],
            "found": [asdict(one) for one in self.found],
        }


def compare_folders(
    truth: Iterable[Path], folder: Path, predictions: Path | None, only: tuple[str, ...]
) -> StatementComparison:
    """Compare a folder of cards with folders of tables.

    Args:
        truth: Folders of tables that are known by name.
        folder: Folder of cards.
        predictions: Values of an extractor; None for those of the rules.
        only: Models whose cards are compared; empty for all.

    Raises:
        ConfigurationError: There are no tables or no cards.
        InvalidData: A file cannot be read.
    """
    references = read_references(truth)
    cards = [(model, card) for model, card in cards_in(folder) if not only or model in only]
    if not cards:
        raise ConfigurationError(
            f"no card of {', '.join(only)} in {folder}", next_step="name models of the folder"
        )
    source = the_rules()
    if predictions is not None:
        nothing: frozenset[str] = frozenset()
        labels = [CardLabels(model, card, [], nothing) for model, card in cards]
        source = read_sources([predictions], labels)[0]
    covered = source.covered
    if covered is not None:  # a card that was not read is not one that states nothing
        cards = [(model, card) for model, card in cards if card in covered]
    return compare(
        cards, references, lambda card, model: source.read(read_card_text(folder / card), model)
    )


def cards_in(folder: Path) -> list[tuple[str, str]]:
    """Return the models of a folder's cards and the names of the files.

    An index ``cards_index.csv`` in or beside the folder, with the columns id and file, tells them;
    without one a file's name does: ``owner__name.md``.

    Raises:
        ConfigurationError: The folder holds no card.
        InvalidData: The index cannot be read.
    """
    index = next((p for p in (folder / _INDEX, folder.parent / _INDEX) if p.exists()), None)
    if index is None:
        found = [(file.stem.replace("__", "/", 1), file.name) for file in folder.glob("*.md")]
    else:
        try:
            with index.open(encoding="utf-8", newline="") as stream:
                rows = [(row["id"], row["file"]) for row in csv.DictReader(stream)]
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise InvalidData(
                f"cannot read {index}: {error!r}",
                next_step="give it the columns id and file, or take it away",
            ) from error
        found = [(model, file) for model, file in rows if (folder / file).is_file()]
    if not found:
        raise ConfigurationError(
            f"no cards in {folder}", next_step="give with --cards a folder of cards, owner__name.md"
        )
    return sorted(found)


def compare(
    cards: Iterable[tuple[str, str]],
    references: References,
    read: Callable[[str, str], Iterable[Row]],
) -> StatementComparison:
    """Compare what cards state with what the sources say of their models.

    A source that has no row of a model says nothing of it, so only that is counted.

    Args:
        cards: Models and the names of their cards.
        references: What the sources say.
        read: From the name of a card and its model to rows as ``miner extract`` prints them.
    """
    result = StatementComparison()
    for model, card in cards:
        result.cards += 1
        figures = references.figures.get(model.lower(), [])
        bases = references.bases.get(model.lower(), [])
        rows = list(read(card, model))
        stated = [row for row in rows if row["field"] == _SIZE]
        named = [row for row in rows if row["field"] == _BASE]
        for name, rows_of, known in ((_SIZE, stated, figures), (_BASE, named, bases)):
            result.stated[name] += bool(rows_of)
            result.known[name] += bool(rows_of and known)
        for source in dict.fromkeys(one.source for one in figures):
            ours = [one for one in figures if one.source == source]
            result.found.append(_sizes(model, card, stated, ours))
        if bases:
            result.found.extend(_bases(model, card, named, references))
    return result


def _sizes(model: str, card: str, rows: list[Row], figures: list[Figure]) -> Compared:
    source = figures[0].source
    reference = ", ".join(f"{one.value:,.0f}" for one in figures)
    if not rows:
        return Compared(source, _SIZE, model, card, ONLY_REFERENCE, "", reference)
    row, verdict = rows[0], DISAGREE
    for candidate in rows:
        if any(_agree(candidate, one.value, one.step) for one in figures):
            row, verdict = candidate, AGREE
            break
    hint = "" if verdict == AGREE else _hint(rows, figures)
    stated = f"{row['value']:,}" if isinstance(row["value"], int) else str(row["value"])
    quote = _quote(row)
    return Compared(source, _SIZE, model, card, verdict, stated, reference, quote, hint)


def _agree(row: Row, value: float, step: float) -> bool:
    """Return whether two counts are within 5 %, or one rounds to the other as it is written."""
    stated = numbers.count(str(row["value"]))
    if stated is None:
        return False
    apart = abs(stated - value)
    rounding = max(_written_step(_quote(row), stated), step) / 2
    return apart <= max(CLOSE * value, rounding)


def _written_step(quote: str, stated: float) -> float:
    """Return the last digit that a card writes of a number: 0.1 billion for 1.3B."""
    for match in _COUNT.finditer(quote):
        value = numbers.count(match[0])
        if value and abs(value - stated) < 0.5:
            digits = re.match(r"[\d,.]*", match[0])
            plain = (digits[0] if digits else "").replace(",", "")
            scale = value / float(plain or 1)
            return scale / 10 ** len(plain.partition(".")[2]) if scale > 1 else step_of(value)
    return step_of(stated)


def _hint(rows: list[Row], figures: list[Figure]) -> str:
    return next(
        (
            f"is its count of {what}" if what.startswith("active") else f"is its count {what}"
            for one in figures
            for what, value in one.others
            for row in rows
            if value > 0 and _agree(row, value, 1.0)
        ),
        "",
    )


def _bases(model: str, card: str, rows: list[Row], references: References) -> list[Compared]:
    """Compare bases by name; where a card and the source share one, its relation too.

    Of several bases one side may name fewer: those stand as said by one alone. Where no name is
    shared, they disagree as a whole.
    """
    compared = partial(Compared, EDGES.removesuffix(".csv"), _BASE, model, card)
    open_rows, open_bases = list(rows), []
    found: list[Compared] = []
    for base in references.bases[model.lower()]:
        row = next((one for one in open_rows if _is_same(base, one)), None)
        if row is None:
            open_bases.append(base)
            continue
        open_rows.remove(row)
        found.append(compared(AGREE, str(row["value"]), base.name, _quote(row)))
        found.extend(_relation(model, card, base, row))
    is_shared = bool(found)
    for base in tuple(open_bases):
        row = next((one for one in open_rows if _last(one["value"]) == _last(base.name)), None)
        if row is not None:
            open_rows.remove(row)
            open_bases.remove(base)
            hint = "the same name under another owner"
            found.append(compared(DISAGREE, str(row["value"]), base.name, _quote(row), hint))
    if open_bases and open_rows and not is_shared:
        stated = ", ".join(str(row["value"]) for row in open_rows)
        reference = ", ".join(base.name for base in open_bases)
        hint = _generation(open_rows, open_bases, references)
        return [*found, compared(DISAGREE, stated, reference, _quote(open_rows[0]), hint)]
    found.extend(compared(ONLY_REFERENCE, "", base.name) for base in open_bases)
    found.extend(compared(ONLY_CARD, str(row["value"]), "", _quote(row)) for row in open_rows)
    return found


def _generation(rows: list[Row], bases: list[StatedBase], references: References) -> str:
    """Say whether one side names a base of what the other names."""
    named = [str(row["value"]).lower() for row in rows]
    reference = [base.name.lower() for base in bases]
    if any(_descends(mine, reference, references) for mine in named):
        return "the source names a base of what the card names"
    if any(_descends(theirs, named, references) for theirs in reference):
        return "the card names a base of what the source names"
    return ""


def _descends(model: str, bases: list[str], references: References) -> bool:
    return any(base.name.lower() in bases for base in references.bases.get(model, ()))


def _last(name: object) -> str:
    return str(name).rpartition("/")[2].lower()


def _quote(row: Row) -> str:
    return str(row.get("quote") or "")


def _is_same(base: StatedBase, row: Row) -> bool:
    return same(_BASE, {"value": base.name}, row)


def _relation(model: str, card: str, base: StatedBase, row: Row) -> list[Compared]:
    """Compare the relation of a base that both name; unknown says nothing."""
    stated = str(row.get("relation") or Relation.UNKNOWN)
    if stated == base.relation == Relation.UNKNOWN:
        return []
    if stated == Relation.UNKNOWN:
        verdict = ONLY_REFERENCE
    elif base.relation == Relation.UNKNOWN:
        verdict = ONLY_CARD
    else:
        verdict = AGREE if stated == base.relation else DISAGREE
    source, shown = EDGES.removesuffix(".csv"), f"{base.relation} of {base.name}"
    return [Compared(source, f"{_BASE}.relation", model, card, verdict, stated, shown, _quote(row))]
