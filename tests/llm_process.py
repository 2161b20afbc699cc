"""A run of the LLM extractor in a process of its own, to be killed.

``python -m tests.llm_process DATA_DIR DATABASE_URL BASE_URL CARDS [batch]``
"""

from __future__ import annotations

import sys
from pathlib import Path

from miner.db.session import open_store
from miner.pipelines.derive.cards.llm.answer_rows import StoredAnswers
from miner.pipelines.derive.cards.llm.llm_run import run
from miner.pipelines.derive.cards.llm.llm_settings import llm_settings
from miner.settings import Settings
from tests.llm_cards import cards
from tests.llm_server import KEY, MODEL


def main() -> None:
    """Read cards, and print the model of each that is done."""
    data_dir, database_url, base_url, count = sys.argv[1:5]
    engine = open_store(Settings(Path(data_dir), database_url))
    settings = llm_settings(
        MODEL, base_url=base_url, api_key=KEY, price_in=1.0, price_out=2.0, concurrency=4,
        is_batch="batch" in sys.argv, batch_poll_seconds=0.05,
    )  # fmt: skip
    run(
        cards(int(count)), settings, StoredAnswers(engine),
        lambda card, _outcome: print(card.model, flush=True),
    )  # fmt: skip
    engine.dispose()


if __name__ == "__main__":
    main()
