"""Unit tests start no server and no process; what needs one belongs to tests/integration."""

from __future__ import annotations

import multiprocessing.util
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
FORBIDDEN = {
    "socket.bind": "binds a socket",
    "socket.connect": "opens a connection",
    "subprocess.Popen": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.system": "starts a process",
    "os.fork": "forks",
    "os.forkpty": "forks",
}
"""Audit events that a unit test must not cause, and what each means."""

_caused: list[str] | None = None
"""What the running unit test did of that; None outside of unit tests."""
_deeds: dict[str, list[str]] = {}
_spawn = multiprocessing.util.spawnv_passfds  # has no audit event


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _caused is not None and event in FORBIDDEN:
        _refuse(f"{FORBIDDEN[event]}: {arguments[:2]!r}")


def _guarded_spawn(path: Any, *arguments: Any) -> Any:
    if _caused is not None:
        _refuse(f"starts a process: {path!r}")
    return _spawn(path, *arguments)


def _refuse(deed: str) -> None:
    assert _caused is not None
    _caused.append(deed[:200])
    raise RuntimeError(f"a unit test {deed[:200]}; move the test to tests/integration")


sys.addaudithook(_watch)
setattr(multiprocessing.util, "spawnv_passfds", _guarded_spawn)  # noqa: B010 - typed otherwise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Watch the fixtures of a unit test; this is called for the tests of all folders."""
    return (yield from _watched(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Watch a unit test. Not what follows it: servers of the whole run are stopped there."""
    return (yield from _watched(item))


def _watched(item: pytest.Item) -> Generator[None, Any, Any]:
    global _caused  # noqa: PLW0603 - an audit hook cannot be removed, only switched off
    _caused = _deeds.setdefault(item.nodeid, []) if item.path.is_relative_to(FOLDER) else None
    try:
        return (yield)
    finally:
        _caused = None


@pytest.fixture(autouse=True)
def caused(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What the test did that a unit test must not do: it fails even where the error was caught."""
    deeds = _deeds[request.node.nodeid]
    yield deeds
    if deeds:
        pytest.fail(f"a unit test {deeds[0]}; move the test to tests/integration")
