"""Batches in this process and in processes beside it: killed workers, failing work, early ends."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import psutil
import pytest

from miner.children import NEEDED
from miner.errors import ConfigurationError
from miner.pipelines.executors import Done, Executor, Failed, open_executor
from miner.pipelines.executors.processes import Processes
from miner.schema.vocab import BatchFailure
from tests import work

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["here", "processes:2"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with open_executor(request.param) as opened:
        yield opened


@pytest.fixture
def processes() -> Iterator[Processes]:
    made = Processes(2)
    yield made
    made.close()


def results(outcomes: Iterator[Any]) -> list[tuple[Any, Any]]:
    """Batches with results, or with why there are none, sorted by batch."""
    pairs = [
        (each.batch, each.result if isinstance(each, Done) else each.state) for each in outcomes
    ]
    return sorted(pairs, key=lambda pair: str(pair[0]))


def servers() -> list[psutil.Process]:
    """Multiprocessing's process that forks workers."""
    return [
        child
        for child in psutil.Process().children()
        if any("multiprocessing.forkserver" in word for word in child.cmdline())
    ]


def workers() -> list[psutil.Process]:
    """Processes that this one has for work."""
    return [worker for server in servers() for worker in server.children()]


def until(is_so: Any, seconds: float = 90) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_every_batch_has_its_result(executor: Executor) -> None:
    batches = [[number, number + 1] for number in range(50)]
    expected = sorted(
        ((batch, [number**2 for number in batch]) for batch in batches), key=lambda p: str(p[0])
    )
    for _ in range(2):  # the workers of the first go on with the second
        assert results(executor.map(work.square, batches)) == expected
    assert results(executor.map(work.square, [])) == []


def test_work_that_raises_is_a_value(executor: Executor) -> None:
    found = {each.batch: each for each in executor.map(work.halve, range(6))}
    assert {batch: each.result for batch, each in found.items() if isinstance(each, Done)} == {
        0: 0, 2: 1, 4: 2,
    }  # fmt: skip
    assert found[3] == Failed(3, BatchFailure.RAISED, "ValueError: 3 is odd")


@pytest.mark.parametrize("place", [0, 7, 19])
def test_only_the_batch_that_kills_its_worker_fails(processes: Processes, place: int) -> None:
    batches = [[number] for number in range(20)]
    batches[place] = [work.POISON]
    found = list(processes.map(work.square_or_die, batches))
    failed = [each for each in found if isinstance(each, Failed)]
    assert [(each.batch, each.state) for each in failed] == [
        ([work.POISON], BatchFailure.WORKER_DIED)
    ]
    assert "3 workers died" in failed[0].reason
    done = [each for each in found if isinstance(each, Done)]
    assert sorted(each.batch[0] for each in done) == [n for n in range(20) if n != place]
    assert all(each.result == [each.batch[0] ** 2] for each in done)


def test_when_every_batch_kills_its_worker_each_fails_and_few_are_kept_back() -> None:
    yielded = 0

    def batches() -> Iterator[list[int]]:
        nonlocal yielded
        for _ in range(6):
            yielded += 1
            yield [work.POISON]

    with open_executor("processes:2") as executor:
        for number, each in enumerate(executor.map(work.square_or_die, batches()), 1):
            assert isinstance(each, Failed)
            assert yielded <= number + 3
    assert number == yielded == 6


def test_a_batch_whose_worker_was_killed_once_is_done(processes: Processes, tmp_path: Path) -> None:
    batches = [(str(tmp_path / str(number)), number) for number in range(5)]
    found = results(processes.map(work.die_the_first_time, batches))
    assert [result for _, result in found] == list(range(5))


@pytest.mark.parametrize("name", sorted({*NEEDED, *chain.from_iterable(NEEDED.values())}))
def test_what_is_imported_before_a_fork_is_there_and_starts_no_thread(name: str) -> None:
    """Multiprocessing says nothing of a module that is not there; threads do not survive a fork."""
    count = f"import os, {name}; print(len(os.listdir('/proc/self/task')))"
    done = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_the_server_that_forks_workers_may_be_killed(processes: Processes) -> None:
    assert len(results(processes.map(work.square, [[1], [2]]))) == 2
    (server,) = servers()
    left = workers()
    for process in (server, *left):
        process.kill()
    assert until(lambda: not _runs(server.pid))
    assert len(results(processes.map(work.square, [[1], [2], [3]]))) == 3
    assert servers() != [server]


def test_a_worker_killed_between_two_maps_is_replaced(processes: Processes) -> None:
    assert len(results(processes.map(work.square, [[1], [2]]))) == 2
    assert len(workers()) == 2
    killed = workers()
    for worker in killed:
        worker.kill()
    assert until(lambda: not any(_runs(worker.pid) for worker in killed))
    assert results(processes.map(work.square, [[1], [2]])) == [([1], [1]), ([2], [4])]


def test_batches_are_taken_as_workers_become_free(executor: Executor) -> None:
    yielded = 0

    def batches() -> Iterator[list[int]]:
        nonlocal yielded
        while True:  # no end
            yielded += 1
            yield [yielded]

    outcomes = executor.map(work.square, batches())
    for number in range(1, 30):
        assert isinstance(next(outcomes), Done)
        assert yielded <= number + 4
    outcomes.close()  # type: ignore[attr-defined]  # a generator


