"""The protocol of a hub: what the crawler needs to know of a place that publishes models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from miner.pipelines.base import ReceivedAnswer
from miner.pipelines.parse.facts import DatasetFacts, Listing, ModelFacts

ReadListing = Callable[[bytes, str, str], Listing]
"""(page as received, ``model`` or ``dataset``, ``vocab.SweepKind``) → what it says."""


@dataclass(frozen=True, slots=True)
class Window:
    """What part of a hub a crawl is about. Times are UTC without zone.

    Attributes:
        since: Only models created at or after this.
        until: Only models created before this.
        modified_since: Only models modified at or after this.
        limit: At most so many models.
    """

    since: datetime | None = None
    until: datetime | None = None
    modified_since: datetime | None = None
    limit: int | None = None

    def bounds(self) -> dict[str, str]:
        """Return the bounds that are set, as text; equal windows give equal bounds."""
        return {
            name: str(value)
            for name in ("since", "until", "modified_since", "limit")
            if (value := getattr(self, name)) is not None
        }


class Hub(Protocol):
    """A place that publishes models: one module a hub in this folder."""

    name: str
    title: str
    home_page: str
    terms_url: str

    @property
    def request_count(self) -> int:
        """Requests sent so far, redirects and retries included."""

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

    def file_url(self, name: str, revision: str, path: str) -> str:
        """Return the address of a file of a model at a revision."""

    def get(
        self,
        url: str,
        kind: str,
        context: Mapping[str, str],
        *,
        max_bytes: int | None = None,
        follow: bool = True,
    ) -> ReceivedAnswer:
        """Get an address inside the hub's limits.

        Args:
            url: Absolute address.
            kind: ``vocab.AnswerKind``.
            context: What it is for; goes along into the archive.
            max_bytes: A longer body is not kept; the answer's context then says ``cut``.
            follow: Follow redirects; otherwise a redirect is the answer.

        Raises:
            RetryLater: The hub does not answer properly.
            SourceRefused: The token is wrong, or a redirect leads elsewhere.
            Stopped: The run was asked to end.
        """

    def redirect_target(self, answer: ReceivedAnswer) -> str | None:
        """Return where an answer that was not followed leads, None if it is no redirect."""

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

    def check_token(self) -> None:
        """Ask the hub whether the token is good.

        Raises:
            SourceRefused: It is not.
        """
