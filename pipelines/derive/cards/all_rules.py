"""All rules of cards, imported, and with them compiled: a second, so only where cards are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from miner import registry
from miner.pipelines.derive.cards import rules
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.value import Value

Rule = Callable[[Document], Iterable[Value]]

RULES: tuple[Rule, ...] = tuple(module.read for module in registry.modules_in(rules))
