"""ModelScope, read by its OpenAPI: listing, single records, and files of the branch ``master``.

Addresses, parameters and fields are those that the public client ``modelscope_hub`` uses. Nobody
has compared this module with the service itself. Not known:

- the keys of ``sort`` besides ``downloads``, and whether there is a direction: a listing in another
  order than ``created_at`` or ``last_modified`` is refused, for a crawl by dates would miss models;
- how to list more than the first 3,000: a sweep over more is never complete, so that nothing
  passes for gone by it;
- limits and how answers state them: ``RateLimit`` headers and ``Retry-After`` are read if sent;
- which period ``downloads`` counts, whether a removed model answers 404, what a gated file answers;
- the commit of a model: see ``model_records``.

Therefore ``miner crawl`` reads it only by ``--hub modelscope``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Self
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from miner import __version__
from miner.errors import SourceRefused
from miner.pipelines.sources.http import (
    Confinement,
    Fetcher,
    RateBudget,
    RawAnswer,
    Transport,
    answer_date,
    is_head,
    range_headers,
    retry_later,
)
from miner.pipelines.sources.hubs.modelscope import model_records as records
from miner.pipelines.sources.hubs.modelscope.profile import ENDPOINT, PROFILE, TOKEN
from miner.pipelines.sources.rate_limits import read_ratelimit
from miner.pipelines.sources.received import ReceivedAnswer, bounds_met
from miner.pipelines.sources.records.payload import is_page
from miner.schema.vocab import AnswerKind, FileState, ModelState
from miner.settings import Settings

_PAGE_SIZE = 100
_SORTS = {"createdAt": "created_at", "lastModified": "last_modified"}
_FILE_STATES = {
    401: FileState.GATED, 403: FileState.GATED, 404: FileState.MISSING, 410: FileState.GONE,
    451: FileState.DISABLED,
}  # fmt: skip
_RECORD_STATES = {
    200: ModelState.PRESENT, 401: ModelState.GONE_OR_PRIVATE, 403: ModelState.GONE_OR_PRIVATE,
    404: ModelState.GONE, 410: ModelState.GONE, 451: ModelState.DISABLED,
}  # fmt: skip


class ModelScope:
    """ModelScope at ``MODELSCOPE_ENDPOINT``, inside one token's limits.

    Args:
        settings: Endpoint, token, time-outs, bounds.
        budget: The token's account; waits are announced and ended through it.
    """

    name = PROFILE.name
    profile = PROFILE

    @classmethod
    def open(cls, settings: Settings, stop: threading.Event) -> Self:
        """Return ModelScope as the settings describe it."""
        return cls(settings, RateBudget(stop=stop))

    def __init__(self, settings: Settings, budget: RateBudget) -> None:
        self._endpoint = PROFILE.endpoint(settings)
        self._token = settings.service(TOKEN)
        self.account = ""
        self._fetcher = Fetcher(
            Transport(settings.http_timeout_seconds),
            budget,
            Confinement(self._endpoint, hint=f"check {ENDPOINT}"),
            attempts=settings.http_attempts,
            timeout_seconds=settings.http_timeout_seconds,
            headers_for=self._headers_for,
            read_rate=read_ratelimit,
            bucket_of=lambda url: "openapi" if "/openapi/" in urlsplit(url).path else "api",
        )

    @property
    def request_count(self) -> int:
        """Requests sent so far, redirects and retries included."""
        return self._fetcher.request_count

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        self._fetcher.close()

    def check_token(self) -> None:
        """Ask whether the token is good; without a token there is nothing to ask.

        Raises:
            SourceRefused: ModelScope does not know the token.
        """
        if not self._token:
            return
        answer = self._fetcher.get(f"{self._endpoint}/openapi/v1/users/me")
        if answer.status in {401, 403}:
            raise SourceRefused(
                f"{PROFILE.title} does not accept the token in {TOKEN}",
                next_step=f"export {TOKEN}=<a valid token>, or unset {TOKEN} to go on without",
            )
        user = records.data_of(answer.body)
        self.account = str(user.get("username", "?"))[:200] if isinstance(user, dict) else "?"

    def listing_url(self, subject: str, kind: str, *, ascending: bool, sort: str) -> str:
        """Return the address of a listing's first page; see ``protocol.ListingHub``."""
        query = {
            "sort": _SORTS[sort],
            "direction": "asc" if ascending else "desc",
            "page_number": "1",
            "page_size": str(_PAGE_SIZE),
        }
        return f"{self._endpoint}/openapi/v1/{subject}s?{urlencode(query)}"

    def record_url(self, subject: str, name: str) -> str:
        """Return the address of one model's or dataset's record."""
        return f"{self._endpoint}/openapi/v1/{subject}s/{quote(name)}"

    def file_url(self, name: str, revision: str, path: str, subject: str = "model") -> str:
        """Return the address of a file; of a revision only the branch is known to the service."""
        branch = revision.partition("@")[0]
        query = {
            "Revision": records.BRANCH if branch == "main" else branch,
            "FilePath": path,
        }
        return f"{self._endpoint}/api/v1/{subject}s/{quote(name)}/repo?{urlencode(query)}"

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
        """Get an address inside the limits; see ``protocol.ListingHub``.

        Raises:
            RetryLater: ModelScope does not answer properly.
            SourceRefused: It lists in another order than was asked for, or redirects elsewhere.
            Stopped: The run was asked to end.
        """
        answer = self._fetcher.get(
            url, max_bytes=first_bytes or max_bytes, follow=follow,
            is_whole=lambda one: _is_whole(one, str(kind)),
            headers={**({"If-None-Match": etag} if etag else {}), **range_headers(first_bytes)},
        )  # fmt: skip
        is_strange = answer.status == 200 and not _is_whole(answer, str(kind))
        if is_strange or is_page(answer.headers, b""):
            raise retry_later(f"{url}: {answer.status}, and something else than was asked for")
        if kind == AnswerKind.LISTING and answer.status == 200:
            require_order(url, answer.body)
        return ReceivedAnswer(
            kind=str(kind),
            url=url,
            status=answer.status,
            headers=answer.headers,
            body=b"" if answer.is_cut and first_bytes is None else answer.body,
            observed_at=answer_date(answer.headers),
            context={**context, **bounds_met(first_bytes, max_bytes, is_cut=answer.is_cut)},
            final_url=answer.url,
        )

    def redirect_target(self, answer: ReceivedAnswer) -> str | None:
        """Return where an answer that was not followed leads, None if it is no redirect.

        Raises:
            SourceRefused: It leads to another host.
        """
        return self._fetcher.redirect_target(
            RawAnswer(answer.final_url, answer.status, answer.headers, b"")
        )

    def next_url(self, answer: ReceivedAnswer) -> str | None:
        """Return the next page's address, None on the last that the service lists."""
        parts = urlsplit(answer.url)
        found = records.page_of(answer.body, parts.path.rstrip("/").rpartition("/")[2][:-1])
        number, size = records.place_of_page(answer.url)
        if found is None or not found[0] or number * size >= found[1]:
            return None
        if (number + 1) * size > records.MOST_LISTED:
            return None
        query = {**dict(parse_qsl(parts.query)), "page_number": str(number + 1)}
        return f"{self._endpoint}{parts.path}?{urlencode(query)}"

    read_listing = staticmethod(records.read_listing)
    read_model = staticmethod(records.read_model)
    read_dataset = staticmethod(records.read_dataset)

    @staticmethod
    def is_listing_page(answer: ReceivedAnswer) -> bool:
        """Tell whether an answer is a page of the listing."""
        return answer.status == 200 and records.data_of(answer.body) is not None

    @staticmethod
    def file_state(answer: ReceivedAnswer) -> tuple[FileState, str | None]:
        """Return what the answer to a file's address means, and the reason."""
        if answer.context.get("cut"):
            return FileState.TOO_LARGE, f"more than {answer.context['cut']} bytes"
        if answer.status == 200 or (
            "head" in answer.context and is_head(answer.status, answer.headers)
        ):
            return FileState.FETCHED, None
        return _FILE_STATES.get(answer.status, FileState.FAILED), f"status {answer.status}"

    @staticmethod
    def record_state(answer: ReceivedAnswer) -> ModelState | None:
        """Return the state that the answer to a record's address shows."""
        return _RECORD_STATES.get(answer.status)

    @staticmethod
    def linked_digest(answer: ReceivedAnswer) -> str:
        """Return an empty text: no redirect is known to name a digest."""
        return ""

    def _headers_for(self, url: str) -> Mapping[str, str]:
        headers = {"user-agent": f"miner/{__version__}"}
        if self._token and urlsplit(url)[:2] == urlsplit(self._endpoint)[:2]:
            headers["authorization"] = f"Bearer {self._token}"
        return headers


def _is_whole(answer: RawAnswer, kind: str) -> bool:
    """Tell whether a 200 is what was asked for, and not a page in its place."""
    if kind == AnswerKind.FILE:
        return not is_page(answer.headers, b"")
    return records.data_of(answer.body) is not None


def require_order(url: str, body: bytes) -> None:
    """Check that a page is sorted as it was asked for: a crawl by dates would miss models.

    Raises:
        SourceRefused: It is not.
    """
    query = parse_qs(urlsplit(url).query)
    subject = urlsplit(url).path.rpartition("/")[2][:-1]
    page, field = records.page_of(body, subject), query["sort"][0]
    listed = [record.get(field) for record in page[0] if isinstance(record, dict)] if page else []
    dates = [date for date in listed if isinstance(date, str) and date[:2] == "20"]
    if dates != sorted(dates, reverse=query["direction"] == ["desc"]):
        raise SourceRefused(
            f"{PROFILE.title} does not sort its listing by {field}, {query['direction'][0]}",
            next_step="crawl another --hub: this version of miner cannot read this listing",
            kept="everything up to the last committed page",
        )
