"""Errors are sorted by what to do next; the tree in the docstring is the tree in the code."""

from __future__ import annotations

import inspect
import re

import pytest

from miner import errors
from miner.errors import (
    ConfigurationError,
    MinerError,
    RetryLater,
    SkipRecord,
    StopNow,
    StoreLocked,
)

CLASSES = [
    item
    for _, item in inspect.getmembers(errors, inspect.isclass)
    if issubclass(item, MinerError) and item.__module__ == errors.__name__
]
BASES = (StopNow, RetryLater, SkipRecord)
RESERVED = {2, 130}  # click's usage error, Ctrl-C


def test_the_docstring_draws_the_tree() -> None:
    drawn: dict[str, tuple[int, int | None]] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^    (?P<rule>[ │├└─]*)(?P<name>[A-Z]\w+)(?P<rest>.*)$", line):
            code = re.match(r"\s+(\d+)\b", found["rest"])
            drawn[found["name"]] = (len(found["rule"]) // 4, int(code[1]) if code else None)
    built = {
        item.__name__: (
            len(item.__mro__) - len(MinerError.__mro__),
            None if item in {MinerError, StopNow} else item.exit_code,
        )
        for item in CLASSES
    }
    assert drawn == built


def test_every_error_has_exactly_one_base_that_names_the_recovery() -> None:
    for item in CLASSES:
        if item is not MinerError:
            assert sum(issubclass(item, base) for base in BASES) == 1, item


def test_every_exit_code_is_set_by_one_class() -> None:
    setters: dict[int, list[str]] = {}
    for item in CLASSES:
        if "exit_code" in vars(item):
            setters.setdefault(item.exit_code, []).append(item.__name__)
    assert {code: names for code, names in setters.items() if len(names) > 1} == {}
    assert RESERVED.isdisjoint(setters)


def test_a_recovery_without_success_does_not_exit_with_zero() -> None:
    assert [item for item in CLASSES if item.exit_code == 0] == [SkipRecord]


def test_a_message_ends_with_what_was_kept_and_what_to_type() -> None:
    error = ConfigurationError("the disk is full", kept="412 models", next_step="miner crawl")
    assert error.render() == "the disk is full\n  kept  412 models\n  next  miner crawl"
    assert str(error) == "the disk is full"


def test_a_message_has_no_empty_lines() -> None:
    assert ConfigurationError("it is so").render() == "it is so"


def test_a_locked_store_is_a_matter_of_configuration() -> None:
    assert StoreLocked("busy").exit_code == ConfigurationError.exit_code


def test_a_skipped_record_carries_its_reason_apart_from_its_detail() -> None:
    with pytest.raises(MinerError) as caught:
        raise SkipRecord("not-json", "line 3")
    assert isinstance(caught.value, SkipRecord)
    assert (caught.value.reason, caught.value.message) == ("not-json", "line 3")
