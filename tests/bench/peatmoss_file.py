"""A file in the schema of PeaTMOSS, of its size and shape, by seed: ``… peatmoss_file FILE``.

Numbers of rows are those that its paper and read-me state; how tags, downloads and uses spread is
drawn, so answers mean nothing, and times do.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peatmoss import HUBS, schema

TASKS = (
    "text-generation", "text-classification", "fill-mask", "token-classification", "translation",
    "automatic-speech-recognition", "image-classification", "text-to-image", "summarization",
    "question-answering", "reinforcement-learning", "text2text-generation", "object-detection",
)  # fmt: skip
_WORDS = (
    "model", "load", "error", "fails", "question", "memory", "license", "weights", "tokenizer",
    "config", "version", "cuda", "export", "how", "wrong", "slow", "training", "output",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are; the default is the whole dataset."""

    models: int = 281_638
    pytorch: int = 362
    repositories: int = 28_575
    linked_repositories: int = 15_129
    used_models: int = 2_530
    links: int = 44_337
    histories: int = 14_296
    discussions: int = 59_011
    issues: int = 52_161

    def scaled(self, share: float) -> Size:
        """Return a file of a share of the size."""
        values = {name: max(20, int(getattr(self, name) * share)) for name in self.__slots__}
        return Size(**values)


def write_file(path: Path, size: Size, seed: int = 2023) -> Path:
    """Write the file; of one seed and size it is always the same."""
    chance = random.Random(seed)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        for statement in schema():
            connection.execute(statement)
        for table, rows in _tables(chance, size):
            _insert(connection, table, rows)
        connection.commit()
    return path


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    width = len(connection.execute(f"PRAGMA table_info({table})").fetchall())
    marks = ", ".join("?" * width)
    connection.executemany(
        f"INSERT OR IGNORE INTO {table} VALUES ({marks})",
        (row + (None,) * (width - len(row)) for row in rows),
    )


