"""Options and values that several commands share."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

import click

table_or_everything = click.option(
    "--format", "format_name", type=click.Choice(["table", "json"]), default="table",
    show_default=True, help="For people, or one JSON object with everything.",
)  # fmt: skip
"""How all that is held on one thing is written."""


STRICT = (
    "Exit with 14 where unexpected errors, bugs of miner, lost anything; the rest is done anyway."
)
"""Help of ``--strict``."""


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
    """Turn the first Ctrl-C (or a termination) into a stop in order, the second into an end."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        click.echo("miner: ending after the batch in hand (Ctrl-C again: at once)", err=True)

    previous = {sign: signal.signal(sign, ask) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in previous.items():
            signal.signal(sign, handler)
