"""The protocols of hubs: what the crawler needs to know of a place that publishes models.

A hub is one folder, with ``profile.py`` and ``hub.py``. It either sweeps a listing, page after
page (``ListingHub``), or has a finite catalog that is got at once (``CatalogHub``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self, runtime_checkable

from miner.pipelines.sources.hubs.profile import HubProfile
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import CatalogFacts, DatasetFacts, Listing, ModelFacts
from miner.pipelines.sources.records.history_facts import (
    CommitFacts,
    DiscussionFacts,
    RefFacts,
    TreeEntry,
)
from miner.schema.vocab import FileState, HistoryState, ModelState
from miner.settings import Settings

ReadListing = Callable[[bytes, str, str], Listing]
"""(page as received, ``model`` or ``dataset``, ``vocab.SweepKind``) → what it says."""

ArchivedAnswers = Callable[[str], Sequence[ReceivedAnswer]]
"""Address → the answers to it that the archive holds, as received, oldest first."""


@dataclass(frozen=True, slots=True)
class FilesWanted:
    """Files of a public repository that a hub is read from.

    Attributes:
        repository: ``owner/name``.
        ref: Branch or tag, empty for the default branch.
        path: A file, or all files of the root by a pattern like ``*.md``.
    """

    repository: str
    ref: str
    path: str


class Forge(Protocol):
    """Where repositories are: GitHub, or a stand-in."""

    @property
    def request_count(self) -> int:
        """Requests sent so far."""

    def check_token(self) -> None:
        """Tell whether there is a token, where one is needed.

        Raises:
            ConfigurationError: There is none.
        """

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""

    def get_files(self, wanted: FilesWanted, archived: ArchivedAnswers) -> Sequence[ReceivedAnswer]:
        """Get files of a public repository, inside the forge's limits.

        Returns:
            First what the forge says of the repository (``METADATA``, ``about`` it, with GitHub's
            REST fields); another status than 200: it is not to be had. Then what else was asked
            for (``METADATA``), and each file that is there: ``SOURCE``, its bytes as the body, and
            ``path`` and full ``commit`` in the context; ``cut`` where it is too large to be had.

        Raises:
            RetryLater: The forge does not answer properly.
            SourceRefused: The token is wrong.
            Stopped: The run was asked to end.
        """


@dataclass(frozen=True, slots=True)
class Window:
    """What part of a hub a crawl is about. Times are UTC without zone.

    Attributes:
        since: Only models created at or after this.
        until: Only models created before this.
        modified_since: Only models modified at or after this.
        limit: At most so many models.
        modified_until: Only models modified at or before this.
    """

    since: datetime | None = None
    until: datetime | None = None
    modified_since: datetime | None = None
    limit: int | None = None
    modified_until: datetime | None = None

    def bounds(self) -> dict[str, str]:
        """Return the bounds that are set, as text; equal windows give equal bounds."""
        return {
            name: str(value)
            for name in ("since", "until", "modified_since", "modified_until", "limit")
            if (value := getattr(self, name)) is not None
        }


class HubSource(Protocol):
    """A place that publishes models: one class in ``hub.py`` of its folder.

    Attributes:
        name: Short name, that of the profile.
        profile: Names, pages, terms.
    """

    name: str
    profile: HubProfile

    @classmethod
    def open(cls, settings: Settings, stop: threading.Event) -> Self:
        """Return the hub as the settings describe it. Nothing is asked yet.

        Args:
            settings: Endpoints, tokens, bounds.
            stop: Set to end all waits.
        """

    @property
    def request_count(self) -> int:
        """Requests sent so far, redirects and retries included."""

    def check_token(self) -> None:
        """Ask the hub whether the token is good.

        Raises:
            SourceRefused: It is not.
            ConfigurationError: There is none, and the hub needs one.
        """

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""


@runtime_checkable
class CatalogHub(HubSource, Protocol):
    """A hub whose models are all told by some tens of files.

    What is to be got is a question to the answers that are there, so a crawl goes on after any
    kill, and the same answers read from the archive lead to the same store.
    """

    def missing_resources(self, answers: Sequence[ReceivedAnswer]) -> list[str]:
        """Return what has to be got besides these answers; none: the catalog is whole."""

    def fetch_resource(self, need: str, archived: ArchivedAnswers) -> list[ReceivedAnswer]:
        """Get one of them inside the hub's limits.

        Args:
            need: One that ``missing_resources`` named; it stands in the context of each answer.
            archived: What need not be fetched again.

        Raises:
            RetryLater: The hub does not answer properly.
            SourceRefused: The hub refuses.
            Stopped: The run was asked to end.
        """

    def read_catalog(self, answers: Sequence[ReceivedAnswer]) -> CatalogFacts:
        """Return what a whole catalog's answers say. A pure function."""


