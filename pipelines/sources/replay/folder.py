"""Read a folder of records and cards into a catalog.

::

    models.jsonl datasets.jsonl            one record a line, in the shape of the hub's API
    cards/ cards_index.csv                 cards of models: id, file
    configs/ configs_index.csv             configs of models: id, file, kind
    files/ files_index.csv                 other files of models: id, file, path
    dataset-cards/                         cards of datasets, owner__name.md
    redirects.csv                          old names of models: old, new
    history.jsonl                          the past of models: see ``history``
    repositories/ repositories.jsonl       repositories of a GitHub: see ``forge_folder``

Every part is optional. Fields that begin with ``_`` are notes of the folder and are not served;
the latest ``_observed`` is the date of all answers.
"""

from __future__ import annotations

import csv
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.sources.archive.segments import ArchiveReader
from miner.pipelines.sources.hubs import hub_modules
from miner.pipelines.sources.replay.archived import add_archive
from miner.pipelines.sources.replay.catalog import (
    CARD,
    CURRENT,
    Catalog,
    FileKey,
    HubFile,
    Repo,
)
from miner.pipelines.sources.replay.forge_folder import add_repositories
from miner.pipelines.sources.replay.front_matter import card_data
from miner.pipelines.sources.replay.history import read_history

_CONFIG_FILES = {"config": "config.json", "hf_quant_config": "hf_quant_config.json"}
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Collected:
    """What the folders hold of one kind, later folders over earlier ones."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    dates: dict[str, datetime | None] = field(default_factory=dict)
    files: defaultdict[str, dict[FileKey, HubFile]] = field(
        default_factory=lambda: defaultdict(dict)
    )


def load_catalog(folders: list[Path]) -> Catalog:
    """Read folders and archives; later ones override records of earlier ones by id.

    A line that is no record is skipped, with a warning that names it.

    Raises:
        ConfigurationError: A folder is none, or holds nothing to serve.
        InvalidData: An index names a file that is not there, or cannot be read.
    """
    catalog = Catalog()
    models, datasets = _Collected(), _Collected()
    for folder in folders:
        if not folder.is_dir():
            raise ConfigurationError(
                f"{folder} is not a folder", next_step="name a folder of records or an archive"
            )
        archive = ArchiveReader(folder)
        if archive.segments():
            add_archive(catalog, archive)
        elif not _add_folder(catalog, folder, models, datasets):
            raise ConfigurationError(
                f"{folder} holds nothing to serve",
                next_step="name a folder with models.jsonl, cards/ or repositories/, or an archive",
            )
    _fill(catalog, "models", models)
    _fill(catalog, "datasets", datasets)
    for folder in folders:
        for record in _records(folder / "history.jsonl"):
            if isinstance(catalog.models.find(record["id"]), Repo):
                catalog.put_history(record["id"], read_history(record))
    logger.info(
        "%d models, %d datasets, %d repositories",
        len(catalog.models), len(catalog.datasets), len(catalog.forge),
    )  # fmt: skip
    return catalog


def observed_date(text: Any) -> datetime | None:
    """Return the first moment of a date that may lack day or month, UTC without zone."""
    found = _PARTIAL_DATE.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return datetime(year, month, day, tzinfo=UTC).replace(tzinfo=None)
    except ValueError:  # "2024-2025" is a range of years
        return datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) if year else None


def _add_folder(catalog: Catalog, folder: Path, models: _Collected, datasets: _Collected) -> bool:
    """Collect what a folder holds; return whether it holds anything."""
    records = [
        (collected, record)
        for name, collected in (("models.jsonl", models), ("datasets.jsonl", datasets))
        for record in _records(folder / name)
    ]
    dates = [observed_date(record.get("_observed")) for _, record in records]
    latest = max((date for date in dates if date is not None), default=None)
    catalog.saw(latest)
    for collected, record in records:
        collected.records[record["id"]] = record
        collected.dates[record["id"]] = latest
    files = [*_model_files(folder), *_dataset_cards(folder)]
    for kind, name, path, file in files:
        (models if kind == "models" else datasets).files[name][CURRENT, path] = HubFile(
            file.read_bytes()
        )
    for row, place in _rows(folder / "redirects.csv", ("old", "new")):
        if not row["old"] or not row["new"]:
            raise _unusable(place, "old or new is empty")
        catalog.models.redirect(row["old"], row["new"])
    has_repositories = add_repositories(catalog.forge, folder)
    others = [name for name in hub_modules("replay") if (folder / name).is_dir()]
    for name in others:
        hub_modules("replay")[name].add_folder(catalog.hubs[name], folder / name)
    return bool(records or files or has_repositories or others)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of JSON lines; an absent file has none."""
    if not path.exists():
        return
    skipped = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record, reason = _json(line), "no object with an id"
            except ValueError as error:
                record, reason = None, str(error)
            if isinstance(record, dict) and isinstance(record.get("id"), str) and record["id"]:
                yield record
                continue
            skipped += 1
            logger.warning("%s:%d: skipped: %s", path, number, reason)
    if skipped:
        logger.warning("%s: %d lines skipped", path, skipped)