def _tables(chance: random.Random, size: Size) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
    owners = max(10, size.models // 4)
    yield "model_hub", [tuple(hub.values()) for hub in HUBS]
    yield "model", _models(chance, size, owners)
    names = {
        "author": (owners, "owner-{}", 1.0),
        "tag": (5_000, "tag-{}", 3.0),
        "dataset": (20_000, "acme/data-{}", 0.4),
        "license": (60, "license-{}", 0.35),
        "library": (30, "library-{}", 1.5),
        "framework": (200, "kind-{}", 0.7),
        "architecture": (300, "Class{}", 0.7),
        "paper": (5_000, "https://arxiv.org/abs/{}", 0.3),
    }
    for kind, (count, form, mean) in names.items():
        yield kind, _named(kind, count, form)
        yield f"model_to_{kind}", _spread(chance, size.models, count, mean)
    yield "language", ((key, f"language {key}", f"l{key}") for key in range(1, 201))
    yield "model_to_language", _spread(chance, size.models, 200, 0.3)
    yield (
        "reuse_repository",
        (
            (key, f"dev-{key % 9_000}", f"app-{key}", f"github.com/dev-{key % 9_000}/app-{key}")
            for key in range(1, size.repositories + 1)
        ),
    )
    links = _links(chance, size)
    yield "model_to_reuse_repository", links
    yield "reuse_file", (
        (key, f"dev-{repository % 9_000}_app-{repository}/app-{repository}/src/part_{key}.py",
         model, repository)
        for key, (model, repository) in enumerate(links, 1)
    )  # fmt: skip
    yield from _history(chance, size, owners)
    yield from _issues(chance, size)


def _models(chance: random.Random, size: Size, owners: int) -> Iterator[tuple[Any, ...]]:
    hub_models = size.models - size.pytorch
    for key in range(1, size.models + 1):
        downloads = int(chance.paretovariate(0.6)) if key % 3 else 0
        if key <= hub_models:
            name = f"owner-{key % owners}/net-{key}"
            url = f"https://huggingface.co/{name}"
            sha = f"{chance.getrandbits(160):040x}"
            yield key, name, 1, sha, url, min(downloads, 60_000_000), downloads % 97, 0
        else:
            url = f"https://github.com/pytorch/repo-{key % 40}"
            yield key, f"entry_{key}", 2, None, url, None, None, 1


def _named(kind: str, count: int, form: str) -> Iterator[tuple[int, str]]:
    for key in range(1, count + 1):
        if kind == "tag" and key <= len(TASKS):
            yield key, TASKS[key - 1]
        elif kind == "paper":
            yield key, form.format(f"{10 + key % 13}{1 + key % 12:02}.{key:05}")
        else:
            yield key, form.format(key % count if kind == "author" else key)


def _spread(
    chance: random.Random, models: int, count: int, mean: float
) -> Iterator[tuple[int, int]]:
    """Yield pairs: few names are of many models, and most of a few."""
    for model in range(1, models + 1):
        times = int(mean) + (chance.random() < mean % 1)
        for _ in range(times):
            yield model, 1 + int(count * chance.random() ** 4) % count


def _links(chance: random.Random, size: Size) -> list[tuple[int, int]]:
    step = max(1, size.models // size.used_models)
    found: set[tuple[int, int]] = set()
    while len(found) < min(size.links, size.used_models * size.linked_repositories // 2):
        model = 1 + step * (int(size.used_models * chance.random() ** 3) % size.used_models)
        found.add((min(model, size.models), 1 + chance.randrange(size.linked_repositories)))
    return sorted(found)


def _history(
    chance: random.Random, size: Size, owners: int
) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
    commits = [
        (model, chance.randrange(1, 16))
        for model in chance.sample(range(1, size.models - size.pytorch), size.histories)
    ]
    yield (
        "hf_commit",
        (
            (key, f"{chance.getrandbits(160):040x}", _day(chance), _text(chance, 5), "", model)
            for key, model in enumerate((m for m, count in commits for _ in range(count)), 1)
        ),
    )
    total = sum(count for _, count in commits)
    yield (
        "hf_commit_to_author",
        ((key, 1 + chance.randrange(owners)) for key in range(1, total + 1)),
    )
    discussed = [model for model, _ in commits]
    rows = [
        (key, _text(chance, 6), chance.choice(("open", "closed", "merged")), key % 40,
         "", "model", key % 3 == 0, _day(chance), "https://huggingface.co", None, None, None,
         discussed[(key * 7919) % len(discussed)])
        for key in range(1, size.discussions + 1)
    ]  # fmt: skip
    yield "discussion", rows
    yield (
        "discussion_to_author",
        ((key, 1 + chance.randrange(owners)) for key in range(1, size.discussions + 1)),
    )
    yield "discussion_event", (
        (3 * key + part, f"{chance.getrandbits(96):024x}", "comment", _day(chance),
         f"owner-{chance.randrange(owners)}", _text(chance, 40), 0, 0, None, None, None, None,
         None, key)
        for key in range(1, size.discussions + 1) for part in range(1 + key % 3)
    )  # fmt: skip


def _issues(chance: random.Random, size: Size) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
    yield (
        "github_user",
        ((key, f"dev-{key}", f"dev-{key}@example.org", None) for key in range(1, 30_001)),
    )
    repositories, owners = size.linked_repositories, max(10, size.models // 4)
    yield "github_issue", (
        (key, 1 + chance.randrange(30_000), _body(chance, key, owners), key % 2, None,
         _day(chance), None, None, key, None, ("OPEN", "CLOSED")[key % 2], _text(chance, 7),
         _day(chance),
         f"https://github.com/dev-{(1 + key % repositories) % 9_000}/app-{1 + key % repositories}"
         f"/issues/{key}")
        for key in range(1, size.issues + 1)
    )  # fmt: skip
    yield (
        "reuse_repo_to_issue",
        ((1 + key % repositories, key) for key in range(1, size.issues + 1)),
    )
    yield "github_comment", (
        (2 * key + part, 1 + chance.randrange(30_000), "NONE", _text(chance, 40), _day(chance), 0,
         0, None, key)
        for key in range(1, size.issues + 1) for part in range(2)
    )  # fmt: skip


def _body(chance: random.Random, key: int, owners: int) -> str:
    """Return the text of an issue; one in three names a model, one in five a library."""
    model = f" `owner-{key % owners}/net-{key}`" if key % 3 == 0 else ""
    return f"{_text(chance, 60)}{model}{' with transformers' if key % 5 == 0 else ''}"


def _day(chance: random.Random) -> str:
    month = chance.randrange(1, 9)
    return f"2023-{month:02}-{chance.randrange(1, 28):02} {chance.randrange(24):02}:15:00+00:00"


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


if __name__ == "__main__":
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    write_file(Path(sys.argv[1]), Size().scaled(share) if share < 1 else Size())
