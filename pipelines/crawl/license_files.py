"""License files of models' repositories: LICENSE, USE_POLICY, NOTICE and the like, as listed.

They are asked for as cards are: at the revision of the model, first which blob it is, then its
bytes where the archive lacks them. Most repositories carry the same few texts.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection, text

from miner.db import dialect
from miner.pipelines.crawl.files import (
    FileChoice,
    as_asked_now,
    chosen_models,
    fetch_in_batches,
    ids_of,
    outdated,
)
from miner.pipelines.crawl.session import Crawl
from miner.pipelines.derive.licenses.texts.paths import is_beside_weights
from miner.pipelines.intake.files import OTHER_FILES

MOST_FILES = 8
"""Of one model; further ones are not read."""

_WORDS = ("licen", "copying", "copyright", "notice", "policy", "terms", "eula")
_LISTING = "SELECT m.id, m.files FROM model m WHERE {} ORDER BY coalesce(m.downloads, 0) DESC, m.id"
_ASKED = (
    "SELECT f.model_id, f.path, {outdated} FROM fetched_file f JOIN model m ON m.id = f.model_id "
    "WHERE m.hub_id = :hub_id AND f.path NOT IN ({others})"
)


def fetch_license_files(crawl: Crawl, choice: FileChoice) -> None:
    """Get the license files that listings show and that the archive lacks at their revision.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: The hub answers no request any more.
    """
    with crawl.engine.connect() as connection:
        wanted = wanted_files(connection, crawl.setting.hub_id, as_asked_now(crawl, choice))
        if choice.names is not None:
            named = set(ids_of(connection, crawl.setting.hub_id, choice.names))
            wanted = [item for item in wanted if item[0] in named]
    fetch_in_batches(crawl, "license files", wanted)


def wanted_files(connection: Connection, hub_id: int, choice: FileChoice) -> list[tuple[int, str]]:
    """Return the surrogate keys of models and the paths to ask for, most downloaded first."""
    asked = _asked(connection, hub_id, choice)
    wanted = []
    for model_id, paths in _listed(connection, hub_id, choice):
        # what was there and is listed no more is asked for: the answer says that it is gone
        known = asked.get(model_id, {})
        wanted += [
            (model_id, path) for path in dict.fromkeys((*paths, *known)) if known.get(path, True)
        ]
    return wanted


def _listed(
    connection: Connection, hub_id: int, choice: FileChoice
) -> Iterator[tuple[int, list[str]]]:
    conditions, values = chosen_models(hub_id, choice)
    files = dialect.folded(connection, "m.files")
    named = " OR ".join(f"{files} LIKE '%{word}%'" for word in _WORDS)
    read = "EXISTS (SELECT 1 FROM fetched_file f WHERE f.model_id = m.id AND f.path NOT IN ({}))"
    conditions.append(f"({named} OR {read.format(_quoted())})")
    for model_id, listing in connection.execute(
        text(_LISTING.format(" AND ".join(conditions))), values
    ):
        entries = orjson.loads(listing) if isinstance(listing, str | bytes) else listing
        paths = [str(entry.get("path") or "") for entry in entries or ()]
        yield int(model_id), [path for path in paths if is_beside_weights(path)][:MOST_FILES]


def _asked(connection: Connection, hub_id: int, choice: FileChoice) -> dict[int, dict[str, bool]]:
    """Return the files that were asked for, by model, and whether each is to be asked for again."""
    values: dict[str, object] = {"hub_id": hub_id}
    is_due = outdated(choice, "1 = 1", values)
    found: dict[int, dict[str, bool]] = {}
    query = _ASKED.format(outdated=f"({is_due})", others=_quoted())
    for model_id, path, due in connection.execute(text(query), values):
        found.setdefault(int(model_id), {})[str(path)] = bool(due)
    return found


def _quoted() -> str:
    return ", ".join(f"'{path}'" for path in OTHER_FILES)