class ListingHub(HubSource, Protocol):
    """A hub that lists its models page by page, and answers for each of them."""

    @property
    def account(self) -> str:
        """Whose token is used, once it was checked; empty without one.

        Nothing of the token itself: another name means that other files may be had.
        """

    def listing_url(self, subject: str, kind: str, *, ascending: bool, sort: str) -> str:
        """Return the address of a listing's first page.

        Args:
            subject: ``model`` or ``dataset``.
            kind: ``vocab.SweepKind``.
            ascending: Smallest first.
            sort: ``createdAt`` or ``lastModified``.
        """

    def record_url(self, subject: str, name: str) -> str:
        """Return the address of one model's or dataset's record."""

    def file_url(self, name: str, revision: str, path: str, subject: str = "model") -> str:
        """Return the address of a file of a model or dataset at a revision."""

    def get(
        self,
        url: str,
        kind: str,
        context: Mapping[str, str],
        *,
        max_bytes: int | None = None,
        follow: bool = True,
        digest: str = "",
        etag: str = "",
        first_bytes: int | None = None,
    ) -> ReceivedAnswer:
        """Get an address inside the hub's limits.

        Args:
            url: Absolute address.
            kind: ``vocab.AnswerKind``.
            context: What it is for; goes along into the archive.
            max_bytes: A longer body is not kept; the answer's context then says ``cut``.
            follow: Follow redirects; otherwise a redirect is the answer.
            digest: Of a file: the git blob sha or SHA-256 that its bytes have to have; empty:
                what the answer itself says of it has to be true.
            etag: Of the answer that is known: the hub may then answer 304, without a body.
            first_bytes: Of a file: only so many from its beginning are asked for, read and kept,
                also where the server would send all; the answer's context then says ``head``.

        Raises:
            RetryLater: The hub does not answer properly, or sends something else than the file.
            SourceRefused: The token is wrong, or a redirect leads elsewhere.
            Stopped: The run was asked to end.
        """

    def redirect_target(self, answer: ReceivedAnswer) -> str | None:
        """Return where an answer that was not followed leads, None if it is no redirect."""

    def is_listing_page(self, answer: ReceivedAnswer) -> bool:
        """Tell whether an answer is a page of the listing, whole or cut. A pure function."""

    def file_state(self, answer: ReceivedAnswer) -> tuple[FileState, str | None]:
        """Return what the answer to a file's address means, and the reason. A pure function."""

    def record_state(self, answer: ReceivedAnswer) -> ModelState | None:
        """Return the state that the answer to a record's address shows. A pure function.

        Returns:
            None where the hub did not answer properly.
        """

    def linked_digest(self, answer: ReceivedAnswer) -> str:
        """Return the digest of a file that a redirect to it names, empty if none.

        A git blob sha or a SHA-256: what is stored under it need not be fetched again.
        """

    def next_url(self, answer: ReceivedAnswer) -> str | None:
        """Return the address of the page after this one, None on the last."""

    @property
    def read_listing(self) -> ReadListing:
        """How a listing page is read; a function of a module, so that a process can run it."""

    def read_model(self, record: object) -> ModelFacts:
        """Return what a model's record says.

        Raises:
            SkipRecord: The record cannot be used at all.
        """

    def read_dataset(self, record: object) -> DatasetFacts:
        """Return what a dataset's record says.

        Raises:
            SkipRecord: The record cannot be used at all.
        """


@runtime_checkable
class TaggedHub(ListingHub, Protocol):
    """A hub whose listing can be asked for the models with a tag."""

    def tagged_url(self, tag: str) -> str:
        """Return the address of the models with a tag, oldest first: dates, downloads and tags."""


class ModelHistories(Protocol):
    """Addresses of what a hub keeps of a model's past, and what its answers say.

    A reader is a pure function of an answer's body, and returns None where that is something else.
    """

    def commits_url(self, name: str, revision: str) -> str:
        """Return the address of the newest commits up to a revision."""

    def refs_url(self, name: str) -> str:
        """Return the address of the branches, tags and pull requests."""

    def tree_url(self, name: str, revision: str) -> str:
        """Return the address of the files of the top folder, with the last commit of each."""

    def discussions_url(self, name: str, page: int) -> str:
        """Return the address of a page of discussions, from 0."""

    def discussion_url(self, name: str, number: int) -> str:
        """Return the address of a discussion with its events."""

    def state_of(self, answer: ReceivedAnswer) -> tuple[HistoryState, str | None]:
        """Return what an answer that was not followed means, and the reason."""

    def read_commits(self, body: bytes) -> list[CommitFacts] | None:
        """Return the commits of a page, newest first."""

    def read_refs(self, body: bytes) -> list[RefFacts] | None:
        """Return the refs."""

    def read_tree(self, body: bytes) -> list[TreeEntry] | None:
        """Return the files of a page of a tree."""

    def read_discussions(self, body: bytes) -> tuple[list[DiscussionFacts], int] | None:
        """Return a page of discussions without events, and how many there are in all."""

    def read_discussion(self, body: bytes) -> DiscussionFacts | None:
        """Return a discussion with its events."""


@runtime_checkable
class HistoryHub(ListingHub, Protocol):
    """A hub that tells of its models' commits and discussions."""

    @property
    def histories(self) -> ModelHistories:
        """Where those are, and what answers say."""
