"""Options and values that several commands share."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

import click

from miner.cli.echo import echo

table_or_everything = click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="For people, or one JSON object with everything.",
)  # fmt: skip
"""How everything stored on one thing is written."""


STRICT = (
    "Exit with 14 where unexpected errors, bugs of miner, lost anything; the rest is done anyway."
)
"""Help of ``--strict``."""

SUBMODULES = "Read the submodules of a checkout too."
"""Help of ``--submodules``."""


class Moment(click.ParamType[datetime]):
    """A day or month: ``2024-01``, ``2024-01-31``, or a full ISO time; UTC."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment's beginning as UTC without zone."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        if re.fullmatch(r"\d{4}-\d{2}", text):
            text += "-01"
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{value!r} is no date: write 2024-01, 2024-01-31 or 2024-01-31T12:00", param)
        if moment.tzinfo is not None:
            from datetime import UTC

            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return moment


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Turn the first Ctrl-C, termination or hang-up into a stop in order.

    The second ends the block at once.
    """

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        echo("miner: ending after the batch in hand (Ctrl-C again: at once)", err=True)

    previous = _on_signals(ask)
    try:
        yield
    finally:
        _restore(previous)


@contextmanager
def ending_at_once(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl-C, termination or hang-up end the block where it stands.

    For work that leaves nothing behind when it ends in the middle, in a library that no event
    reaches: DuckDB looks for signals while it works, and fails with an error of its own.

    Args:
        stop: Set when a signal came; when it is set already, the block does not begin.

    Raises:
        Stopped: A signal came.
    """
    from miner.pipelines.sources.http import Stopped

    def end(_signal: int, _frame: FrameType | None) -> None:
        if not stop.is_set():
            stop.set()
            raise KeyboardInterrupt

    if stop.is_set():
        raise Stopped
    previous = _on_signals(end)
    try:
        yield
    except BaseException as error:
        if stop.is_set():
            raise Stopped from error
        raise
    finally:
        _restore(previous)


_Handler = Callable[[int, FrameType | None], None]
_Previous = dict[signal.Signals, "Callable[[int, FrameType | None], object] | int | None"]


def _on_signals(handler: _Handler) -> _Previous:
    """Set a handler of all signals that ask a program to end; one that is ignored stays so.

    ``nohup`` ignores the hang-up, and a shell ignores Ctrl-C for what it runs behind it.
    """
    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        signals.append(signal.SIGHUP)
    return {
        sign: signal.signal(sign, handler)
        for sign in signals
        if signal.getsignal(sign) is not signal.SIG_IGN
    }


def _restore(previous: _Previous) -> None:
    for sign, handler in previous.items():
        signal.signal(sign, handler)
