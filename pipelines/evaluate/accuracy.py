"""Writes how often each rule was right on labelled cards, for the confidence of what it reads.

``python -m miner.pipelines.evaluate.accuracy LABELS CARDS > pipelines/extract/accuracy.toml``
"""

from __future__ import annotations

import sys
from pathlib import Path

from miner.pipelines.evaluate.fields import Result, evaluate, read_field_labels
from miner.pipelines.extract.extract import extract

_HEAD = "# Values right and wrong on labelled cards, by field and rule. Generated.\n"


def as_toml(result: Result) -> str:
    """Return the counts of a result, a table a field and a line a rule."""
    lines = [_HEAD]
    last = ""
    for (field, method), score in sorted(result.by_method.items()):
        if field != last:
            lines.append(f"\n[{field}]\n")
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
    sys.stdout.write(as_toml(result))


if __name__ == "__main__":
    main(sys.argv[1:])
