"""Where ``miner check`` takes what is known of models from; what it says where that is nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from miner.cli.echo import counted, echo

if TYPE_CHECKING:
    from miner.pipelines.check.hub_knowledge import HubKnowledge
    from miner.pipelines.check.knowledge import Knowledge
    from miner.pipelines.check.report import CheckReport

FAILED, REFUSED, LATER = 14, 10, 11  # as of CheckFailed, ConfigurationError and RetryLater
_OFF = frozenset({"", "0", "no", "false", "off"})


@dataclass
class DataChoice:
    """Which data a check uses.

    Attributes:
        data: As the user named it, or None.
        is_offline: No hub is asked.
        is_refreshed: Hubs are asked, whatever there is.
    """

    data: str | None
    is_offline: bool
    is_refreshed: bool
    _hubs: list[HubKnowledge] = field(default_factory=list)

    @classmethod
    def of_options(
        cls, data: str | None, duckdb_file: Path | None, *, is_offline: bool, is_refreshed: bool
    ) -> Self:
        """Return what the options say.

        Raises:
            UsageError: They contradict each other.
        """
        if data is not None and duckdb_file is not None:
            raise click.UsageError("--duckdb is --data of a DuckDB file: give one of them")
        named = data if duckdb_file is None else str(duckdb_file)
        if is_refreshed and (is_offline or named is not None):
            other = "--offline" if is_offline else "--data"
            raise click.UsageError(f"--refresh asks the hubs: it does not go with {other}")
        off = os.environ.get("HF_HUB_OFFLINE", "").lower() not in _OFF
        if duckdb_file is not None and not duckdb_file.exists():
            from miner.errors import ConfigurationError

            raise ConfigurationError(
                f"there is no DuckDB file at {duckdb_file} yet",
                next_step="miner export, or leave --duckdb out, and the hubs are asked",
            )
        return cls(named, is_offline or (off and not is_refreshed), is_refreshed)

    @contextmanager
    def knowledge(self) -> Iterator[Knowledge]:
        """Yield what is known of models: in the data named, the data directory's, else of hubs."""
        from miner.cli.progress import for_this_terminal
        from miner.db.lookup import open_lookup
        from miner.settings import load_settings

        settings = load_settings()
        if self.data is not None:
            from miner.cli.snapshot import shipped_checks
            from miner.pipelines.check.data_places import open_data

            with open_data(self.data, settings, shipped_checks()) as named:
                yield named
        elif settings.duckdb_path.exists() and not self.is_refreshed:
            with open_lookup(settings.duckdb_path) as lookup:
                yield lookup
        else:
            from miner.pipelines.check.hub_knowledge import HubKnowledge

            progress = for_this_terminal(log_json=False)
            with HubKnowledge(
                settings, progress, is_offline=self.is_offline, is_refreshed=self.is_refreshed
            ) as hubs:
                self._hubs.append(hubs)
                yield hubs

    def ended(self, report: CheckReport) -> int:
        """Say what was looked up; return an exit code where nothing is known, else 0."""
        for hubs in self._hubs:
            tally = hubs.tally
            if tally.requests:
                echo(
                    f"miner check: looked up {counted(tally.asked, 'name')} with "
                    f"{counted(tally.requests, 'request')} in {tally.seconds:.1f} s; "
                    f"{len(tally.unanswered)} of the project's models not answered for",
                    err=True,
                )
        unanswered = any(hubs.tally.unanswered for hubs in self._hubs)
        if not self._hubs or any(one.state for one in report.models):
            return 0
        if not report.models:
            return _unverified() if unanswered else 0
        if unanswered:
            code, step = LATER, "run it again later, or name data with --data"
        elif self.is_offline:
            code, step = REFUSED, "run it without --offline, or name data with --data"
        else:
            code, step = FAILED, "check the names; set HF_TOKEN where models are private"
        models = counted(len(report.models), "model")
        echo(f"miner check: nothing is known of the {models} that the project loads", err=True)
        echo(f"  next  {step}", err=True)
        return code


def _unverified() -> int:
    echo("miner check: names that could be models stay unverified: no hub answered", err=True)
    echo("  next  run it again later, or name data with --data", err=True)
    return LATER