def _json(line: bytes) -> Any:
    """Parse JSON; NaN and infinities, which Python writes but JSON has not, become null."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line, parse_constant=lambda _: None)


def _model_files(folder: Path) -> Iterator[tuple[str, str, str, Path]]:
    for row, place in _rows(folder / "cards_index.csv", ("id", "file")):
        yield "models", row["id"], CARD, _named_file(folder / "cards", row, place)
    for row, place in _rows(folder / "configs_index.csv", ("id", "file", "kind")):
        path = _CONFIG_FILES.get(row["kind"], f"{row['kind']}.json")
        yield "models", row["id"], path, _named_file(folder / "configs", row, place)
    for row, place in _rows(folder / "files_index.csv", ("id", "file", "path")):
        yield "models", row["id"], row["path"], _named_file(folder / "files", row, place)


def _dataset_cards(folder: Path) -> Iterator[tuple[str, str, str, Path]]:
    for file in sorted((folder / "dataset-cards").glob("*.md")):
        yield "datasets", file.stem.replace("__", "/", 1), CARD, file


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the rows of an index with the place of each, ``file:line``."""
    if not path.exists():
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise _unusable(f"{path}:1", f"no column {', '.join(sorted(missing))}")
            for row in reader:
                yield {key: row[key] or "" for key in columns}, f"{path}:{reader.line_num}"
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unusable(str(path), str(error)) from error


def _named_file(folder: Path, row: dict[str, str], place: str) -> Path:
    path = folder / row["file"]
    if not row["id"] or not row["file"] or Path(row["file"]).name != row["file"]:
        raise _unusable(place, f"id {row['id']!r} and file {row['file']!r} are no id and file name")
    if not path.is_file():
        raise _unusable(place, f"{path} is not there")
    return path


def _unusable(place: str, message: str) -> InvalidData:
    return InvalidData(f"{place}: {message}", next_step="correct the line, or take the file away")


def _fill(catalog: Catalog, kind: str, collected: _Collected) -> None:
    """Give the collected records, and records made for cards alone, to the catalog."""
    shelf = catalog.shelf(kind)
    for name, source in collected.records.items():
        files = collected.files.pop(name, None)
        shelf.put(source, files=files, observed_at=collected.dates[name])
    for name, repository_files in collected.files.items():
        existing = shelf.find(name)
        if existing is not None and not isinstance(existing, str):  # a record of an archive
            shelf.put(existing.source, files=repository_files, observed_at=existing.observed_at)
            continue
        card = repository_files.get((CURRENT, CARD))
        if card is None:
            continue  # a config alone says too little to make a record of
        record: dict[str, Any] = {"id": name}
        data = card_data(card.read())
        if data is not None:
            record["cardData"] = data
        shelf.put(record, files=repository_files, observed_at=catalog.date)
