"""The LLM extractor against OpenAI's client alone, on a server that takes its time.

Each way asks for the same cards, of a server in a process of its own that takes the same time for
each answer. What bounds the rate is the number of requests in flight over that time; the bench
shows how near each way comes to it, and how many requests the server saw at once.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import openai

from miner.db.session import open_store
from miner.pipelines.derive.cards.llm.answer_rows import StoredAnswers
from miner.pipelines.derive.cards.llm.api_dialect import Dialect
from miner.pipelines.derive.cards.llm.llm_reading import CardReading
from miner.pipelines.derive.cards.llm.llm_run import run
from miner.pipelines.derive.cards.llm.llm_settings import LlmCard, LlmSettings, llm_settings
from miner.settings import Settings
from tests.bench.page import machine, table, write_section
from tests.bench.process import ROOT
from tests.llm_cards import cards
from tests.llm_server import KEY, MODEL

_ROUNDS = 10
"""Answers that each of the requests in flight waits for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="time the server takes")
    parser.add_argument("--concurrency", default="1,8,32,64", help="requests in flight, a list")
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    text = _report(options.seconds, [int(one) for one in options.concurrency.split(",")])
    print(text)
    if not options.no_page:
        write_section("llm", text)
    return 0


def _report(seconds: float, counts: Sequence[int]) -> str:
    rows = []
    with _serving(seconds) as address:
        for count in counts:
            read = cards(count * _ROUNDS)
            settings = llm_settings(
                MODEL, base_url=f"{address}/v1", api_key=KEY, concurrency=count,
                price_in=1.0, price_out=2.0,
            )  # fmt: skip
            for name, way in (("miner, kept in SQLite", _miner), ("openai client alone", _client)):
                elapsed = way(read, settings)
                most = httpx2.get(f"{address}/stats").json()["most_in_flight"]
                rate, bound = len(read) / elapsed, count / seconds
                rows.append(
                    [name, str(count), str(most), f"{rate:,.0f}", f"{bound:,.0f}",
                     f"{100 * rate / bound:.0f}"]
                )  # fmt: skip
    head = ["way", "allowed in flight", "seen in flight", "answers/s", "bound", "% of it"]
    return "\n\n".join(
        [
            "## Asking a language model",
            f"A server on loopback that takes {seconds:g} s for each answer; {_ROUNDS} cards for "
            "each request in flight. `miner` makes the prompts, checks the quotes and commits "
            "every answer before it is used; the client alone sends prompts made beforehand and "
            "keeps nothing.",
            table(head, rows),
            machine(),
            "`python -m tests.bench.llm`",
        ]
    )


def _miner(read: list[LlmCard], settings: LlmSettings) -> float:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(Settings(Path(folder), f"sqlite:///{folder}/miner.db"))
        begun = time.perf_counter()
        ledger = run(read, settings, StoredAnswers(engine), lambda _card, _outcome: None)
        elapsed = time.perf_counter() - begun
        engine.dispose()
    assert ledger.requests == len(read)
    return elapsed


def _client(read: list[LlmCard], settings: LlmSettings) -> float:
    requests = [one for card in read for one in CardReading(card, settings).needed({})]
    bodies = [Dialect().body(one, settings) for one in requests]

    async def go() -> float:
        slots = asyncio.Semaphore(settings.concurrency)
        client = openai.AsyncOpenAI(base_url=settings.base_url, api_key=settings.api_key)

        async def ask(number: int) -> None:
            async with slots:
                await client.chat.completions.create(**bodies[number])

        begun = time.perf_counter()
        await asyncio.gather(*map(ask, range(len(bodies))))
        elapsed = time.perf_counter() - begun
        await client.close()
        return elapsed

    return asyncio.run(go())


@contextmanager
def _serving(seconds: float) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.llm_server", str(seconds)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


if __name__ == "__main__":
    sys.exit(main())
