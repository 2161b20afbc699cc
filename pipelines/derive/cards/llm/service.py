"""The server, spoken to by OpenAI's client: completions, files and batches; what its errors mean.

The client's own retries are off: a limit that one request meets holds for all of them.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from miner.errors import (
    BudgetSpent,
    ConfigurationError,
    MinerError,
    RetryLater,
    SourceRefused,
)
from miner.log import mask_secrets
from miner.pipelines.derive.cards.llm.limiter import RequestLimiter, is_spent, nap, retry_seconds
from miner.pipelines.derive.cards.llm.llm_settings import LlmSettings

if TYPE_CHECKING:
    import openai

log = logging.getLogger(__name__)

MAX_BODY = 20_000_000
MAX_RESULTS = 2_000_000_000
_GOES_ON = "the same command goes on with what is left"
_NO_MONEY = ("insufficient_quota", "billing", "payment", "credit", "balance")
_MAX_MESSAGE = 300
_LONGEST_BACKOFF = 30.0
_SHORTEST_WAIT = 0.1
_WORTH_TELLING = 5.0
Got = TypeVar("Got")


class Halted(Exception):
    """Nothing may be sent any more; why is reported elsewhere."""


class _Nonsense(Exception):
    """What came is no answer; it may have been paid for."""


class Refused(Exception):
    """The server does not take this request.

    Attributes:
        said: Its words, cut.
        status: HTTP status.
        code: Its code for the error, empty without one.
    """

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.message, self.status, self.code = message, status, code


class _RetryLater(Exception):
    """The request can be tried again.

    Attributes:
        seconds: When, where the server says it.
        is_limit: Because of a limit, which holds for all requests.
        is_uncertain: It was sent and its answer never came: it may have been paid for.
    """

    def __init__(
        self,
        reason: str,
        seconds: float | None = None,
        *,
        is_limit: bool = False,
        is_uncertain: bool = False,
    ) -> None:
        super().__init__(reason)
        self.seconds, self.is_limit, self.is_uncertain = seconds, is_limit, is_uncertain


class LlmService:
    """One server.

    Args:
        settings: Where it is, how long to wait.
        limiter: Shared by all requests.
        halted: Set when nothing may be sent any more.
    """

    def __init__(
        self,
        settings: LlmSettings,
        limiter: RequestLimiter,
        halted: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._limiter = limiter
        self._halted = halted
        self._client = _client(settings)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def complete(
        self,
        make_body: Callable[[], Mapping[str, Any]],
        tokens: int,
        on_retry: Callable[[bool], None],
    ) -> Any:
        """Send a request for an answer and return the JSON that came.

        Args:
            make_body: Makes the request when its turn has come: what the server takes may have
                been learnt meanwhile.
            tokens: About how many tokens it counts as.
            on_retry: Called with False when the request is sent once more, with True when its
                answer got lost and may have been paid for. It may raise.

        Raises:
            Refused: The server does not take this request.
            Halted: The run ended meanwhile.
            MinerError: The run has to end.
        """

        async def send() -> tuple[Any, Mapping[str, str]]:
            body = make_body()
            # beside the body the client rewrites nothing: walking through the schema is slow
            async with self._client.chat.completions.with_streaming_response.create(
                model=body["model"], messages=[], extra_body=body
            ) as response:
                return _json(await _bounded(response.iter_bytes())), response.headers

        return await self._try(send, tokens, on_retry=on_retry)

    async def upload(self, path: Path) -> str:
        """Hand in a file of requests and return the server's name of it."""

        async def send() -> tuple[str, None]:
            with path.open("rb") as file:
                return (await self._client.files.create(file=file, purpose="batch")).id, None

        return await self._try(send)

    async def create_batch(self, file_id: str, key: str) -> dict[str, Any]:
        """Begin a batch of a file that was handed in; ``key`` is our name of it."""

        async def send() -> tuple[dict[str, Any], None]:
            batch = await self._client.batches.create(
                input_file_id=file_id, endpoint="/v1/chat/completions", completion_window="24h",
                metadata={"miner": key},
            )  # fmt: skip
            return batch.to_dict(), None

        return await self._try(send, attempts=1)  # a second try could begin a second batch

    async def batch(self, batch_id: str) -> dict[str, Any] | None:
        """Return how a batch is, None where the server does not know it."""
        import openai  # noqa: PLC0415

        async def send() -> tuple[dict[str, Any] | None, None]:
            try:
                return (await self._client.batches.retrieve(batch_id)).to_dict(), None
            except openai.NotFoundError:
                return None, None

        return await self._try(send)

    async def find_batch(self, key: str) -> dict[str, Any] | None:
        """Return the batch that we named so, None where the server has none."""

        async def send() -> tuple[dict[str, Any] | None, None]:
            async for batch in self._client.batches.list(limit=100):
                if (batch.metadata or {}).get("miner") == key:
                    return batch.to_dict(), None
            return None, None

        return await self._try(send)

    async def download(self, file_id: str, path: Path) -> None:
        """Write a file of the server's to disk."""

        async def send() -> tuple[None, None]:
            async with self._client.files.with_streaming_response.content(file_id) as response:
                size = 0
                with path.open("wb") as file:
                    async for chunk in response.iter_bytes():
                        size += len(chunk)
                        if size > MAX_RESULTS:
                            raise _RetryLater("the results of a batch are larger than can be")
                        file.write(chunk)
            return None, None

        await self._try(send)

    async def _try(
        self,
        send: Callable[[], Awaitable[tuple[Got, Mapping[str, str] | None]]],
        tokens: int = 0,
        *,
        attempts: int | None = None,
        on_retry: Callable[[bool], None] = lambda _is_uncertain: None,
    ) -> Got:
        attempts = attempts or self._settings.attempts
        failed, waited = 0, 0.0
        while True:
            try:
                return await self._once(send, tokens)
            except _RetryLater as trouble:
                if trouble.is_uncertain:
                    on_retry(True)
                failed += not trouble.is_limit  # to be limited is no failure: it passes
                if failed >= attempts:
                    raise self._down(str(trouble), attempts) from None
                on_retry(False)
                waited += await self._wait(trouble, max(failed, int(waited)), waited)

    async def _once(
        self, send: Callable[[], Awaitable[tuple[Got, Mapping[str, str] | None]]], tokens: int
    ) -> Got:
        import openai  # noqa: PLC0415 - a third of a second, and only here

        if not await self._limiter.enter(tokens, self._halted):
            raise Halted
        headers: Mapping[str, str] | None = None
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                got, headers = await send()
                return got
        except TimeoutError:
            raise _RetryLater("no answer in time", is_uncertain=True) from None
        except openai.APIStatusError as error:
            if error.status_code != 429 or is_spent(error.response.headers):
                headers = error.response.headers  # else another limit than it names was met
            raise self._meaning(error) from None
        except openai.APIConnectionError as error:
            raise _lost(error) from None
        except openai.OpenAIError as error:
            raise _RetryLater(_short(error)) from None
        except _Nonsense as error:
            raise _RetryLater(str(error), is_uncertain=True) from None
        except _transport_errors() as error:
            reason = f"the connection broke: {_short(error)}"
            raise _RetryLater(reason, is_uncertain=True) from None
        finally:
            self._limiter.leave(tokens, headers)

    async def _wait(self, trouble: _RetryLater, number: int, waited: float) -> float:
        """Wait before a request is sent once more; a limit holds for all requests.

        Args:
            trouble: Why.
            number: How often, or how long, it was in vain.
            waited: Seconds that the request has waited for limits so far.

        Returns:
            Seconds that were waited for a limit.
        """
        backoff = min(_LONGEST_BACKOFF, 0.5 * 2 ** min(number, 10))
        asked = backoff if trouble.seconds is None else max(trouble.seconds, _SHORTEST_WAIT)
        seconds = asked * (1 + random.random() / 4)  # noqa: S311 - not all at once again
        if waited + seconds > self._settings.longest_wait_seconds:
            raise RetryLater(
                f"{self._settings.base_url} limits us for another {asked:.0f} seconds: {trouble}",
                next_step=_GOES_ON,
            )
        if trouble.is_limit:
            self._limiter.block(seconds)
        if seconds > _WORTH_TELLING:
            log.info("%s: waiting %.0f seconds (%s)", self._settings.base_url, seconds, trouble)
        await nap(self._halted, seconds)
        if self._halted.is_set():
            raise Halted
        return seconds if trouble.is_limit else 0.0

    def _meaning(self, error: openai.APIStatusError) -> Exception:
        """Return what to do about an error of the server."""
        status, code, message = error.status_code, str(error.code or ""), _short(error)
        where = self._settings.base_url
        if status == 402 or (status == 429 and _has(code, error.type, message)):
            return BudgetSpent(
                f"{where} has no money left for us: {message}",
                next_step=f"add credit there; {_GOES_ON}",
            )
        if status in {401, 403}:
            return SourceRefused(
                f"{where} refuses our key: {message}", next_step="set OPENAI_API_KEY to a valid key"
            )
        if status == 404 or 300 <= status < 400:
            return ConfigurationError(
                f"{where} has no model {self._settings.model!r}, or not what was asked for: "
                f"{message}",
                next_step="check --llm and --base-url (it ends in /v1)",
            )
        if status == 429:
            seconds = retry_seconds(error.response.headers)
            return _RetryLater(f"limited: {message}", seconds, is_limit=True)
        is_form = status >= 500 and any(
            word in message.lower() for word in ("json_schema", "grammar")
        )
        if status in {408, 409, 425} or (status >= 500 and not is_form):
            return _RetryLater(f"{status}: {message}", retry_seconds(error.response.headers))
        return Refused(message if not error.param else f"{error.param}: {message}", status, code)

    def _down(self, reason: str, attempts: int) -> MinerError:
        return RetryLater(
            f"{self._settings.base_url} did not answer properly in {attempts} "
            f"{'try' if attempts == 1 else 'tries'}: {reason}",
            next_step=f"when it is well again, {_GOES_ON}",
        )


