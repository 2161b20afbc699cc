"""Published tables on repositories: what GitHub says of them, and how they were found."""

from __future__ import annotations

from miner.schema import tables
from miner.schema.description import Column, Reference, Table
from miner.schema.published.base import described

REPOSITORY = Column("repository", "VARCHAR", "Name of the repository, owner/name")
OF_REPOSITORY = Reference(("repository",), "repository", ("name",))

REPOSITORIES: tuple[Table, ...] = (
    described(tables.Repository),
    described(tables.RepositoryAlias),
    Table(
        "repository_topic",
        "A topic of a repository.",
        (REPOSITORY, Column("topic", "VARCHAR", "The topic, as GitHub lists it")),
        key=("repository", "topic"),
        references=(OF_REPOSITORY,),
    ),
    Table(
        "repository_language",
        "A programming language of a repository.",
        (
            REPOSITORY,
            Column("language", "VARCHAR", "Name that GitHub gives"),
            Column("size_bytes", "BIGINT", "Bytes that GitHub counts", "bytes"),
        ),
        key=("repository", "language"),
        references=(OF_REPOSITORY,),
    ),
    described(tables.RepositoryFinding),
    Table(
        "repository_observation",
        "What a sweep saw of a repository. Rows of one that was renamed carry its present name.",
        (
            REPOSITORY,
            Column("uid", "VARCHAR", "Identity on GitHub"),
            Column("observed_at", "TIMESTAMP", "Date of the answer, UTC"),
            Column("sweep", "VARCHAR", "Name of the sweep"),
            Column("stars", "BIGINT", "Stars", "stars"),
            Column("forks", "BIGINT", "Forks", "forks"),
            Column("license", "VARCHAR", "SPDX id that GitHub gives"),
            Column("is_archived", "BOOLEAN", "Read only"),
            Column("pushed_at", "TIMESTAMP", "Time of the last push, UTC"),
            Column("head_commit", "VARCHAR", "Commit the default branch was at"),
            Column("state", "VARCHAR", "Whether it was there", vocabulary="RepositoryState"),
        ),
        key=("repository", "sweep"),
        order=("sweep", "repository"),
    ),
    described(tables.SearchBin),
    described(tables.ModelRepository),
)
