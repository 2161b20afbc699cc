"""What hubs say of the models of one project: asked for by name, through the intake of a crawl.

Answers go into a store of their own, folder ``lookups`` of the data directory, which may be
deleted at any time. What was answered for is not asked for again for a day.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from miner.db.lookup import DuckdbLookup, KnownDataset, KnownModel, open_lookup
from miner.errors import RetryLater, StoreLocked
from miner.pipelines.check.knowledge import NO_KNOWLEDGE
from miner.pipelines.crawl.named import (
    ANSWERED,
    COMMAND,
    FOUND,
    NO_NAME,
    NamedModels,
    look_up_named,
)
from miner.pipelines.crawl.open import opened
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.hubs import hub_class, hub_names, hub_profile
from miner.progress import Progress
from miner.schema.vocab import ModelState
from miner.settings import Settings

log = logging.getLogger(__name__)

FRESH = timedelta(days=1)
"""Answers of the last day are used as they are."""

_DATA = "datasets/"
"""Before the name of a dataset in what is kept of the past."""

_FOLDER, _FILE = "lookups", "looked_up.json"
_ATTEMPTS = 3  # of a request: a check waits less for a hub that is down than a crawl
_WAIT_SECONDS = 600.0
_WHY = {
    ModelState.GONE.value: "{hub} has no model of this name",
    ModelState.GONE_OR_PRIVATE.value: "{hub} has no model of this name that can be seen without a "
    "token: it is missing or private",
    ModelState.DISABLED.value: "it is disabled on {hub}",
    NO_NAME: "no model of {hub} can have this name",
    "unusable": "what {hub} answered for it cannot be read",
}


@dataclass
class LookUpTally:
    """What was asked of hubs.

    Attributes:
        requests: Requests sent, redirects and retries included.
        asked: Models, bases and datasets asked for by name.
        seconds: How long it took.
        unanswered: Names that no answer came for, with the hub.
    """

    requests: int = 0
    asked: int = 0
    seconds: float = 0.0
    unanswered: set[tuple[str, str]] = field(default_factory=set)


class HubKnowledge:
    """Knows what hubs answer for the models that it is asked for; close it at the end.

    Args:
        settings: The data directory, endpoints and tokens.
        progress: Shows how far a look-up is.
        is_offline: Ask nobody: what was looked up before is all there is, however old.
        is_refreshed: Ask for everything anew.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Progress,
        *,
        is_offline: bool = False,
        is_refreshed: bool = False,
    ) -> None:
        folder = settings.data_dir / _FOLDER
        self._settings = replace(
            settings,
            data_dir=folder,
            database_url=f"sqlite:///{folder / 'miner.db'}",
            http_attempts=min(settings.http_attempts, _ATTEMPTS),
        )
        self._progress = progress
        self._is_offline = is_offline
        self._is_refreshed = is_refreshed
        self._past = _Past(folder / _FILE)
        self._outcomes: dict[tuple[str, str], str] = {}
        self._files = ExitStack()
        self._lookup: DuckdbLookup | None = None
        self.tally = LookUpTally()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._files.close()

    def prepare(self, hub: str, names: Iterable[str], /) -> None:
        """Ask a hub for models, what they were derived from, and their data.

        Raises:
            SourceRefused: The hub does not accept the token.
            ConfigurationError: The look-ups cannot be stored.
        """
        wanted = sorted(set(names))
        if due := self._due(hub, wanted):
            self._ask(hub, due)
        if (lookup := self._opened()) is not None:
            lookup.prepare(hub, wanted)

    def prepare_datasets(self, hub: str, names: Iterable[str], /) -> None:
        """Ask a hub for datasets.

        Raises:
            SourceRefused: The hub does not accept the token.
            ConfigurationError: The look-ups cannot be stored.
        """
        wanted = sorted(set(names))
        if due := self._due(hub, [_DATA + name for name in wanted]):
            self._ask(hub, [], [name.removeprefix(_DATA) for name in due])

    def files_with(self, digests: Iterable[str], /) -> dict[str, list[tuple[str, str, str]]]:
        """Return files of the models that were looked up, by digest."""
        lookup = self._opened()
        return lookup.files_with(digests) if lookup is not None else {}

    def model(self, hub: str, name: str, /) -> KnownModel | None:
        """Return a model by its name or a former one; None if its hub did not give it."""
        lookup = self._opened()
        return lookup.model(hub, name) if lookup is not None else None

    def dataset(self, hub: str, name: str, /) -> KnownDataset | None:
        """Return a dataset by its name or a former one; None if its hub did not give it."""
        lookup = self._opened()
        return lookup.dataset(hub, name) if lookup is not None else None

    def why(self, hub: str, name: str, /) -> str:
        """Return why nothing is known of a model."""
        profile = hub_profile(hub)
        title = profile.title if profile else hub
        if not _answers_for_names(hub):
            return f"{title} answers for no single model" if profile else "it is on no known hub"
        outcome = self._outcomes.get((hub, name)) or self._past.outcome(hub, name)
        if outcome in _WHY:
            return _WHY[outcome].format(hub=title)
        if self._is_offline:
            return f"{title} was not asked (--offline)"
        return f"{title} did not answer for it: {outcome}"[:300] if outcome else ""

    def answers(self, hub: str, name: str, /) -> bool:
        """Tell whether a hub answered for a name, now or before."""
        return (self._outcomes.get((hub, name)) or self._past.outcome(hub, name)) in ANSWERED

    def population(self) -> str:
        """Return what the answers rest on, one line."""
        if not self._past.asked_at:
            return NO_KNOWLEDGE
        return (
            f"looked up by name, last on {self._past.asked_at[:16].replace('T', ' ')} UTC; "
            "used as it was for a day"
        )

    def _due(self, hub: str, names: list[str]) -> list[str]:
        """Return the names that the hub has to be asked for."""
        if self._is_offline or not _answers_for_names(hub):
            return []
        is_stored = self._settings.duckdb_path.is_file()
        since = _now() - FRESH if is_stored and not self._is_refreshed else None
        return [name for name in names if not self._past.is_fresh(hub, name, since)]

    def _opened(self) -> DuckdbLookup | None:
        path = self._settings.duckdb_path
        if self._lookup is None and path.is_file():
            self._lookup = self._files.enter_context(open_lookup(path))
        return self._lookup

    def _ask(self, hub: str, names: list[str], datasets: Sequence[str] = ()) -> None:
        started = time.monotonic()
        done, failures = _asked(self._settings, hub, (names, datasets), self._progress, self.tally)
        outcomes = {name: done.outcomes.get(name, "it was not asked") for name in names}
        of_data = {name: done.datasets.get(name, "it was not asked") for name in datasets}
        self._outcomes |= {(hub, name): outcome for name, outcome in outcomes.items()}
        lost = {name for name, outcome in outcomes.items() if outcome not in ANSWERED}
        self.tally.unanswered |= {(hub, name) for name in lost}
        self.tally.asked += len(done.outcomes) + len(done.datasets)
        self.tally.seconds += time.monotonic() - started
        self._files.close()
        self._lookup = None
        if any(one in FOUND for one in (*done.outcomes.values(), *done.datasets.values())):
            export_duckdb(self._settings, self._settings.duckdb_path, macros=())
        # where a base, a card or data was not answered for, its model is asked for again
        is_whole = not failures and not lost
        outcomes |= {_DATA + name: outcome for name, outcome in of_data.items()}
        self._past.add(hub, outcomes if is_whole else {})


