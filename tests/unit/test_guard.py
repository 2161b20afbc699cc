"""The guard of unit tests sees servers and processes, also where the error is caught."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest


def bind() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


def connect() -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", 9))


def start() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def spawn() -> None:
    worker = multiprocessing.get_context("spawn").Process(target=int)
    worker.start()
    worker.join()


def fork() -> None:
    if os.fork() == 0:  # pragma: no cover - refused before it happens
        os._exit(0)


@pytest.mark.parametrize("deed", [bind, connect, start, spawn, fork], ids=lambda one: one.__name__)
def test_servers_and_processes_are_refused(deed: Callable[[], None], caused: list[Any]) -> None:
    with pytest.raises(RuntimeError, match="move the test to tests/integration"):
        deed()
    with contextlib.suppress(Exception):
        deed()
    assert len(caused) == 2
    caused.clear()
