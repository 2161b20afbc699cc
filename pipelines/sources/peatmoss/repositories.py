"""Repositories of PeaTMOSS, the models that it links them to, and the files where they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from miner.pipelines.sources.github.repository_records import could_be_a_name
from miner.pipelines.sources.peatmoss.database import PeatmossFile
from miner.pipelines.sources.peatmoss.models import as_name, as_number, model_name
from miner.pipelines.sources.records.facts import Problem
from miner.pipelines.sources.records.values import excerpt, storable
from miner.schema.redact import redact
from miner.schema.vocab import RecordReason

REPOSITORY, LINK, FILE = "reuse_repository", "model_to_reuse_repository", "reuse_file"
_MAX_PATH = 1_000
_SIZE = 500

Model = tuple[str, str]
"""Hub and name."""


@dataclass(slots=True)
class RepositoryBatch:
    """Some repositories, read.

    Attributes:
        first: Number of the first of them in the file.
        last: Number of the last.
        count: Rows read.
        names: Name of each that can be used, by its number.
        links: The models that it is linked to, and the files where each is used.
        used: Rows of links and files that were read, by table.
        problems: What could not be used, by table.
    """

    first: int
    last: int
    count: int
    names: dict[int, str] = field(default_factory=dict)
    links: dict[int, dict[Model, list[str]]] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, Problem]] = field(default_factory=list)

    def reject(self, table: str, reason: RecordReason, detail: object, name: str) -> None:
        """Keep why a row cannot be used."""
        problem = Problem("", reason.value, excerpt(detail), len(self.problems), name)
        self.problems.append((table, problem))


def read_repositories(source: PeatmossFile, hubs: Mapping[int, str]) -> Iterator[RepositoryBatch]:
    """Yield the repositories in the order of their numbers, by some hundred.

    Args:
        source: The file.
        hubs: Miner's name of each hub by its number in the file.

    Raises:
        InvalidData: The file is damaged.
    """
    if not source.prepare(REPOSITORY, "id"):
        return
    columns = ", ".join(source.optional(REPOSITORY, name) for name in ("owner", "name", "url"))
    query = f"SELECT id, {columns} FROM {REPOSITORY} WHERE id IS NOT NULL ORDER BY id"
    for rows in source.rows(REPOSITORY, query, size=_SIZE):
        batch = RepositoryBatch(int(str(rows[0][0])), int(str(rows[-1][0])), len(rows))
        for key, owner, name, url in rows:
            found = repository_name(as_name(owner), as_name(name), as_name(url))
            if found is None:
                shown = "/".join(as_name(part) or "" for part in (owner, name))
                batch.reject(REPOSITORY, RecordReason.NO_NAME, shown, excerpt(shown))
            else:
                batch.names[int(str(key))] = found
                batch.links[int(str(key))] = {}
        _read_links(source, hubs, batch)
        _read_files(source, hubs, batch)
        yield batch


def repository_name(owner: str | None, name: str | None, url: str | None) -> str | None:
    """Return ``owner/name``; the address says it where the columns do not."""
    parts = (url or "").partition("github.com/")[2].removesuffix(".git").split("/")
    stated = f"{owner.strip()}/{name.strip()}" if owner and name else ""
    return next(filter(could_be_a_name, (stated, "/".join(parts[:2]))), None)


def _read_links(source: PeatmossFile, hubs: Mapping[int, str], batch: RepositoryBatch) -> None:
    if not source.prepare(LINK, "reuse_repository_id", "model_id"):
        return
    for key, model in _models(source, hubs, batch, LINK, "NULL"):
        if isinstance(model, tuple):
            batch.links[key].setdefault(model[:2], [])
            batch.used[LINK] += 1


def _read_files(source: PeatmossFile, hubs: Mapping[int, str], batch: RepositoryBatch) -> None:
    if not source.prepare(FILE, "reuse_repository_id", "model_id"):
        return
    for key, (hub, model, path) in _models(source, hubs, batch, FILE, "link.path"):
        name = batch.names[key]
        inside = path_inside(as_name(path) or "", name)
        if not inside:
            batch.reject(FILE, RecordReason.NO_NAME, path, name)
            continue
        paths = batch.links[key].setdefault((hub, model), [])
        if inside in paths:
            batch.reject(FILE, RecordReason.DUPLICATE, path, name)
        else:
            paths.append(inside)
            batch.used[FILE] += 1


def _models(
    source: PeatmossFile,
    hubs: Mapping[int, str],
    batch: RepositoryBatch,
    table: str,
    column: str,
) -> Iterator[tuple[int, tuple[str, str, object]]]:
    """Yield the rows of a table that link a repository of the batch to a model that is there."""
    source.prepare("model", "id", "model_hub_id")
    url = "model.repo_url" if source.has("model", "repo_url") else "NULL"
    query = (
        f"SELECT link.reuse_repository_id, link.model_id, {column}, model.context_id, "
        f"model.model_hub_id, {url} FROM {table} AS link "
        "LEFT JOIN model ON model.id = link.model_id "
        "WHERE link.reuse_repository_id BETWEEN ? AND ? "
        f"ORDER BY link.reuse_repository_id, link.model_id, {column}"
    )
    for rows in source.rows(table, query, (batch.first, batch.last)):
        for key, model, value, context, hub_number, address in rows:
            number = int(str(key))
            hub = hubs.get(as_number(hub_number) or 0)
            name = model_name(hub or "", context, address)
            if number not in batch.names:
                batch.reject(table, RecordReason.ORPHAN, "no such repository", f"number {number}")
            elif hub is None or name is None or not is_model_name(name):
                batch.reject(
                    table, RecordReason.ORPHAN, f"model {model}: {name}", batch.names[number]
                )
            else:
                yield number, (hub, name, value)


def is_model_name(name: str) -> bool:
    """Tell whether a hub could have a model of this name."""
    return 0 < len(name) <= 200 and name.isprintable() and not any(map(str.isspace, name))


def path_inside(path: str, repository: str) -> str:
    """Return a path in its repository; PeaTMOSS puts before it the folder that it was read from.

    Of ``owner_name/name/src/use.py`` that is ``src/use.py``.
    """
    owner, _, name = repository.lower().partition("/")
    parts = storable(path.strip()).lstrip("/").split("/")
    folders = [part.lower() for part in parts[:2]]
    if len(parts) > 2 and folders[0].startswith(f"{owner}_") and folders[1] == name:
        parts = parts[2:]
    inside = " ".join("/".join(parts).split())[:_MAX_PATH]
    return redact(inside).text if "@" in inside else inside


def lost_links(source: PeatmossFile, table: str) -> int:
    """Return how many rows of a table refer to no repository that is there.

    Raises:
        InvalidData: The file is damaged.
    """
    if not source.prepare(table, "reuse_repository_id", "model_id"):
        return 0
    query = (
        f"SELECT count(*) FROM {table} WHERE reuse_repository_id IS NULL "
        f"OR reuse_repository_id NOT IN (SELECT id FROM {REPOSITORY})"
    )
    [[(count,)]] = source.rows(table, query)
    return int(str(count))
