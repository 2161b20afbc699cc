"""Batches on a real Dask cluster: scheduler and workers are processes, and some are killed."""

from __future__ import annotations

import builtins
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from miner.errors import ConfigurationError, RetryLater
from miner.pipelines.executors import Done, Executor, Failed, open_executor
from miner.pipelines.executors.on_dask import OnDask
from miner.schema.vocab import BatchFailure
from tests import work
from tests.dask_cluster import ROOT, Cluster, cluster, end_with_children, start


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("dask"), workers=2) as made:
        yield made


@pytest.fixture
def on_dask(shared_cluster: Cluster) -> Iterator[Executor]:
    with open_executor(f"dask://{shared_cluster.address}") as opened:
        yield opened


def enter(spec: str) -> None:
    with open_executor(spec):
        pass


def done(outcomes: list[Any]) -> dict[Any, Any]:
    return {str(each.batch): each.result for each in outcomes if isinstance(each, Done)}


def test_every_batch_has_its_result_wherever_it_runs(on_dask: Executor) -> None:
    batches = [[number, number + 1] for number in range(60)]
    found = done(list(on_dask.map(work.square, batches)))
    with open_executor("processes:2") as processes:
        assert done(list(processes.map(work.square, batches))) == found
    with open_executor("here") as here:
        assert done(list(here.map(work.square, batches))) == found
    assert len(found) == 60


def test_work_that_raises_is_a_value(on_dask: Executor) -> None:
    found = {each.batch: each for each in on_dask.map(work.halve, range(4))}
    assert found[2] == Done(2, 1)
    assert found[3] == Failed(3, BatchFailure.RAISED, "ValueError: 3 is odd")


def test_batches_are_taken_as_workers_become_free(on_dask: Executor) -> None:
    yielded = 0

    def batches() -> Iterator[list[int]]:
        nonlocal yielded
        while True:  # no end
            yielded += 1
            yield [yielded]

    outcomes = on_dask.map(work.square, batches())
    for number in range(1, 20):
        assert isinstance(next(outcomes), Done)
        assert yielded <= number + 2 * 2 * 2
    outcomes.close()  # type: ignore[attr-defined]  # a generator


@pytest.mark.slow
def test_only_the_batch_that_kills_its_worker_fails(on_dask: Executor) -> None:
    batches = [[number] for number in range(20)]
    batches[3] = [work.POISON]
    found = list(on_dask.map(work.square_or_die, batches))
    failed = [each for each in found if isinstance(each, Failed)]
    assert [(each.batch, each.state) for each in failed] == [
        ([work.POISON], BatchFailure.WORKER_DIED)
    ]
    assert done(found) == {str([n]): [n * n] for n in range(20) if n != 3}


@pytest.mark.slow
@pytest.mark.soak
def test_workers_that_are_killed_lose_nothing_and_new_ones_help(tmp_path: Path) -> None:
    with cluster(tmp_path, workers=2) as made:
        with open_executor(f"dask://{made.address}") as executor:
            outcomes = executor.map(work.square_or_die, ([number] for number in range(300)))
            found = []
            for each in outcomes:
                found.append(each)
                if len(found) in {30, 90}:
                    for nanny in made.workers:
                        for child in psutil.Process(nanny.pid).children(recursive=True):
                            child.kill()
                if len(found) == 60:
                    made.add_worker("--no-nanny")
        assert done(found) == {str([number]): [number * number] for number in range(300)}


def test_an_item_that_burns_fails_and_the_rest_of_its_batch_goes_on(on_dask: Executor) -> None:
    batches = [[1, work.POISON, 2], [3], []]
    found = {len(batch): came for batch, came in on_dask.map_each(work.burn, batches, seconds=1)}
    burned = found[3].pop(1)
    assert isinstance(burned, Failed)
    assert burned.state == BatchFailure.TOO_SLOW
    assert found == {0: [], 1: [Done(3, 9)], 3: [Done(1, 1), Done(2, 4)]}


