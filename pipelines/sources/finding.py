"""What a check found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # miner works; something deserves a look
    PROBLEM = "problem"  # a command would fail


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        name: What was checked.
        state: How it ended.
        found: What was found, one line. Never a token or a password.
        todo: What to do, one line; empty where there is nothing to do.
    """

    name: str
    state: State
    found: str
    todo: str = ""


def ok(name: str, found: str) -> Finding:
    """Return a finding that needs nothing done."""
    return Finding(name, State.OK, found)


def warning(name: str, found: str, todo: str) -> Finding:
    """Return a finding that deserves a look."""
    return Finding(name, State.WARNING, found, todo)


def problem(name: str, found: str, todo: str) -> Finding:
    """Return a finding that has to be put right."""
    return Finding(name, State.PROBLEM, found, todo)