def _lost(error: openai.APIConnectionError) -> _RetryLater:
    """Return what a broken connection means: before the request was sent it cost nothing."""
    cause = type(error.__cause__).__name__
    is_unsent = cause in {"ConnectError", "ConnectTimeout", "PoolTimeout", "NoneType"}
    return _RetryLater(f"{error.message} ({cause})", is_uncertain=not is_unsent)


def _client(settings: LlmSettings) -> openai.AsyncOpenAI:
    import httpx2  # noqa: PLC0415 - comes with openai
    import openai  # noqa: PLC0415

    most = settings.concurrency + 2
    return openai.AsyncOpenAI(
        base_url=settings.base_url,
        api_key=settings.api_key or "none",
        max_retries=0,
        http_client=httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
            timeout=settings.timeout_seconds,
            follow_redirects=False,  # a key goes to the configured address and to no other
        ),
    )


def _transport_errors() -> tuple[type[Exception], ...]:
    import httpx2  # noqa: PLC0415

    return (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError)


async def _bounded(chunks: Any) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise _Nonsense("the answer is larger than an answer can be")
    return bytes(body)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Nonsense("the answer is no JSON") from None


def _has(code: str, kind: str | None, message: str) -> bool:
    """Tell whether a refusal is about money."""
    low = f"{code} {kind}".lower()
    return (
        any(word in low for word in _NO_MONEY) or "exceeded your current quota" in message.lower()
    )


def _short(error: Exception) -> str:
    """Return an error's words: one line, cut, without secrets."""
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return mask_secrets(" ".join(str(message).replace("\x00", " ").split()))[:_MAX_MESSAGE]