def test_a_run_that_is_asked_to_end_gives_up_what_burns(
    shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miner.pipelines.executors.on_dask.GRACE_SECONDS", 1.0)
    stop = threading.Event()
    with open_executor(f"dask://{shared_cluster.address}", stop) as executor:
        outcomes = executor.map_each(work.burn, ([n, work.POISON] for n in range(10)), seconds=60)
        threading.Timer(0.5, stop.set).start()
        started = time.monotonic()
        assert list(outcomes) == []
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_workers_may_die_faster_than_batches_come_back(tmp_path: Path) -> None:
    """The room for further batches shrinks below what is under way."""
    with cluster(tmp_path, workers=3) as made, ExitStack() as stack:
        executor = stack.enter_context(open_executor(f"dask://{made.address}"))
        assert isinstance(executor, OnDask)
        outcomes = executor.map(work.sleep, [1.0] * 20)
        first = next(outcomes)
        for worker in made.workers[1:]:
            end_with_children(worker)
        time.sleep(0.5)  # until the scheduler has seen it
        executor._looked_at = -60.0  # it looks at once, before the others come back
        found = [first, *outcomes]
    assert [each.batch for each in found if isinstance(each, Done)] == [1.0] * 20


@pytest.mark.slow
def test_a_cluster_that_goes_away_ends_the_run_in_one_message(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with cluster(tmp_path, workers=1) as made, ExitStack() as stack:
        executor = stack.enter_context(open_executor(f"dask://{made.address}"))
        assert isinstance(executor, OnDask)
        executor._patience = 3.0
        outcomes = executor.map(work.square_or_die, ([number] for number in range(10**6)))
        for _ in range(5):
            next(outcomes)
        end_with_children(made.workers[0])
        with pytest.raises(RetryLater, match="has had no worker for 3 seconds") as caught:
            list(outcomes)
        assert f"dask worker tcp://{made.address}" in caught.value.next_step
        executor._patience = 60.0  # a worker may take its time to start
        made.add_worker()
        outcomes = executor.map(work.square_or_die, ([number] for number in range(10**6)))
        next(outcomes)
        threading.Timer(0.5, lambda: end_with_children(made.scheduler)).start()
        started = time.monotonic()
        with pytest.raises(RetryLater, match="does not answer any more"):
            list(outcomes)
        assert time.monotonic() - started < 60
    assert capfd.readouterr().err == ""


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miner.pipelines.executors.on_dask._CONNECT_SECONDS", 1)
    with pytest.raises(RetryLater, match=r"no Dask scheduler that answers at 127\.0\.0\.1:9"):
        enter("dask://127.0.0.1:9")


def test_a_scheduler_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miner.pipelines.executors.on_dask._WORKERS_SECONDS", 2)
    with cluster(tmp_path, workers=0) as made, pytest.raises(RetryLater, match="has no workers"):
        enter(f"dask://{made.address}")


def test_workers_of_another_miner_are_refused(
    shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miner.__version__", "99.0")
    with pytest.raises(ConfigurationError, match=r"here it is miner 99\.0 on Python 3"):
        enter(f"dask://{shared_cluster.address}")


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "distributed":
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **named)

    monkeypatch.delitem(sys.modules, "distributed", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigurationError, match="is not installed") as caught:
        enter("dask://127.0.0.1:8786")
    assert caught.value.next_step == "pip install 'miner[dask]'"


COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def until_healthy(service: str, port: str) -> None:
    """Run the health check of a service until it succeeds."""
    kind, program, *arguments = COMPOSE[service]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    command = [sys.executable, *(word.replace("8787", port) for word in arguments)]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    end = time.monotonic() + 30
    while subprocess.run(command, capture_output=True, check=False).returncode != 0:
        assert time.monotonic() < end, service
        time.sleep(0.1)


def test_the_containers_of_the_compose_file_make_a_cluster(tmp_path: Path) -> None:
    """Their commands and health checks, on loopback instead of in containers."""
    ports = {"8786": free_port(), "dask-scheduler": "127.0.0.1", "/tmp": str(tmp_path)}
    started = []
    with ExitStack() as stack:
        for service in ("dask-scheduler", "dask-worker"):
            ports["8787"] = free_port()
            (program,) = COMPOSE[service]["entrypoint"]
            words = COMPOSE[service]["command"]
            for known, own in ports.items():
                words = [word.replace(known, own) for word in words]
            started.append(start([program, *words, "--host", "127.0.0.1"], tmp_path, service))
            stack.callback(end_with_children, started[-1])
            until_healthy(service, ports["8787"])
        with open_executor(f"dask://127.0.0.1:{ports['8786']}") as executor:
            assert done(list(executor.map(work.square, [[2]]))) == {"[2]": [4]}
