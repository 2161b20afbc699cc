"""Writes how often each rule was right on labelled cards, for the confidence of what it reads.

``python -m miner.pipelines.evaluate.accuracy LABELS CARDS > pipelines/derive/cards/accuracy.toml``
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from miner.pipelines.derive.cards.extract import extract
from miner.pipelines.evaluate.fields import Result, evaluate, read_field_labels

_HEAD = "# Values right and wrong on labelled cards, by field and rule. Generated.\n"


def as_toml(result: Result, day: date) -> str:
    """Return the counts of a result: what rules found by field, and what is missed.

    Args:
        result: Of the rules on labelled cards.
        day: When it was measured.
    """
    lines = [_HEAD, f'measured_on = "{day.isoformat()}"\n', "\n[missed]\n"]
    lines += [f"{field} = {score.missed}\n" for field, score in sorted(result.fields.items())]
    last = ""
    for (field, method), score in sorted(result.by_method.items()):
        if field != last:
            lines.append(f"\n[found.{field}]\n")
            last = field
        lines.append(f"{method} = [{score.right}, {score.wrong}]\n")
    return "".join(lines)


def main(arguments: list[str]) -> None:
    """Score the rules on labelled cards and print the counts.

    Args:
        arguments: The file of labels and the folder of cards.
    """
    labels, cards = (Path(one) for one in arguments)
    result = evaluate(
        read_field_labels(labels),
        cards,
        lambda card, model: [value.as_row() for value in extract(card, model)],
    )
    sys.stdout.write(as_toml(result, datetime.now(UTC).date()))


if __name__ == "__main__":
    main(sys.argv[1:])
