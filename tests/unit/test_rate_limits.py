"""The account of a limit, against a simulated service on a simulated clock."""

from __future__ import annotations

import heapq
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from miner.pipelines.sources.rate_limits import LONGEST_WINDOW, RateBudget, RateInfo, retry_after

SLACK = 1.0

Acts = list[tuple[float, "Act"]]
Act = Callable[[RateBudget, Iterator[int]], Acts]


@dataclass
class Hub:
    """Counts requests in fixed windows, which begin with a request or at fixed times."""

    limit: int
    seconds: float
    is_aligned: bool
    names_policy: bool
    windows: Counter[float] = field(default_factory=Counter)
    ends: float = -math.inf

    def take(self, now: float) -> RateInfo:
        if now >= self.ends:
            begun = math.floor(now / self.seconds) * self.seconds if self.is_aligned else now
            self.ends = begun + self.seconds
        self.windows[self.ends] += 1
        left = max(0, self.limit - self.windows[self.ends])
        policy = (self.limit, self.seconds) if self.names_policy else (None, None)
        return RateInfo("api", left, float(math.ceil(self.ends - now)), *policy)


@dataclass
class Simulation:
    """Workers that each send a request as soon as the account lets them, on a clock of its own."""

    hub: Hub
    delays: Iterator[float]
    answer: Callable[[int, RateInfo], RateInfo | None] = lambda _, info: info
    now: float = 1_000.0

    def run(self, requests: int, workers: int) -> float:
        """Return the seconds until all requests are answered."""
        budget = RateBudget(say=lambda _: None, clock=lambda: self.now)
        numbers, order = iter(range(requests)), count()
        begun = self.now
        events: list[tuple[float, int, Act]] = [
            (self.now, next(order), self._send) for _ in range(workers)
        ]
        while events:
            self.now, _, act = heapq.heappop(events)
            for when, then in act(budget, numbers):
                heapq.heappush(events, (when, next(order), then))
        return self.now - begun

    def _send(self, budget: RateBudget, numbers: Iterator[int]) -> Acts:
        wait = budget.wait_seconds("api")
        if wait > 0:
            return [(self.now + wait, self._send)]
        number = next(numbers, None)
        if number is None:
            return []
        started = budget.acquire("api")

        def arrive(budget: RateBudget, _: Iterator[int]) -> Acts:
            info = self.answer(number, self.hub.take(self.now))

            def settle(budget: RateBudget, _: Iterator[int]) -> Acts:
                budget.settle("api", info, started=started)
                return [(self.now, self._send)]

            return [(self.now + next(self.delays), settle)]

        return [(self.now + next(self.delays), arrive)]


def forever(delays: list[float]) -> Iterator[float]:
    while True:
        yield from delays


hubs = st.builds(
    Hub, st.integers(2, 40), st.sampled_from([60.0, 300.0]), st.booleans(), st.booleans()
)
journeys = st.lists(st.floats(0.01, 20.0), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None)
@given(hubs, journeys, st.integers(1, 16), st.integers(1, 200))
# a late answer of the window before cut the new one short, and an old count was then believed
@example(Hub(11, 60.0, is_aligned=True, names_policy=False), [20.0, 17.0, 1.0], 9, 59)
def test_no_window_is_overdrawn_and_each_is_spent(
    hub: Hub, delays: list[float], workers: int, requests: int
) -> None:
    seconds = Simulation(hub, forever(delays)).run(requests, workers)
    assert sum(hub.windows.values()) == requests
    assert max(hub.windows.values()) <= hub.limit
    # what a window leaves unspent is no more than it takes to learn that there is a new one
    longest = 2 * max(delays) + SLACK + 2
    windows = math.ceil(requests / hub.limit)
    sending = requests * 2 * max(delays)  # one after the other, at the worst
    assert seconds <= windows * (hub.seconds + 2 * longest) + sending


