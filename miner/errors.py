"""Every public error of miner, sorted by what to do next.

::

    MinerError
    ├── StopNow                     a person has to act
    │   ├── ConfigurationError      10  settings, arguments, permissions, disk
    │   │   ├── StoreAbsent         10  there is no store yet
    │   │   └── StoreLocked         10  another miner is writing to the same store
    │   ├── SourceRefused           12  a token is wrong, or access was denied
    │   ├── InvalidData             13  data that cannot be used as it is
    │   ├── CheckFailed             14  a check found what it must not find
    │   └── BudgetSpent             15  the money or quota given is used up
    ├── RetryLater                  11  the source is unavailable or limits us
    └── SkipRecord                   0  one record is set aside, counted, and the run goes on

Exit code 2 stays click's usage error, 130 is Ctrl-C before anything could be ended in order.
A message says what failed, on which object, what was kept, and what to type next.
"""

from __future__ import annotations


class MinerError(Exception):
    """Base of all errors that miner raises on purpose.

    Args:
        message: What failed, on which object.
        next_step: What the user can type or do next, one line.
        kept: What happened to the data so far, one line.
    """

    exit_code = 1

    def __init__(self, message: str, *, next_step: str = "", kept: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.kept = kept

    def __reduce__(self) -> tuple[object, ...]:
        """Keep all that there is when the error comes from another process."""
        return (_again, (type(self), self.args, self.__dict__))

    def render(self) -> str:
        """Return the message with its ``kept`` and ``next`` lines, as printed to a user."""
        lines = [self.message]
        if self.kept:
            lines.append(f"  kept  {self.kept}")
        if self.next_step:
            lines.append(f"  next  {self.next_step}")
        return "\n".join(lines)


def _again(
    kind: type[MinerError], args: tuple[object, ...], state: dict[str, object]
) -> MinerError:
    """Return an error as it was in another process."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class StopNow(MinerError):
    """A person has to act before the command can succeed."""


class ConfigurationError(StopNow):
    """Settings, arguments, permissions or disk do not allow the command."""

    exit_code = 10


class StoreAbsent(ConfigurationError):
    """There is no store yet."""


class StoreLocked(ConfigurationError):
    """Another process of miner is writing to the same store."""


class RetryLater(MinerError):
    """The source is unavailable or limits us; the same command goes on later."""

    exit_code = 11


class SourceRefused(StopNow):
    """The source refused: a wrong token, or no access."""

    exit_code = 12


class InvalidData(StopNow):
    """Data that cannot be used as it is."""

    exit_code = 13


class CheckFailed(StopNow):
    """A check found rows that must not exist."""

    exit_code = 14


class BudgetSpent(StopNow):
    """The budget given is used up."""

    exit_code = 15


class SkipRecord(MinerError):
    """One record is set aside with a reason; the run goes on.

    Args:
        reason: A member of ``schema.vocab.RecordReason``, stored beside the record.
        message: The detail, stored too (never an excerpt longer than 200 characters).
    """

    exit_code = 0

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