def test_who_stops_early_leaves_nothing_running(processes: Processes, tmp_path: Path) -> None:
    slow = (str(tmp_path / "pid"), 600.0)
    outcomes = processes.map(work.tell_pid_and_sleep, [(str(tmp_path / "first"), 0.0), slow])
    assert isinstance(next(outcomes), Done)
    assert until((tmp_path / "pid").exists)
    outcomes.close()  # type: ignore[attr-defined]  # a generator
    pid = int((tmp_path / "pid").read_text(encoding="utf-8"))
    assert not psutil.pid_exists(pid)
    assert results(processes.map(work.square, [[3]])) == [([3], [9])]
    processes.close()
    assert workers() == []


def test_what_cannot_travel_is_told(processes: Processes) -> None:
    found = {each.batch: each for each in processes.map(work.something_that_cannot_be_sent, [0, 1])}
    assert found[0] == Done(0, 0)
    assert isinstance(found[1], Failed)
    assert found[1].state == BatchFailure.RAISED
    assert "cannot be sent" in found[1].reason
    with pytest.raises(Exception, match=r"pickle|local object"):  # as Python 3.13 says it
        list(processes.map(lambda batch: batch, [1]))
    assert results(processes.map(work.square, [[3]])) == [([3], [9])]


def test_an_item_that_burns_fails_and_the_rest_of_its_batch_goes_on(processes: Processes) -> None:
    batches = [[1, 2, work.POISON, 3, work.POISON, 4], [5], []]
    started = time.monotonic()
    found = sorted(processes.map_each(work.burn, batches, seconds=1), key=lambda pair: len(pair[0]))
    assert time.monotonic() - started < 30
    assert [batch for batch, _ in found] == [[], [5], batches[0]]
    assert found[0][1] == []
    assert found[1][1] == [Done(5, 25)]
    burned = [each for each in found[2][1] if isinstance(each, Failed)]
    assert [each.state for each in burned] == [BatchFailure.TOO_SLOW] * 2
    assert all("not done within" in each.reason for each in burned)
    done = [(each.batch, each.result) for each in found[2][1] if isinstance(each, Done)]
    assert done == [(1, 1), (2, 4), (3, 9), (4, 16)]


def test_an_item_that_waits_too_long_fails(processes: Processes) -> None:
    ((_, found),) = processes.map_each(work.sleep, [[0.0, 600.0, 0.1]], seconds=0.5)
    assert found == [
        Done(0.0, 0.0),
        Failed(600.0, BatchFailure.TOO_SLOW, "not done within 2.5 s"),
        Done(0.1, 0.1),
    ]


def test_the_part_that_burned_is_named(processes: Processes) -> None:
    batches = [["a", "b"], ["a", "slow", "b"]]
    found = {len(each.batch): each for each in processes.map(work.burn_in_part, batches, seconds=9)}
    assert found[2] == Done(["a", "b"], 2)
    assert isinstance(found[3], Failed)
    assert (found[3].state, found[3].part) == (BatchFailure.TOO_SLOW, "slow")


def test_a_run_that_is_asked_to_end_gives_up_what_burns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miner.pipelines.executors.processes.GRACE_SECONDS", 1.0)
    stop = threading.Event()
    yielded = 0

    def batches() -> Iterator[list[int]]:
        nonlocal yielded
        while True:
            yielded += 1
            yield [1, work.POISON] if yielded % 2 else [2]

    with open_executor("processes:2", stop) as executor:
        outcomes = executor.map_each(work.burn, batches(), seconds=60)
        assert next(outcomes) == ([2], [Done(2, 4)])
        threading.Timer(0.5, stop.set).start()
        started = time.monotonic()
        assert all(batch == [2] for batch, _ in outcomes)
        assert time.monotonic() - started < 30
        before = yielded
        assert list(executor.map_each(work.burn, batches(), seconds=60)) == []
        assert yielded == before
    assert workers() == []


def test_an_error_for_the_user_comes_back_whole(executor: Executor) -> None:
    (found,) = executor.map(work.refuse, ["x"])
    assert isinstance(found, Failed)
    assert isinstance(found.error, ConfigurationError)
    assert found.error.render() == "no x\n  next  give it"


def test_workers_import_nothing_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "multiprocessing.py").write_text("raise SystemExit(3)")
    (tmp_path / "pickle.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with open_executor("processes:1") as executor:
        assert results(executor.map(work.where, [1])) == [(1, multiprocessing.__file__)]


RUN = """
import sys
from miner.pipelines.executors import open_executor
from tests import work

if __name__ == "__main__":
    with open_executor("processes:2") as executor:
        if sys.argv[1] == "burn":
            list(executor.map(work.pid_and_burn, sys.argv[2:], seconds=1))
        else:
            list(executor.map(work.tell_pid_and_sleep, [(place, 600.0) for place in sys.argv[2:]]))
"""


@pytest.mark.parametrize("how", ["burn", "sleep"])
def test_workers_end_with_a_run_that_is_killed(tmp_path: Path, how: str) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    places = [tmp_path / "one", tmp_path / "two"]
    with subprocess.Popen(
        [sys.executable, script, how, *places], env={"PYTHONPATH": str(ROOT)}
    ) as run:
        assert until(lambda: all(place.exists() and place.read_text() for place in places))
        run.kill()
    pids = [int(place.read_text(encoding="utf-8")) for place in places]
    assert until(lambda: not any(_runs(pid) for pid in pids))


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    "spec",
    ["process", "processes:", "processes:0", "processes:-1", "dask", "dask://", "dask://host",
     "dask://host:port", "tcp://host:8786", "dask://user@host:8786", "threads"],
)  # fmt: skip
def test_an_executor_that_does_not_exist_is_refused(spec: str) -> None:
    with (
        pytest.raises(ConfigurationError, match="there is no executor") as caught,
        open_executor(spec),
    ):
        pass
    assert "dask://host:8786" in caught.value.next_step
