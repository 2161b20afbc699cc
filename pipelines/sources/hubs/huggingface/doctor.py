"""The Hub from here: token and its rights, endpoint, limits, clock. At most three requests."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from miner.errors import ConfigurationError
from miner.pipelines.sources.finding import Finding, ok, problem, warning
from miner.pipelines.sources.http import RateBudget, RawAnswer, TransportError
from miner.pipelines.sources.hubs.huggingface.hub import HuggingFace
from miner.pipelines.sources.rate_limits import read_ratelimit
from miner.settings import Settings

_LISTING = "/api/models?limit=1"
_PATIENCE_SECONDS = 10.0
_SKEW_SECONDS = 60.0
_TICK_SECONDS = 1.1
"""A Date header counts whole seconds: a clock that runs shows another one after this time."""
_REFUSED = "unset HF_TOKEN to go on without, or export HF_TOKEN=<a valid token>"
_UNREACHABLE = "check the network, HTTPS_PROXY and HF_ENDPOINT; then run it again"


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer and when it came, by this machine's clocks."""

    answer: RawAnswer
    at: datetime
    monotonic: float

    @property
    def date(self) -> datetime | None:
        """What the answer says the time is, UTC without zone."""
        try:
            date = email.utils.parsedate_to_datetime(self.answer.headers.get("date", ""))
            return date.astimezone(UTC).replace(tzinfo=None)
        except (TypeError, ValueError, OverflowError):
            return None

    @property
    def skew(self) -> timedelta | None:
        """How far this machine's clock is ahead of the answer's."""
        return None if self.date is None else self.at - self.date

    @property
    def is_off(self) -> bool:
        """Whether the clocks differ by more than an answer's way explains."""
        return self.skew is not None and abs(self.skew.total_seconds()) > _SKEW_SECONDS


class _Asked:
    """Sends a request and remembers what was heard, or why nothing was."""

    def __init__(self, settings: Settings) -> None:
        patience = min(settings.http_timeout_seconds, _PATIENCE_SECONDS)
        self._settings = replace(settings, http_timeout_seconds=patience)
        self.heard: list[_Heard] = []

    def ask(self, path: str, *, token: str | None) -> _Heard | str:
        """Return what was heard, or why there is nothing.

        Raises:
            ConfigurationError: The proxy that the environment names cannot be used.
        """
        hub = HuggingFace(replace(self._settings, hf_token=token), RateBudget())
        try:
            answer = hub.probe(path)
        except (TransportError, OSError) as error:  # OSError: the library was told to stay offline
            return str(error).strip().partition("\n")[0] or type(error).__name__
        heard = _Heard(answer, datetime.now(UTC).replace(tzinfo=None), time.monotonic())
        self.heard.append(heard)
        return heard


def examine(settings: Settings) -> Iterator[Finding]:
    """Check the Hub with the token that a crawl would use."""
    try:
        yield from _examined(settings)
    except ConfigurationError as error:
        yield problem("proxy", error.message, error.next_step)


def _examined(settings: Settings) -> Iterator[Finding]:
    asked = _Asked(settings)
    judged, token = _token(asked, settings.hf_token)
    yield judged
    listing = asked.ask(_LISTING, token=token)
    yield _endpoint(settings.hf_endpoint, listing)
    if isinstance(listing, str):
        return
    name, first = _first_name(listing.answer), asked.heard[0]
    if first.is_off:  # the next answer tells if the endpoint's clock runs at all
        passed = time.monotonic() - first.monotonic
        time.sleep(max(0.0, _TICK_SECONDS - passed))
    if name is not None or first.is_off:
        path = _LISTING if name is None else f"/{quote(name)}/resolve/main/README.md"
        asked.ask(path, token=token)
    yield from _limits(asked.heard)
    yield _clock(asked.heard)


def _token(asked: _Asked, token: str | None) -> tuple[Finding, str | None]:
    """Return what is to be said of the token, and the token if it is one to go on with."""
    if token is None:
        return ok("HF_TOKEN", "not set; none is needed, with one the limits are higher"), None
    if not (token.isascii() and token.isprintable()) or " " in token:
        return problem("HF_TOKEN", "holds characters that no token has", _REFUSED), None
    heard = asked.ask("/api/whoami-v2", token=token)
    if isinstance(heard, str):
        return warning("HF_TOKEN", f"could not be asked for: {heard}", _UNREACHABLE), token
    status = heard.answer.status
    if status in {401, 403}:
        return problem("HF_TOKEN", f"is not accepted ({status})", _REFUSED), None
    if status != 200:
        found = f"could not be asked for: the endpoint answers {status}"
        return warning("HF_TOKEN", found, "run it again later"), token
    return _rights(_object(heard.answer.body)), token


