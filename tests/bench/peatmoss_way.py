"""The named baseline: metadata loaded the way PeaTMOSS's published loader does it.

Written anew from the description of that way, in SQLAlchemy's ORM: one object a model with its
relationships inside one constructor; for each author, tag, dataset, license, language, paper,
library, framework and architecture a SELECT for one that exists, and an object where there is
none (each SELECT flushes what is pending); one commit at the end. Names are unique and so
indexed here, which helps it. It reads the same pages from the same server as ``miner``.

``python -m tests.bench.peatmoss_way --endpoint URL --models 2000`` prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from sqlalchemy import Column, ForeignKey, Table, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

Record = dict[str, Any]
FIELDS = ("author", "sha", "downloads", "likes", "library_name", "config", "tags", "createdAt",
          "lastModified", "cardData")  # fmt: skip


class Base(DeclarativeBase):
    """Tables of the baseline."""


class _Named:
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Architecture(_Named, Base):
    __tablename__ = "architecture"


class Author(_Named, Base):
    __tablename__ = "author"


class Dataset(_Named, Base):
    __tablename__ = "dataset"


class Framework(_Named, Base):
    __tablename__ = "framework"


class Language(_Named, Base):
    __tablename__ = "language"


class Library(_Named, Base):
    __tablename__ = "library"


class License(_Named, Base):
    __tablename__ = "license"


class Paper(_Named, Base):
    __tablename__ = "paper"


class Tag(_Named, Base):
    __tablename__ = "tag"


def _link(other: str) -> Table:
    """Return the table between models and one kind of named things."""
    return Table(
        f"model_to_{other}",
        Base.metadata,
        Column("model_id", ForeignKey("model.id"), primary_key=True),
        Column(f"{other}_id", ForeignKey(f"{other}.id"), primary_key=True),
    )


class Model(Base):
    """One model; dates are text, as there."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(primary_key=True)
    context_id: Mapped[str]
    repo_url: Mapped[str]
    sha: Mapped[str]
    downloads: Mapped[int]
    likes: Mapped[int]
    architectures: Mapped[list[Architecture]] = relationship(secondary=_link("architecture"))
    authors: Mapped[list[Author]] = relationship(secondary=_link("author"))
    datasets: Mapped[list[Dataset]] = relationship(secondary=_link("dataset"))
    frameworks: Mapped[list[Framework]] = relationship(secondary=_link("framework"))
    languages: Mapped[list[Language]] = relationship(secondary=_link("language"))
    libraries: Mapped[list[Library]] = relationship(secondary=_link("library"))
    licenses: Mapped[list[License]] = relationship(secondary=_link("license"))
    papers: Mapped[list[Paper]] = relationship(secondary=_link("paper"))
    tags: Mapped[list[Tag]] = relationship(secondary=_link("tag"))


Row = TypeVar("Row", bound=_Named)


def existing_or_new(session: Session, kind: type[Row], names: list[str]) -> list[Row]:
    """Return one object a name: the one in the table, or a new one."""
    found = []
    for name in names:
        row = session.query(kind).filter(kind.name == name).first()
        if row is None:
            row = kind()
            row.name = name
            session.add(row)
        found.append(row)
    return found


def add_model(session: Session, record: Record) -> None:
    """Add one record of the listing."""
    tags: list[str] = record["tags"]
    card: Record = record.get("cardData") or {}

    def prefixed(prefix: str) -> list[str]:
        return [tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)]

    library = [record["library_name"]] if record.get("library_name") else []
    architectures = (record.get("config") or {}).get("architectures", [])
    frameworks = [tag for tag in tags if tag in {"pytorch", "safetensors", "gguf"}]
    session.add(
        Model(
            context_id=record["id"],
            repo_url=f"https://huggingface.co/{record['id']}",
            sha=record["sha"],
            downloads=record["downloads"],
            likes=record["likes"],
            architectures=existing_or_new(session, Architecture, architectures),
            authors=existing_or_new(session, Author, [record["author"]]),
            datasets=existing_or_new(session, Dataset, prefixed("dataset:")),
            frameworks=existing_or_new(session, Framework, frameworks),
            languages=existing_or_new(session, Language, card.get("language", [])),
            libraries=existing_or_new(session, Library, library),
            licenses=existing_or_new(session, License, prefixed("license:")),
            papers=existing_or_new(session, Paper, prefixed("arxiv:")),
            tags=existing_or_new(session, Tag, tags),
        )
    )


def load(endpoint: str, models: int, database: Path) -> float:
    """Load the newest models of a hub and return the seconds, first request to commit."""
    engine = create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    query: list[tuple[str, str | int]] = [("expand", name) for name in FIELDS]
    url: str | None = str(
        httpx2.URL(
            f"{endpoint}/api/models",
            params=[("sort", "createdAt"), ("direction", -1), ("limit", min(1000, models)), *query],
        )
    )
    started = time.perf_counter()
    left = models
    with httpx2.Client() as client, Session(engine) as session:
        while url and left > 0:
            answer = client.get(url).raise_for_status()
            for record in answer.json()[:left]:
                add_model(session, record)
                left -= 1
            url = answer.links.get("next", {}).get("url")
        session.commit()
    engine.dispose()
    return time.perf_counter() - started


def main() -> None:
    """Load and report."""
    parser = argparse.ArgumentParser(description="The baseline of the ingest bench")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--models", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = load(options.endpoint, options.models, Path(folder) / "baseline.db")
    print(json.dumps({"models": options.models, "seconds": seconds}))


if __name__ == "__main__":
    main()