def _asked(
    settings: Settings,
    hub: str,
    wanted: tuple[list[str], Sequence[str]],
    progress: Progress,
    tally: LookUpTally,
) -> tuple[NamedModels, int]:
    """Ask a hub; return what became of the names, and how much else was not answered for.

    Args:
        settings: Those of look-ups.
        hub: The hub.
        wanted: Names of models, and of datasets.
        progress: Shows how far it is.
        tally: Counts requests.
    """
    names, datasets = wanted
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            with opened(
                settings, {"models": names}, progress, threading.Event(), hub, command=COMMAND
            ) as crawl:
                done = NamedModels()
                try:
                    done = look_up_named(crawl, names, datasets=datasets)
                except RetryLater as error:
                    done.outcomes.update(dict.fromkeys(names, error.message))
                    done.datasets.update(dict.fromkeys(datasets, error.message))
                tally.requests += crawl.counts["requests"]
                others = [*done.outcomes.values(), *done.datasets.values()]
                lost = sum(outcome not in ANSWERED for outcome in others)
                return done, lost + crawl.counts["cards failed"]
        except StoreLocked:  # another check: it ends soon
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _answers_for_names(hub: str) -> bool:
    """Tell whether a hub answers for a single model, by its name."""
    return hub in hub_names() and hasattr(hub_class(hub), "record_url")


class _Past:
    """Which names were asked for, when, and what came of it; a file beside the store."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            read = None
        self._names: dict[str, list[str]] = {}
        if isinstance(read, dict):
            self._names = {
                key: value
                for key, value in read.items()
                if isinstance(value, list) and len(value) == 2 and all(map(_is_text, value))
            }

    @property
    def asked_at(self) -> str:
        """When a name was last asked for, UTC, ISO 8601; empty: never."""
        return max((at for at, _ in self._names.values()), default="")

    def is_fresh(self, hub: str, name: str, since: datetime | None) -> bool:
        """Tell whether a name was answered for since then; None: no answer is fresh."""
        at, _ = self._names.get(f"{hub} {name}", ("", ""))
        return since is not None and at >= since.isoformat()

    def outcome(self, hub: str, name: str) -> str:
        """Return what came of a name, empty where it was never asked for."""
        return self._names.get(f"{hub} {name}", ("", ""))[1]

    def add(self, hub: str, outcomes: dict[str, str]) -> None:
        """Keep what came of some names, as of now."""
        now = _now().isoformat()
        self._names |= {f"{hub} {name}": [now, outcome] for name, outcome in outcomes.items()}
        part = self._path.with_name(f".{self._path.name}.part")
        part.write_text(json.dumps(self._names, ensure_ascii=False), encoding="utf-8")
        part.replace(self._path)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
