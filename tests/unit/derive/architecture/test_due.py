"""Which models are to be judged, and that judging ends."""

from __future__ import annotations

import pytest

from miner.pipelines.derive.architecture import architecture_stage as architectures
from miner.pipelines.derive.architecture.architecture_stage import DerivationQueue


def test_batches_hold_what_is_due_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architectures, "_BATCH", 2)
    due = DerivationQueue(9, [9, 1, 4])
    assert due.count == 3
    assert list(due.batches()) == [[1, 4], [9]]
    due.begin(1)
    assert list(due.batches()) == [[4, 9]]
    assert due.is_open(1)
    assert not due.is_open(2)
    assert not due.end(1)
    assert not due.is_open(1)


def test_what_becomes_due_while_it_is_judged_stays_due() -> None:
    due = DerivationQueue(3, [2])
    due.begin(2)
    assert due.requeue(2)
    assert list(due.batches()) == []  # it is under way
    assert due.end(2)
    assert list(due.batches()) == [[2]]


def test_bases_that_name_each_other_come_to_an_end() -> None:
    due, rounds = DerivationQueue(2, [1, 2]), 0
    while any(True for _ in due.batches()):
        rounds += 1
        for key in (1, 2):
            due.begin(key)
            due.end(key)
        for key in (1, 2):
            due.requeue(key)
    assert 1 < rounds < 20