def _rights(account: Mapping[str, Any]) -> Finding:
    access = _part(_part(account, "auth"), "accessToken")
    role = access.get("role")
    found = f"valid, of {_word(account.get('name'))}"
    if not isinstance(role, str):
        return ok("HF_TOKEN", f"{found}; its rights are not said")
    found = f"{found}, role {_word(role)}"
    if role == "write":
        todo = "make a token of role read: miner never writes to the Hub"
        return warning("HF_TOKEN", f"{found}: it may change what is yours", todo)
    return ok("HF_TOKEN", found)


def _endpoint(address: str, heard: _Heard | str) -> Finding:
    if isinstance(heard, str):
        return problem("endpoint", f"{address} does not answer: {heard}", _UNREACHABLE)
    status = heard.answer.status
    if status == 429:
        rate = read_ratelimit(heard.answer.headers)
        wait = f" in {rate.reset_seconds:.0f} s" if rate and rate.remaining == 0 else " later"
        return warning("endpoint", f"{address} answers 429: too many requests", f"go on{wait}")
    if status >= 500:
        return problem("endpoint", f"{address} answers {status}", "run it again later")
    if status != 200 or not isinstance(_decoded(heard.answer.body), list):
        return problem(
            "endpoint", f"{address} answers {status}, and no list of models",
            "set HF_ENDPOINT to the address of a Hub, or unset it",
        )  # fmt: skip
    return ok("endpoint", f"{address} answers")


def _limits(heard: list[_Heard]) -> Iterator[Finding]:
    """Tell the limits as they stood in the last answer of each bucket."""
    read = (read_ratelimit(item.answer.headers) for item in heard)
    rates = {rate.bucket: rate for rate in read if rate is not None}
    if not rates:
        yield ok("limits", "the endpoint announces none")
    for bucket, rate in sorted(rates.items()):
        quota = f" of {rate.limit:,}" if rate.limit is not None else ""
        window = f" in {rate.window_seconds:g} s" if rate.window_seconds is not None else ""
        found = f"{rate.remaining:,}{quota} requests left{window}, the window ends in " \
                f"{rate.reset_seconds:.0f} s"  # fmt: skip
        name = f"limit {_word(bucket)}"
        if rate.remaining == 0:
            yield warning(name, found, "nothing: a crawl waits; with HF_TOKEN limits are higher")
        else:
            yield ok(name, found)


def _clock(heard: list[_Heard]) -> Finding:
    first, last = heard[0], heard[-1]
    if first.skew is None or first.date is None or last.date is None:
        return ok("clock", "the endpoint does not say what time it is")
    seconds = first.skew.total_seconds()
    if not first.is_off:
        return ok("clock", f"within {max(1, abs(round(seconds)))} s of the endpoint's")
    passed = (last.date - first.date).total_seconds()
    runs = passed > 0 and abs(passed - (last.monotonic - first.monotonic)) < 2
    if last is not first and not runs:
        shown = f"{first.date:%Y-%m-%d %H:%M:%S}"
        return ok("clock", f"the endpoint is a replay: its clock stands at {shown} UTC")
    side = "ahead of" if seconds > 0 else "behind"
    return warning(
        "clock",
        f"this machine is {abs(seconds):,.0f} s {side} the endpoint",
        "set the clock: timedatectl set-ntp true",
    )


def _first_name(answer: RawAnswer) -> str | None:
    records = _decoded(answer.body)
    first = records[0] if isinstance(records, list) and records else None
    name = first.get("id") if isinstance(first, dict) else None
    return name if isinstance(name, str) else None


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _object(body: bytes) -> Mapping[str, Any]:
    parsed = _decoded(body)
    return parsed if isinstance(parsed, dict) else {}


def _part(fields: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = fields.get(key)
    return part if isinstance(part, dict) else {}


def _word(value: object) -> str:
    """Return a name that a stranger chose, bounded."""
    return str(value)[:64] if isinstance(value, str) and value else "unknown"
