"""How a long job tells of its progress; the command line decides how it looks."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Progress of the present stage."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage; ``total`` is in its own unit, None where it is not known."""

    def advance(self, count: int) -> None:
        """Tell that so many more are done."""

    def finish(self) -> None:
        """End the stage."""


class Silent:
    """No progress shown."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Show nothing."""

    def advance(self, count: int) -> None:
        """Show nothing."""

    def finish(self) -> None:
        """Show nothing."""
