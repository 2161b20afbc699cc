"""Which fields a model is asked for: what the rules left open, and where they contradict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from miner.pipelines.derive.cards import normal
from miner.pipelines.derive.cards.value import Value
from miner.schema.fields import load_fields


def fields_to_ask(
    values: Iterable[Value], *, ask_all: bool = False, among: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return names of fields, in order.

    Args:
        values: What the rules read in the card.
        ask_all: Every field, whatever the rules read.
        among: Only these; empty: all.
    """
    read: dict[str, set[str]] = {}
    for value in values:
        read.setdefault(value.field, set()).add(normal.normal(value.field, value.value))
    return tuple(
        name
        for name, field in sorted(load_fields().items())
        if (not among or name in among)
        and (ask_all or name not in read or (field.is_single and len(read[name]) > 1))
    )
