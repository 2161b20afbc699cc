"""The Hugging Face Hub.

Lists by `/api/models` and `/api/datasets` with `expand`, gets single records, and cards and
configs from the resolver at a pinned revision. The paginator is our own (the client library's
hides the cursor, has no time-out and ends at the first malformed record); connection, headers,
token handling and limit headers are the library's public helpers.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read at import: no request but ours

import httpx2
from huggingface_hub.errors import OfflineModeIsEnabled
from huggingface_hub.utils import build_hf_headers, get_session

from miner import __version__
from miner.errors import ConfigurationError, RetryLater, SourceRefused
from miner.pipelines.sources.http import (
    Confinement,
    Fetcher,
    OpenAnswer,
    RateBudget,
    RawAnswer,
    Transport,
    answer_date,
    range_headers,
)
from miner.pipelines.sources.hubs.huggingface import listing as record_pages
from miner.pipelines.sources.hubs.huggingface import records, responses
from miner.pipelines.sources.hubs.huggingface.history import HubHistory
from miner.pipelines.sources.hubs.huggingface.profile import PROFILE
from miner.pipelines.sources.rate_limits import read_ratelimit
from miner.pipelines.sources.received import ReceivedAnswer, bounds_met
from miner.pipelines.sources.records.facts import DatasetFacts, ModelFacts
from miner.pipelines.sources.records.values import excerpt
from miner.schema.vocab import AnswerKind, SweepKind
from miner.settings import Settings

log = logging.getLogger(__name__)

_REFUSED_BY_LISTINGS = frozenset({"usedStorage"})
_LIGHT = (
    "sha", "createdAt", "lastModified",
    *(copied.field for copied in records.VOLATILE if copied.field not in _REFUSED_BY_LISTINGS),
)  # fmt: skip
_FULL = tuple(dict.fromkeys([
    *_LIGHT, "author", "cardData", "config", "gguf", "library_name", "model-index", "pipeline_tag",
    "safetensors", "siblings", "tags", "baseModels",
    *(copied.field for copied in (*records.MODEL, *records.VOLATILE)),
]))  # fmt: skip
_DATASET = tuple(sorted(
    {"author", "cardData", "disabled", "private", "tags", *(c.field for c in records.DATASET)}
))  # fmt: skip
_ALLOWED_VALUES = re.compile(r"expected one of\s*((?:[\s|,]{0,9}\"[^\"\n]{1,80}\")+)")
"""What a refusal of an ``expand`` value allows; what follows the quoted names differs."""
_TRUST = "add the host to MINER_HF_CONTENT_HOSTS if you trust it"
_INVALID_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105 - a message of the Hub


class _Online(Transport):
    """Says what to do where the library was told to ask nobody."""

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[OpenAnswer]:
        try:
            with super().open(url, headers) as answer:
                yield answer
        except OfflineModeIsEnabled as error:
            raise ConfigurationError(
                "the Hub is not asked, as HF_HUB_OFFLINE is set", next_step="unset HF_HUB_OFFLINE"
            ) from error


class HuggingFace:
    """The Hub at ``settings.hf_endpoint``, inside one token's limits.

    Args:
        settings: Endpoint, token, time-outs, bounds.
        budget: The token's account; waits are announced and ended through it.
    """

    name = PROFILE.name
    profile = PROFILE

    @classmethod
    def open(cls, settings: Settings, stop: threading.Event) -> Self:
        """Return the Hub as the settings describe it."""
        return cls(settings, RateBudget(stop=stop))

    def __init__(self, settings: Settings, budget: RateBudget) -> None:
        self._settings = settings
        self._endpoint = settings.hf_endpoint
        transport = _Online(settings.http_timeout_seconds, get_session)
        self._headers = build_hf_headers(
            token=settings.hf_token or False, library_name="miner", library_version=__version__
        )
        self._refused: set[str] = set()
        self.account = ""
        self.histories = HubHistory(self._endpoint)
        self._fetcher = Fetcher(
            transport,
            budget,
            Confinement(self._endpoint, (settings.hf_host, *settings.hf_content_hosts), _TRUST),
            attempts=settings.http_attempts,
            timeout_seconds=settings.http_timeout_seconds,
            headers_for=self._headers_for,
            read_rate=read_ratelimit,
            bucket_of=bucket_of,
        )

    @property
    def request_count(self) -> int:
        """Requests sent so far, redirects and retries included."""
        return self._fetcher.request_count

    def listing_url(
        self, subject: str, kind: str, *, ascending: bool, sort: str = "createdAt"
    ) -> str:
        """Return the address of a listing's first page.

        Args:
            subject: ``model`` or ``dataset``.
            kind: ``vocab.SweepKind``: light asks for what moves, full and delta for everything.
            ascending: Oldest first.
            sort: ``createdAt`` (nothing moves under the crawl) or ``lastModified``.
        """
        expand = [
            value
            for value in self._expand(subject, kind)
            if value not in _REFUSED_BY_LISTINGS and value not in self._refused
        ]
        query = [
            ("sort", sort),
            ("direction", "1" if ascending else "-1"),
            ("limit", "1000"),
            *(("expand", value) for value in expand),
        ]
        return f"{self._endpoint}/api/{subject}s?{urlencode(query)}"

    def tagged_url(self, tag: str) -> str:
        """Return the address of the models with a tag; see ``protocol.TaggedHub``."""
        expand = [("expand", value) for value in ("createdAt", "downloads", "tags")]
        query = [("filter", tag), ("sort", "createdAt"), ("direction", "1"), ("limit", "1000")]
        return f"{self._endpoint}/api/models?{urlencode([*query, *expand])}"

    def record_url(self, subject: str, name: str) -> str:
        """Return the address of one model's or dataset's full record."""
        query = urlencode([("expand", value) for value in self._expand(subject, SweepKind.FULL)])
        return f"{self._endpoint}/api/{subject}s/{quote(name)}?{query}"

    def file_url(self, name: str, revision: str, path: str, subject: str = "model") -> str:
        """Return the address of a file of a model or dataset at a revision."""
        place = f"{'datasets/' if subject == 'dataset' else ''}{quote(name)}"
        return f"{self._endpoint}/{place}/resolve/{quote(revision, safe='')}/{quote(path)}"

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
        """Get an address inside the Hub's limits; see ``hubs.base.Hub``.

        A listing that refuses an ``expand`` value is asked again without it, and the refusal
        is remembered and said.
        """
        fault_of = partial(responses.body_fault, str(kind), digest)
        answer = self._fetcher.get(
            url,
            max_bytes=first_bytes or max_bytes,
            is_whole=lambda found: fault_of(found) is None,
            follow=follow,
            headers={**({"If-None-Match": etag} if etag else {}), **range_headers(first_bytes)},
        )
        if kind != AnswerKind.LISTING and (
            why := responses.not_from_the_hub(str(kind), digest, answer)
        ):
            raise RetryLater(
                f"{url}: {why}",
                next_step="run the same command again later: it is asked for again",
                kept="everything up to the last committed batch",
            )
        if answer.status == 400 and kind in {AnswerKind.LISTING, AnswerKind.RECORD}:
            retry = self._without_refused(url, answer)
            if retry is not None:
                found = self.get(retry, kind, context, max_bytes=max_bytes)
                # a record is known by the address that was asked for
                return found if kind == AnswerKind.LISTING else replace(found, url=url)
        if answer.status == 401 and _INVALID_TOKEN in answer.headers.get("x-error-message", ""):
            raise SourceRefused(
                f"{self.profile.title} does not accept the token in HF_TOKEN",
                next_step="export HF_TOKEN=<a valid token>, or unset HF_TOKEN to go on without",
                kept="everything up to the last committed batch",
            )
        responses.require_json(answer, str(kind))
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

    read_listing = staticmethod(record_pages.read_listing)

    @staticmethod
    def read_model(record: object) -> ModelFacts:
        """Read a model's record; see ``parse.record.read_model``."""
        return records.read_model(record)

    @staticmethod
    def read_dataset(record: object) -> DatasetFacts:
        """Read a dataset's record; see ``parse.record.read_dataset``."""
        return records.read_dataset(record)

    is_listing_page = staticmethod(responses.is_listing_page)
    file_state = staticmethod(responses.file_state)
    record_state = staticmethod(responses.record_state)
    linked_digest = staticmethod(responses.linked_digest)

    def redirect_target(self, answer: ReceivedAnswer) -> str | None:
        """Return where an answer that was not followed leads, None if it is no redirect.

        Raises:
            SourceRefused: It leads to a host that is not configured.
        """
        return self._fetcher.redirect_target(
            RawAnswer(answer.final_url, answer.status, answer.headers, b"")
        )

    def check_token(self) -> None:
        """Ask the Hub whether the token is good; without a token there is nothing to ask.

        A 401 of a model means missing, private, or a revoked token: this tells the last apart.

        Raises:
            SourceRefused: The Hub does not know the token.
        """
        if self._settings.hf_token is None:
            return
        answer = self._fetcher.get(f"{self._endpoint}/api/whoami-v2")
        if answer.status in {401, 403}:
            raise SourceRefused(
                f"{self.profile.title} does not accept the token in HF_TOKEN",
                next_step="export HF_TOKEN=<a valid token>, or unset HF_TOKEN to go on without",
            )
        self.account = responses.account_of(answer.body)

    def close(self) -> None:
        """Keep the connections: they are the library's, which closes them with the process."""

    def probe(self, path: str, *, max_bytes: int = 200_000) -> RawAnswer:
        """Send one request, once: no retry, no redirect followed, no account of the limits.

        Args:
            path: Path and query on the Hub, from the slash on.
            max_bytes: Body is read up to this.

        Returns:
            The answer, whatever its status.

        Raises:
            TransportError: There is none.
        """
        url = f"{self._endpoint}{path}"
        transport = Transport(self._settings.http_timeout_seconds, get_session)
        with transport.open(url, self._headers_for(url)) as answer:
            return answer.read(max_bytes, seconds=self._settings.http_timeout_seconds)

    def _expand(self, subject: str, kind: str) -> tuple[str, ...]:
        if subject == "dataset":
            return _DATASET
        return _LIGHT if kind == SweepKind.LIGHT else _FULL

    def _headers_for(self, url: str) -> Mapping[str, str]:
        """Return the headers for an address: credentials go to the Hub's own host only.

        Its scheme counts too: a redirect from https to http must not send them in the clear.
        """
        if urlsplit(url)[:2] == urlsplit(self._endpoint)[:2]:
            return self._headers
        return {key: value for key, value in self._headers.items() if key != "authorization"}

    def next_url(self, answer: ReceivedAnswer) -> str | None:
        """Return the next page's address, kept on our endpoint: the Hub names its public host."""
        link = httpx2.Response(200, headers={"link": answer.headers.get("link", "")}).links
        target = link.get("next", {}).get("url")
        if not target:
            return None
        parts, base = urlsplit(target), urlsplit(self._endpoint)
        return urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))

    def _without_refused(self, url: str, answer: RawAnswer) -> str | None:
        """Return the address without the expand values that a 400 does not list as allowed.

        Returns:
            None where the refusal has another reason.

        Raises:
            SourceRefused: A value is refused, and the answer does not say which.
        """
        text = responses.error_text(answer.body)
        match = _ALLOWED_VALUES.search(text)
        if match is None and "expand" not in text and "Invalid option" not in text:
            return None
        allowed = set(re.findall(r'"([^"]+)"', match[1])) if match else set()
        parts = urlsplit(url)
        query = parse_qsl(parts.query)
        refused = [value for key, value in query if key == "expand" and value not in allowed]
        if not refused or not allowed:
            raise SourceRefused(
                f"{self.profile.title} refuses what is asked of it, and miner cannot read what "
                f"it would allow: {excerpt(text)}",
                next_step="check HF_ENDPOINT; if it is right, install the newest miner",
                kept="everything up to the last committed page",
            )
        if new := sorted(set(refused) - self._refused):
            log.warning("%s refuses %s: going on without", parts.path, ", ".join(new))
        self._refused.update(refused)
        kept = [(key, value) for key, value in query if not (key == "expand" and value in refused)]
        return urlunsplit(parts._replace(query=urlencode(kept)))


def bucket_of(url: str) -> str:
    """Return the bucket that an address counts in: files by the resolver, all else by the API.

    The hop to resolve-cache is counted with the resolver's (whether it costs is not known).
    """
    path = urlsplit(url).path
    is_file = "/resolve/" in path or path.startswith("/api/resolve-cache/")
    return "resolvers" if is_file else "api"
