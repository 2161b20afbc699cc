"""GitHub from here: each token, its rights and its limits. One request a token, which is free."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from miner.errors import MinerError
from miner.pipelines.sources.finding import Finding, ok, problem, warning
from miner.pipelines.sources.github.answers import RESOURCES
from miner.pipelines.sources.github.tokens import Account
from miner.pipelines.sources.http import TransportError
from miner.settings import Settings

_PATIENCE_SECONDS = 10.0
_REFUSED = "take it out of GITHUB_TOKEN, or put a valid one in its place"


def examine(settings: Settings) -> Iterator[Finding]:
    """Check GitHub with the tokens that a crawl would use."""
    if not settings.github_tokens:
        yield ok("GITHUB_TOKEN", "not set; repositories need one, models do not")
        return
    patience = min(settings.http_timeout_seconds, _PATIENCE_SECONDS)
    patient = replace(settings, http_timeout_seconds=patience)
    for number, token in enumerate(settings.github_tokens, 1):
        many = len(settings.github_tokens) > 1
        yield from _examined(patient, token, f"GitHub token {number}" if many else "GITHUB_TOKEN")


def _examined(settings: Settings, token: str, name: str) -> Iterator[Finding]:
    if not (token.isascii() and token.isprintable()):
        yield problem(name, "holds characters that no token has", _REFUSED)
        return
    account = Account(settings, token, 1, threading.Event())
    try:
        status, headers, body = account.send("GET", "/rate_limit")
    except (TransportError, MinerError) as error:
        why = error.message if isinstance(error, MinerError) else str(error)
        yield problem(
            "GitHub", f"{settings.github_api_url} does not answer: {why}",
            "check the network, HTTPS_PROXY and GITHUB_API_URL; then run it again",
        )  # fmt: skip
        return
    finally:
        account.close()
    if status in {401, 403}:
        yield problem(name, f"is not accepted ({status})", _REFUSED)
        return
    if status != 200:
        yield warning(
            name, f"could not be asked for: GitHub answers {status}", "run it again later"
        )
        return
    yield _rights(name, headers)
    yield _limits(name, _object(body))


def _rights(name: str, headers: Mapping[str, str]) -> Finding:
    """Judge what a classic token may do; a fine-grained one does not say."""
    scopes = [scope for scope in headers.get("x-oauth-scopes", "").split(", ") if scope]
    if not scopes:
        return ok(name, "accepted; it tells of no right to change anything")
    found = f"accepted, with {', '.join(scopes)[:200]}"
    return warning(name, f"{found}: it may do more than miner needs",
                   "make a token without any scope: miner reads what is public")  # fmt: skip


def _limits(name: str, answer: Mapping[str, Any]) -> Finding:
    resources = answer.get("resources")
    parts, is_spent = [], False
    for resource in RESOURCES:
        window = resources.get(resource) if isinstance(resources, dict) else None
        if not isinstance(window, dict):
            continue
        left, limit, reset = (window.get(key) for key in ("remaining", "limit", "reset"))
        part = f"{resource} {left} of {limit}"
        if left == 0 and isinstance(reset, int):
            is_spent = True
            part += f" until {datetime.fromtimestamp(reset, UTC):%H:%M:%S} UTC"
        parts.append(part)
    found = f"requests left: {', '.join(parts)}" if parts else "GitHub tells of no limits"
    title = f"limits of {name}"
    if is_spent:
        return warning(title, found, "nothing: a crawl waits; several tokens take turns")
    return ok(title, found)


def _object(body: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
