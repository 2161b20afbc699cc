"""The hub's addresses, answered from a catalog; those of GitHub are handed on."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from miner.pipelines.sources.hubs import hub_modules
from miner.pipelines.sources.replay import answers, history_app, repositories
from miner.pipelines.sources.replay.answers import Refusal, ReplayAnswer, json_answer
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.github_app import API, CODELOAD, GitHubApp
from miner.pipelines.sources.replay.limits import Limiter, Quota, Trouble, bucket_of
from miner.pipelines.sources.replay.listing import (
    BadQueryError,
    ListingQuery,
    encode_cursor,
    find_page,
    next_link,
    parse_query,
    project,
    split_query,
)
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.repositories import Ask

_EXPOSED = (
    "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,"
    "Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash"
)
_MALFORMED: tuple[Any, ...] = (7, None, "a text", [], {"_id": "0" * 24}, {"id": 7, "tags": "x"})


@dataclass(slots=True)
class ReplayHub:
    """A catalog with the state of its server."""

    catalog: Catalog
    options: ReplayOptions
    limiter: Limiter
    trouble: Trouble
    forge_app: GitHubApp

    def stats(self) -> dict[str, Any]:
        """Return requests by bucket, the fullest window of each, and the trouble met."""
        return {"buckets": self.limiter.stats(), "trouble": dict(self.trouble.met)}


def build_hub(catalog: Catalog, options: ReplayOptions) -> tuple[Starlette, ReplayHub]:
    """Return the application that serves a catalog, and its state."""
    limiter, trouble = Limiter(options), Trouble(options)
    forge_app = GitHubApp(catalog, options, limiter, trouble)
    hub = ReplayHub(catalog, options, limiter, trouble, forge_app)

    async def stats(_request: Request) -> Response:
        return JSONResponse(hub.stats())

    async def everything_else(request: Request) -> Response:
        return await _serve(hub, request)

    async def github(request: Request) -> Response:
        return await hub.forge_app.serve(request)

    routes = [
        Route("/_replay/stats", stats),
        Route(API + "/{path:path}", github, methods=["GET", "HEAD", "POST"]),
        Route(CODELOAD + "/{path:path}", github),
        Route("/{path:path}", everything_else),
    ]
    return Starlette(routes=routes), hub


async def _serve(hub: ReplayHub, request: Request) -> Response:
    """Answer a request: limits first, then trouble, then the content."""
    raw_path = request.scope["raw_path"].decode("latin-1")
    raw_query = request.scope["query_string"].decode("latin-1")
    token = _token(request)
    bucket = bucket_of(raw_path)
    quota = hub.limiter.take(bucket, token or "")
    headers = _headers(hub, quota)
    met = None
    if quota is not None and quota.is_over:
        answer = _over_quota(quota, token, request)
    else:
        met = hub.trouble.pick(f"{request.method} {raw_path}?{raw_query}")
        await asyncio.sleep(_pause(hub.options, met))
        base = f"{request.url.scheme}://{request.url.netloc}"
        is_valid = _is_valid(hub.options, token)
        ask = Ask(base, raw_path, raw_query, token, is_valid, token in hub.options.granted)
        answer = _met(met, quota or _ample(bucket)) or _content(hub, ask)
        answer = answers.not_modified(answer, request.headers.get("if-none-match", ""))
        if not hub.options.without_ranges:
            answer = answers.ranged(answer, request.headers.get("range", ""))
    gzip = "gzip" in request.headers.get("accept-encoding", "")
    return answers.to_response(answer, headers, gzip=gzip, cut=met == "cut")


def _content(hub: ReplayHub, ask: Ask) -> ReplayAnswer:
    try:
        if ask.token is not None and not ask.is_token_valid:
            raise Refusal(401, answers.BAD_TOKEN)
        return _route(hub, ask)
    except BadQueryError as error:
        return Refusal(400, str(error)).answer(as_text=False)
    except Refusal as refusal:
        return refusal.answer(as_text=bucket_of(ask.raw_path) != "api")


def _route(hub: ReplayHub, ask: Ask) -> ReplayAnswer:
    """Return the answer of the handler that the path belongs to."""
    fixed: dict[str, Callable[[ReplayHub, Ask], ReplayAnswer]] = {
        "/api/models": _list,
        "/api/datasets": _list,
        "/api/whoami-v2": _whoami,
        "/api/agent-harnesses": _agent_harnesses,
    }
    if handler := fixed.get(ask.raw_path.rstrip("/")):
        return handler(hub, ask)
    for name, module in hub_modules("replay").items():
        other: ReplayAnswer | None = module.answer(hub.catalog.hubs[name], ask)
        if other is not None:
            return other
    found = history_app.answer(hub.catalog, ask) or repositories.answer(hub.catalog, ask)
    if found is None:
        raise Refusal(404, "Sorry, we can't find the page you are looking for.")
    return found


def _list(hub: ReplayHub, ask: Ask) -> ReplayAnswer:
    kind = ask.raw_path.rstrip("/").rsplit("/", maxsplit=1)[-1]
    life = hub.options.cursor_life_seconds
    query = parse_query(kind, split_query(ask.raw_query), life)
    page = find_page(hub.catalog.shelf(kind), query)
    records: list[Any] = [project(repo, query.fields) for repo in page.repos]
    if hub.options.malformed:
        place = hub.options.seed + zlib.crc32(ask.raw_query.encode())
        records.insert(place % (len(records) + 1), _MALFORMED[place % len(_MALFORMED)])
    headers = {}
    if page.next_cursor is not None:
        headers["Link"] = _link(hub, ask, query, page.next_cursor)
    return json_answer(records, date=_latest(page.repos), headers=headers)


def _link(hub: ReplayHub, ask: Ask, query: ListingQuery, cursor: Any) -> str:
    if hub.trouble.repeats(f"GET {ask.raw_path}?{ask.raw_query}"):
        return f'<{ask.base}{ask.raw_path}?{ask.raw_query}>; rel="next"'
    with_age = hub.options.cursor_life_seconds is not None
    text = encode_cursor(cursor, query, with_age=with_age)
    return next_link(ask.base, ask.raw_path, ask.raw_query, text)


def _whoami(_hub: ReplayHub, ask: Ask) -> ReplayAnswer:
    if ask.token is None:
        raise Refusal(401, answers.NO_ACCESS)
    # every token has a name of its own, as on the hub
    token = {"displayName": f"replay-{zlib.crc32(ask.token.encode()):08x}", "role": "read"}
    return json_answer(
        {
            "type": "user",
            "id": "0" * 24,
            "name": "replay",
            "fullname": "replay",
            "isPro": False,
            "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


def _agent_harnesses(_hub: ReplayHub, _ask: Ask) -> ReplayAnswer:
    return json_answer({})


def _latest(repos: list[Repo]) -> Any:
    """Return the latest date of records, or None where one of them has none."""
    dates = [repo.observed_at for repo in repos]
    known = [date for date in dates if date is not None]
    return max(known) if known and len(known) == len(dates) else None


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _is_valid(options: ReplayOptions, token: str | None) -> bool:
    return token is not None and (not options.tokens or token in options.tokens)


def _pause(options: ReplayOptions, met: str | None) -> float:
    stall = options.stall_seconds if met == "stall" else 0.0
    return options.latency_ms / 1_000 + stall


def _ample(bucket: str) -> Quota:
    """Return a quota that is far from spent: the 429 has another reason."""
    return Quota(bucket, 100_000, 99_794, 241, 300.0, is_over=False)


def _met(met: str | None, quota: Quota) -> ReplayAnswer | None:
    """Return the answer that trouble makes, if it makes one."""
    if met in {"500", "503"}:
        return answers.trouble_answer(int(met))
    if met == "page":
        return answers.page_answer()
    if met == "429":
        return ReplayAnswer(429, b"Too many requests, slow down.", answers.TEXT, quota.headers())
    return None


def _over_quota(quota: Quota, token: str | None, request: Request) -> ReplayAnswer:
    if token is None:
        host = request.client.host if request.client else "127.0.0.1"
        text = (
            f"We had to rate limit your IP ({host}). To continue using our service, create a HF"
            " account or login to your existing account, and make sure you pass a HF_TOKEN if"
            " you're using the API."
        )
    else:
        text = (
            f"We had to rate limit you, you hit the quota of {quota.limit} {quota.bucket} requests"
            f" per {quota.window_seconds / 60:g} minutes period. Upgrade to a PRO user or"
            " Team/Enterprise organization account (https://hf.co/pricing) to get higher limits."
            " See https://huggingface.co/docs/hub/rate-limits"
        )
    return ReplayAnswer(429, text.encode(), answers.TEXT)


def _headers(hub: ReplayHub, quota: Quota | None) -> dict[str, str]:
    """Return the headers that every answer has."""
    return {
        "Date": answers.http_date(hub.catalog.date),
        "X-Powered-By": "huggingface-moon",
        "X-Request-Id": f"Root=1-{secrets.token_hex(4)}-{secrets.token_hex(12)}",
        "Access-Control-Expose-Headers": _EXPOSED,
        "Vary": "Origin, Accept-Encoding",
        **(quota.headers() if quota else {}),
    }
