"""Repositories that load the models of a synthetic Hub, put into its store.

No forge is served: scanning has a bench of its own. What stands in the store afterwards is what a
crawl with GitHub leaves there: repositories, one scan each, use sites, uses, dependencies. Much
downloaded models are loaded by most repositories, as on the real forges.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha1
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from miner.db.session import open_store
from miner.schema import tables
from miner.settings import load_settings

LOADED = 50_000
"""So many models, the most downloaded, are loaded by somebody."""

_BATCH = 20_000
_START = datetime(2019, 1, 1)  # noqa: DTZ001 - times of the store are UTC without a zone
_DAYS = 2800
_APIS = (
    ("transformers.AutoModelForCausalLM.from_pretrained", "transformers", "call-literal"),
    ("transformers.AutoModel.from_pretrained", "transformers", "call-literal"),
    ("transformers.pipeline", "transformers", "constant"),
    ("vllm.LLM", "vllm", "call-literal"),
    ("vllm serve", "vllm", "shell"),
    ("sentence_transformers.SentenceTransformer", "sentence_transformers", "notebook"),
    ("model_name_or_path", "huggingface_hub", "config"),
)
_ROLES = ("use", "use", "use", "use", "example", "example", "test", "mention", "mention", "mention")
_TOPICS = ("llm", "moe", "agents", "rag", "nlp", "vision", "speech", "evaluation")
_LIBRARIES = ("transformers", "torch", "vllm", "accelerate", "peft", "sentence-transformers")
_DESCRIPTIONS = (
    "Experiments with {topic}.", "A service around {topic} models.", "Notes and scripts.",
    "Code of arXiv:2401.06066 and what follows from it.", "Fine-tuning for {topic}.",
)  # fmt: skip
_ONE_CITES = 200
_ONE_LINKS = 20
"""One repository in so many names the paper, links one."""


def add_code(engine: Engine, repositories: int, seed: int = 0) -> dict[str, int]:
    """Put repositories, and what they load, into a store that holds models.

    Args:
        engine: The store, for writing.
        repositories: So many.
        seed: Another seed gives others of the same shape.

    Returns:
        Rows by table.
    """
    with engine.begin() as connection:
        models = connection.execute(
            select(tables.Model.id, tables.Model.name)
            .where(tables.Model.state == "present")
            .order_by(tables.Model.downloads.desc(), tables.Model.id)
            .limit(LOADED)
        ).all()
        names = [(int(key), str(name)) for key, name in models]
        rows = _Rows(connection)
        for number in range(1, repositories + 1):
            for table, values in rows_of(number, Random(f"{seed}/{number}"), names):
                rows.add(table, values)
        return rows.end()


class _Rows:
    """Rows on their way into a store, table by table, in batches."""

    _ORDER = (
        tables.Repository, tables.Scan, tables.UseSite, tables.ModelUse, tables.Dependency,
        tables.RepositoryLink,
    )  # fmt: skip

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[type[tables.Base], list[dict[str, Any]]] = {t: [] for t in self._ORDER}
        self._counts = dict.fromkeys(self._ORDER, 0)

    def add(self, table: type[tables.Base], values: dict[str, Any]) -> None:
        self._waiting[table].append(values)
        if len(self._waiting[table]) >= _BATCH:
            self._write()

    def end(self) -> dict[str, int]:
        """Write what is left, and return rows by table."""
        self._write()
        return {table.__tablename__: count for table, count in self._counts.items()}

    def _write(self) -> None:
        for table, values in self._waiting.items():
            if values:
                self._connection.execute(insert(table), values)
            self._counts[table] += len(values)
            values.clear()


def rows_of(
    number: int, random: Random, models: Sequence[tuple[int, str]]
) -> Iterator[tuple[type[tables.Base], dict[str, Any]]]:
    """Yield the rows of a repository by table, those that others refer to first.

    Args:
        number: Which; its surrogate key too.
        random: Where its numbers come from.
        models: Surrogate keys and names, the most loaded first.
    """
    commit = sha1(f"{number}".encode(), usedforsecurity=False).hexdigest()
    created = _START + timedelta(days=random.random() ** 0.5 * _DAYS)
    pushed = created + timedelta(days=random.random() * 300)
    topic = random.choice(_TOPICS)
    is_citing = number % _ONE_CITES == 0
    words = _DESCRIPTIONS[3] if is_citing else random.choice(_DESCRIPTIONS[:3])
    yield tables.Repository, {
        "id": number, "node_id": f"R_{number}", "name": f"dev-{number % 9973}/project-{number}",
        "state": "present", "description": words.format(topic=topic), "license": "mit",
        "license_key": "mit", "stars": int(random.paretovariate(0.7)) - 1, "forks": 0,
        "is_fork": random.random() < 0.05, "is_archived": False, "is_empty": False,
        "created_at": created, "pushed_at": pushed, "default_branch": "main",
        "head_commit": commit, "head_committed_at": pushed, "size_kilobytes": number % 5000,
        "primary_language": "Python", "languages": [{"name": "Python", "size": number % 90_000}],
        "topics": [topic], "observed_at": pushed,
    }  # fmt: skip
    sites = list(_sites(number, random, models, commit, pushed))
    yield tables.Scan, {
        "id": number, "repository_id": number, "commit": commit, "scanner_version": "bench",
        "state": "scanned", "file_count": 10, "byte_count": 50_000, "site_count": len(sites),
        "kept_count": 0, "skipped_count": 0, "scanned_at": pushed,
    }  # fmt: skip
    for site in sites:
        yield tables.UseSite, {key: site[key] for key in site.keys() - {"model_id"}}
    yield from _uses(number, sites, pushed)
    for library in random.sample(_LIBRARIES, 2):
        yield tables.Dependency, {
            "repository_id": number, "scan_id": number, "ecosystem": "pypi", "name": library,
            "requirement": None, "path": "requirements.txt", "line": 1,
        }  # fmt: skip
    if number % _ONE_LINKS == 0:
        month, paper = 1 + random.randrange(12), random.randrange(20_000)
        yield tables.RepositoryLink, {
            "repository_id": number, "scan_id": number, "kind": "paper",
            "target": "2401.06066" if is_citing else f"24{month:02}.{paper:05}",
            "path": "README.md", "line": 1 + random.randrange(100),
        }  # fmt: skip


def _sites(
    number: int, random: Random, models: Sequence[tuple[int, str]], commit: str, seen: datetime
) -> Iterator[dict[str, Any]]:
    """Yield use sites: few of most models, many of a few; one in ten names no model held."""
    for use in range(min(12, int(random.paretovariate(1.2)))):
        place = int(len(models) * random.random() ** 3)
        key, name = models[place] if random.random() < 0.9 else (None, f"nobody/gone-{place}")
        for site in range(min(20, int(random.paretovariate(1.3)))):
            api, signature, kind = random.choice(_APIS)
            # a tenth of the files stands in other repositories too
            holder = number % 500 if random.random() < 0.1 else number
            path = f"src/part_{use}/load_{site}.py"
            yield {
                "repository_id": number, "scan_id": number, "commit": commit,
                "blob_sha": sha1(f"{holder}/{path}".encode(), usedforsecurity=False).hexdigest(),
                "path": path, "line": 1 + random.randrange(300), "hub": "huggingface",
                "model": name, "model_id": key, "kind": kind, "role": random.choice(_ROLES),
                "api": api, "signature": signature, "confidence": random.choice((0.99, 0.9, 0.6)),
                "is_resolved": True, "argument": None, "is_vendored": random.random() < 0.02,
                "is_registry": random.random() < 0.01, "method": "literal", "first_seen_at": seen,
            }  # fmt: skip


def _uses(
    number: int, sites: Sequence[dict[str, Any]], seen: datetime
) -> Iterator[tuple[type[tables.Base], dict[str, Any]]]:
    """Yield what the sites come to: one row for each model."""
    of_model: dict[str, list[dict[str, Any]]] = {}
    for site in sites:
        of_model.setdefault(site["model"], []).append(site)
    for name, here in of_model.items():
        loads = [site for site in here if site["role"] != "mention"]
        if not loads:
            continue
        yield tables.ModelUse, {
            "repository_id": number, "hub": "huggingface", "model": name,
            "model_id": here[0]["model_id"], "use_site_count": len(loads),
            "confidence": max(site["confidence"] for site in loads),
            "role": min((site["role"] for site in loads), key=_ROLES.index),
            "roles": sorted({site["role"] for site in here}),
            "is_vendored": all(site["is_vendored"] for site in loads),
            "is_registry": all(site["is_registry"] for site in loads), "first_seen_at": seen,
        }  # fmt: skip


def main() -> None:
    """Put repositories into the store of the settings, and print the rows by table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--repositories", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    engine = open_store(load_settings(), create=False)
    print(json.dumps(add_code(engine, options.repositories, options.seed)))
    engine.dispose()


if __name__ == "__main__":
    main()