@settings(max_examples=100, deadline=None)
@given(hubs, journeys, st.integers(1, 16), st.data())
def test_a_lost_answer_overdraws_by_no_more_than_itself(
    hub: Hub, delays: list[float], workers: int, data: st.DataObject
) -> None:
    lost = data.draw(st.sets(st.integers(0, 99), max_size=8))
    sim = Simulation(hub, forever(delays), lambda number, info: None if number in lost else info)
    sim.run(100, workers)
    # what is lost where one window passes into the next may be counted in either
    assert max(hub.windows.values()) <= hub.limit + len(lost)


@settings(max_examples=100, deadline=None)
@given(
    st.floats(0, 1e9), st.floats(1, 3_600), st.integers(-5, 10**9), st.integers(1, 5_000),
    st.floats(-1e9, 1e9),
)  # fmt: skip
def test_nothing_that_an_answer_says_passes_its_own_policy(
    now: float, window: float, left: int, limit: int, reset: float
) -> None:
    info = RateInfo("api", left, reset, limit, window)
    assert 0 <= info.ends_in <= window
    assert 0 <= info.left <= limit
    assert 0 <= RateInfo("api", left, reset).ends_in <= LONGEST_WINDOW
    clock = [now]
    budget = RateBudget(clock=lambda: clock[0])
    budget.acquire("api")
    budget.settle("api", info)
    assert budget.wait_seconds("api") <= window + SLACK + 0.01 * max(1, now / 1e6)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50), st.integers(0, 9_999))))
def test_no_answer_lets_wait_longer_than_its_policy(
    answers: list[tuple[float, int, int]],
) -> None:
    """Side by side they were sent; what comes late, or from elsewhere, delays nothing."""
    clock = [100.0]
    budget = RateBudget(clock=lambda: clock[0])
    budget.acquire("api", len(answers) + 1)
    budget.settle("api", RateInfo("api", 0, 9_999.0, 50, 300.0), started=100.0)
    for seconds, left, reset in answers:
        clock[0] += seconds
        budget.settle("api", RateInfo("api", left, float(reset), 50, 300.0), started=100.0)
        assert budget.wait_seconds("api") <= 300.0 + SLACK


def test_an_earlier_end_is_believed() -> None:
    clock = [0.0]
    budget = RateBudget(clock=lambda: clock[0])
    budget.acquire("api")
    budget.settle("api", RateInfo("api", 0, 240.0))
    budget.settle("api", RateInfo("api", 0, 5.0), count=0)
    assert budget.wait_seconds("api") == 6.0


@pytest.mark.parametrize("is_spent", [False, True])
def test_a_wait_is_announced_with_its_own_end(is_spent: bool) -> None:
    """A block of a minute inside a window of an hour that has thousands left is a minute."""
    messages: list[str] = []
    budget = RateBudget(say=messages.append)
    budget.acquire("core")
    budget.settle("core", RateInfo("core", 0 if is_spent else 4_000, 3_600.0))
    budget.block("core", 60.0)
    budget.announce("core")
    [line] = messages
    until = line.partition("until ")[2][:8]
    expected = time.time() + (3_601 if is_spent else 60)
    near = {time.strftime("%H:%M:%S", time.gmtime(expected + off)) for off in (-1, 0, 1)}
    assert until in near


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("17", 17), (" 17 ", 17), ("0", 0), ("1.5", 1.5), ("-4", None), ("soon", None), ("", None),
        ("²", None), ("1e9", None), ("nan", None), ("9" * 400, 31_536_000),
        ("Tue, 01 Dec 2026 10:01:30 GMT", 90), ("Tue, 01 Dec 2026 09:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 31_536_000),
    ],
)  # fmt: skip
def test_what_an_answer_asks_to_wait(text: str, seconds: float | None) -> None:
    headers = {"retry-after": text, "date": "Tue, 01 Dec 2026 10:00:00 GMT"}
    assert retry_after(headers) == seconds


def test_a_date_without_a_date_counts_from_now() -> None:
    delay = retry_after({"retry-after": formatdate(time.time() + 50, usegmt=True)})
    assert delay is not None
    assert 48 <= delay <= 51
