"""Names in the source that no rule of the scanner settles: whatever knows models decides on them.

A name of which nothing answers stays unverified: it is named in a note, and judged as no use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from miner.pipelines.check.knowledge import Knowledge

MAX_ASKED = 100
"""Names of one project that are asked for; those that stand at most places first."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of names that no rule settled.

    Attributes:
        models: Hub and name, as written, of those that a hub has a model of.
        open: Names that nobody answered for, in order.
    """

    models: frozenset[tuple[str, str]] = frozenset()
    open: tuple[str, ...] = field(default=())


def verify(names: Iterable[tuple[str, str]], knowledge: Knowledge) -> Verified:
    """Ask which names are models.

    Args:
        names: Hub and name, once for each place.
        knowledge: What is known of models.
    """
    counts: dict[tuple[str, str], int] = {}
    for key in names:
        counts[key] = counts.get(key, 0) + 1
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    asked, left = ranked[:MAX_ASKED], ranked[MAX_ASKED:]
    for hub in sorted({hub for hub, _ in asked}):
        knowledge.prepare(hub, sorted(name for of, name in asked if of == hub))
    models = {key for key in asked if _is_model(knowledge, *key)}
    unanswered = {key for key in asked if key not in models and not knowledge.answers(*key)}
    return Verified(frozenset(models), tuple(sorted(name for _, name in {*unanswered, *left})))


def _is_model(knowledge: Knowledge, hub: str, name: str) -> bool:
    known = knowledge.model(hub, name)
    return known is not None and known.state != "named"
