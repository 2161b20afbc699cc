"""What child processes are started with."""

from __future__ import annotations

import importlib
import threading

import pytest

from miner.children import PRELOADED


@pytest.mark.parametrize("name", PRELOADED)
def test_what_is_imported_before_a_fork_is_there_and_starts_no_thread(name: str) -> None:
    """Multiprocessing says nothing of a module that is not there; threads do not survive a fork."""
    before = threading.active_count()
    importlib.import_module(name)
    assert threading.active_count() == before
