"""What tokens cost: a reviewed table of list prices, or the price that the user gives."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError

_FILE = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens.

    Attributes:
        input_usd: Of the prompt.
        output_usd: Of the answer, hidden reasoning included.
        batch_share: Share of both that a batch costs, 0 to 1.
        as_of: Day of the list, ``YYYY-MM-DD``; empty for a price that the user gave.
    """

    input_usd: float
    output_usd: float
    batch_share: float = 1.0
    as_of: str = ""

    def __post_init__(self) -> None:
        for number in (self.input_usd, self.output_usd):
            if not 0 <= number < math.inf:
                raise ConfigurationError(
                    f"a price per million tokens is a number from 0, not {number!r}",
                    next_step="give --price-in and --price-out in US dollars",
                )

    def cost(self, prompt_tokens: int, completion_tokens: int, *, is_batch: bool = False) -> float:
        """Return the cost of so many tokens in US dollars."""
        full = prompt_tokens * self.input_usd + completion_tokens * self.output_usd
        return full * (self.batch_share if is_batch else 1.0) / _MILLION


def list_price(model: str) -> Price | None:
    """Return the list price of a model, or of the one that a dated name is a snapshot of.

    Args:
        model: Its name at api.openai.com; a model of another service of that name has other prices.

    Returns:
        None where the table does not know the model: its price is unknown, not 0.
    """
    table = _table()
    entry = table["models"].get(model) or table["models"].get(_DATED.sub("", model))
    if entry is None:
        return None
    return Price(
        float(entry["input"]), float(entry["output"]), float(table["batch_share"]), table["as_of"]
    )


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))
