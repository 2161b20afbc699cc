"""GitHub's addresses, answered from a forge: searches, metadata, GraphQL, source.

The API lies under ``/github``, source under ``/codeload``, which stands for GitHub's other host.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from miner.pipelines.sources.replay import (
    answers,
    code_search,
    github_files,
    github_issues,
    github_records,
    graphql,
)
from miner.pipelines.sources.replay.answers import ReplayAnswer
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.forge import (
    BLOCKED,
    GONE,
    REFUSED,
    SourceRepository,
    tarball_of,
)
from miner.pipelines.sources.replay.limits import Limiter, Quota, Trouble
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.schema.patterns import bounded

API, CODELOAD = "/github", "/codeload"
_DOCUMENTATION = "https://docs.github.com/rest"
_LIMITED = "API rate limit exceeded for user ID 1."
_TOO_BUSY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
_REPOSITORY = re.compile(r"/repos/([^/]+/[^/]+)(/.*)?")
_BY_NUMBER = re.compile(r"/repositories/(\d+)(/.*)?")
_SOURCE = bounded(r"/([^/]+/[^/]+)/legacy\.tar\.gz/(.+)")


class _Refusal(Exception):
    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": _DOCUMENTATION, **more,
                     "status": str(status)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request: ``base`` is the API's address, ``path`` is below it."""

    base: str
    host: str
    path: str
    query: Mapping[str, str]
    raw_query: str
    body: bytes
    has_token: bool


class GitHubApp:
    """A catalog's forge with the state of its server.

    Args:
        catalog: What is served, and the date of answers.
        options: Limits and trouble; may be changed while it runs.
        limiter: Counts requests by GitHub's names of the limits.
        trouble: Makes trouble; may be changed while it runs.
    """

    def __init__(
        self, catalog: Catalog, options: ReplayOptions, limiter: Limiter, trouble: Trouble
    ) -> None:
        self._catalog = catalog
        self._forge = catalog.forge
        self.options = options
        self._limiter = limiter
        self.trouble = trouble
        self._index = code_search.CodeIndex(catalog.forge)
        self._asked = 0

    async def serve(self, request: Request) -> Response:
        """Answer a request: limits first, then trouble, then the content."""
        path = request.scope["raw_path"].decode("latin-1")
        if path.startswith(CODELOAD):
            return self._respond(request, self._source(unquote(path[len(CODELOAD) :])), {}, None)
        ask = await self._read(request, path[len(API) :])
        resource = _resource(ask)
        known = self._known_etag(request, ask)
        if known is not None:  # GitHub does not count it
            return self._respond(request, known, {}, None)
        quota = self._limiter.take(resource, request.headers.get("authorization", ""))
        headers = _rate_headers(resource, quota)
        if quota is not None and quota.is_over:
            return self._respond(request, _over(resource), headers, None)
        met = self.trouble.pick(f"{request.method} {path}?{ask.raw_query}")
        stall = self.options.stall_seconds if met == "stall" else 0.0
        await asyncio.sleep(self.options.latency_ms / 1_000 + stall)
        if (trouble := self._met(met)) is not None:
            return self._respond(request, trouble, {}, None)
        return self._respond(request, self._content(request, ask), headers, met)

    def _met(self, met: str | None) -> ReplayAnswer | None:
        """Return the answer that trouble makes, if it makes one."""
        if met in {"500", "503"}:
            return answers.trouble_answer(int(met))
        if met == "429":
            return self._too_busy()
        return answers.page_answer() if met == "page" else None

    async def _read(self, request: Request, path: str) -> _Ask:
        host = f"{request.url.scheme}://{request.url.netloc}"
        raw_query = request.scope["query_string"].decode("latin-1")
        query = {name: values[-1] for name, values in parse_qs(raw_query).items()}
        body = await request.body()
        has_token = bool(request.headers.get("authorization"))
        return _Ask(f"{host}{API}", host, unquote(path), query, raw_query, body, has_token)

    def _content(self, request: Request, ask: _Ask) -> ReplayAnswer:
        try:
            self._check_token(request)
            return self._route(ask)
        except _Refusal as refusal:
            return ReplayAnswer(refusal.status, orjson.dumps(refusal.body))
        except code_search.QueryError as error:
            body = {
                "message": f"ERROR_TYPE_QUERY_PARSING_FATAL {error}",
                "errors": [{"resource": "Search", "field": "q", "code": "invalid"}],
                "documentation_url": _DOCUMENTATION,
                "status": "422",
            }
            return ReplayAnswer(422, orjson.dumps(body))

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        tokens = self.options.tokens
        if token and tokens and (scheme.lower() not in {"token", "bearer"} or token not in tokens):
            raise _Refusal(401, "Bad credentials")

    def _route(self, ask: _Ask) -> ReplayAnswer:
        fixed: dict[str, Callable[[_Ask], ReplayAnswer]] = {
            "/graphql": self._graphql,
            "/rate_limit": self._rate_limit,
            "/search/code": self._search_code,
            "/search/repositories": self._search_repositories,
        }
        if handler := fixed.get(ask.path.rstrip("/")):
            return handler(ask)
        if found := _BY_NUMBER.fullmatch(ask.path):
            return self._repository(ask, self._forge.by_number(int(found[1])), found[2] or "")
        if found := _REPOSITORY.fullmatch(ask.path):
            repository = self._forge.find(found[1])
            if repository is not None and repository.name.lower() != found[1].lower():
                return _moved(ask, repository, found[2] or "")
            return self._repository(ask, repository, found[2] or "")
        raise _Refusal(404, "Not Found")

    def _repository(
        self, ask: _Ask, repository: SourceRepository | None, rest: str
    ) -> ReplayAnswer:
        repository = _available(repository)
        if not rest:
            return _json(github_records.full(self._forge, repository, ask.base))
        if rest == "/license":
            found = github_records.license_of(repository, ask.base)
            if found is None:
                raise _Refusal(404, "Not Found")
            return _json({"name": "LICENSE", "path": "LICENSE", "license": found})
        if rest == "/languages":
            return _json(repository.languages())
        if not repository.head:
            raise _Refusal(409, "Git Repository is empty.")
        if rest.startswith("/tarball"):
            ref = rest.removeprefix("/tarball").strip("/") or f"refs/heads/{repository.branch}"
            if ref not in {repository.head, repository.branch, f"refs/heads/{repository.branch}"}:
                raise _Refusal(404, "Not Found")
            host = self.options.source_host or ask.host
            place = f"{host}{CODELOAD}/{repository.name}/legacy.tar.gz/{ref}"
            return ReplayAnswer(302, b"", "text/html;charset=utf-8", {"Location": place})
        if (found := github_files.read(repository, rest, ask.query)) is not None:
            return _json(found)
        raise _Refusal(404, "Not Found")

    def _source(self, path: str) -> ReplayAnswer:
        """Answer as the other host does: no limit headers, no JSON."""
        found = _SOURCE.fullmatch(path)
        repository = self._forge.find(found[1]) if found else None
        if repository is None or repository.state != "present":
            return ReplayAnswer(404, b"404: Not Found", answers.TEXT)
        return ReplayAnswer(200, tarball_of(repository), "application/x-gzip")

    def _search_code(self, ask: _Ask) -> ReplayAnswer:
        if not ask.has_token:
            raise _Refusal(401, "Requires authentication")
        found = self._index.search(ask.query.get("q", ""))
        items = [
            {
                "name": file.path.rsplit("/", 1)[-1],
                "path": file.path,
                "sha": file.sha,
                "url": f"{ask.base}/repositories/{file.repository.number}/contents/{file.path}"
                f"?ref={file.repository.head}",
                "git_url": f"{ask.base}/repositories/{file.repository.number}/git/blobs/{file.sha}",
                "html_url": f"https://github.com/{file.repository.name}/blob/"
                f"{file.repository.head}/{file.path}",
                "repository": github_records.minimal(file.repository, ask.base),
                "score": 1.0,
            }
            for file in found
        ]
        return self._page(ask, items)

    def _search_repositories(self, ask: _Ask) -> ReplayAnswer:
        found = code_search.search_repositories(self._forge, ask.query.get("q", ""))
        if ask.query.get("sort") == "updated":
            found.sort(key=lambda repository: repository.text("pushed_at") or "", reverse=True)
        return self._page(
            ask, [github_records.full(self._forge, repository, ask.base) for repository in found]
        )

    def _page(self, ask: _Ask, items: list[dict[str, Any]]) -> ReplayAnswer:
        """Return one page; the count is an estimate, as GitHub's is."""
        size = min(max(int(ask.query.get("per_page", "30")), 1), 100)
        page = max(int(ask.query.get("page", "1")), 1)
        first = (page - 1) * size
        if first >= code_search.MOST_RESULTS:
            raise _Refusal(422, "Only the first 1000 search results are available")
        last_page = -(-min(len(items), code_search.MOST_RESULTS) // size)
        self._asked += 1
        body = {
            "total_count": self._estimate(ask, len(items)),
            "incomplete_results": self._chance(ask, "cut") < self.options.rate_incomplete,
            "items": items[first : first + size],
        }
        headers = {"Link": link} if (link := _links(ask, page, last_page)) else {}
        return _json(body, headers)

    def _estimate(self, ask: _Ask, count: int) -> int:
        off = (2 * self._chance(ask, "count") - 1) * self.options.estimate_off
        return max(0, round(count * (1 + off)))

    def _chance(self, ask: _Ask, what: str) -> float:
        text = f"{self.options.seed} {what} {self._asked} {ask.raw_query}"
        return zlib.crc32(text.encode()) / 2**32

    def _graphql(self, ask: _Ask) -> ReplayAnswer:
        if not ask.has_token:
            raise _Refusal(401, "This endpoint requires you to be authenticated.")
        try:
            payload = orjson.loads(ask.body)
            fields = graphql.parse(payload["query"], payload.get("variables") or {})
            data, errors = self._resolve(fields)
        except (graphql.GraphQLError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            return _json({"errors": [{"message": str(error)}]})
        most = self.options.most_aliases
        if most is not None and len(data) - ("rateLimit" in data) > most:
            over = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits exceeded."}
            cut = dict.fromkeys(list(data)[most:])
            return _json({"data": data | cut, "errors": [over]})
        if self.options.most_issues is not None:
            errors += github_issues.cut(data, self.options.most_issues)
        return _json({"data": data, **({"errors": errors} if errors else {})})

    def _resolve(self, fields: list[graphql.Field]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        data: dict[str, Any] = {}
        errors: list[dict[str, Any]] = []
        for wanted in fields:
            if wanted.name == "rateLimit":
                quota = {"cost": 1, "remaining": 5000, "limit": 5000, "used": 0,
                         "resetAt": "2100-01-01T00:00:00Z", "nodeCount": 1}  # fmt: skip
                data[wanted.key] = graphql.project(quota, wanted.selection, "RateLimit")
                continue
            if wanted.name != "repository":
                raise graphql.GraphQLError(f"Field '{wanted.name}' doesn't exist on type 'Query'")
            name = f"{wanted.arguments.get('owner')}/{wanted.arguments.get('name')}"
            repository = self._forge.find(name)
            if repository is None or repository.state != "present":
                refused = repository is not None and repository.state != GONE
                data[wanted.key] = None
                errors.append(
                    {
                        "type": "FORBIDDEN" if refused else "NOT_FOUND",
                        "path": [wanted.key],
                        "locations": [{"line": 1, "column": 1}],
                        "message": f"Could not resolve to a Repository with the name '{name}'.",
                    }
                )
                continue
            node = github_records.graph(self._forge, repository)
            node["object"] = github_records.commit_object(repository, wanted)
            data[wanted.key] = graphql.project(node, wanted.selection, "Repository")
            errors += github_issues.missing(wanted, data[wanted.key])
        return data, errors

    def _rate_limit(self, _ask: _Ask) -> ReplayAnswer:
        limits = self._limiter.limits()
        window = {"used": 0, "reset": int(time.time()) + round(self.options.window_seconds)}
        resources = {
            name: {"limit": limit, "remaining": limit, **window}
            for name in ("core", "search", "code_search", "graphql")
            for limit in [limits.get(name) or 5_000]
        }
        headers = {"X-OAuth-Scopes": ""}
        return _json({"resources": resources, "rate": resources["core"]}, headers)

    def _too_busy(self) -> ReplayAnswer:
        """Refuse with a secondary limit: no x-ratelimit headers, Retry-After alone."""
        body = {"message": _TOO_BUSY, "documentation_url": _DOCUMENTATION}
        after = {"Retry-After": str(max(1, round(self.options.secondary_seconds)))}
        return ReplayAnswer(403, orjson.dumps(body), headers=after)

    def _known_etag(self, request: Request, ask: _Ask) -> ReplayAnswer | None:
        """Return 304 where the client holds the answer already."""
        etag = request.headers.get("if-none-match")
        if etag is None or request.method != "GET":
            return None
        answer = answers.not_modified(self._content(request, ask), etag)
        return answer if answer.status == 304 else None

    def _respond(
        self, request: Request, answer: ReplayAnswer, headers: Mapping[str, str], met: str | None
    ) -> Response:
        all_headers = {
            "Date": answers.http_date(self._catalog.date),
            "X-GitHub-Request-Id": secrets.token_hex(8).upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding",
            **headers,
        }
        gzip = "gzip" in request.headers.get("accept-encoding", "")
        return answers.to_response(answer, all_headers, gzip=gzip, cut=met == "cut")


def _resource(ask: _Ask) -> str:
    """Return GitHub's name of the limit that a request counts in."""
    if ask.path == "/graphql":
        return "graphql"
    if ask.path == "/rate_limit":
        return "free"
    if ask.path.startswith("/search/"):
        return "code_search" if ask.path == "/search/code" and ask.has_token else "search"
    return "core"


def _available(repository: SourceRepository | None) -> SourceRepository:
    if repository is None or repository.state == GONE:
        raise _Refusal(404, "Not Found")
    if repository.state == BLOCKED:
        block = {"reason": "dmca", "created_at": repository.text("pushed_at"),
                 "html_url": "https://github.com/github/dmca"}  # fmt: skip
        raise _Refusal(451, "Repository access blocked", block=block)
    if repository.state == REFUSED:
        block = {"reason": "tos", "created_at": repository.text("pushed_at"), "html_url": None}
        raise _Refusal(403, "Repository access blocked", block=block)
    return repository


def _moved(ask: _Ask, repository: SourceRepository, rest: str) -> ReplayAnswer:
    """Answer for a former name: the new one is only in the answer after."""
    place = f"{ask.base}/repositories/{repository.number}{rest}"
    body = {"message": "Moved Permanently", "url": place, "documentation_url": _DOCUMENTATION}
    return ReplayAnswer(301, orjson.dumps(body), headers={"Location": place})


def _json(value: Any, headers: Mapping[str, str] | None = None) -> ReplayAnswer:
    body = orjson.dumps(value)
    tag = hashlib.sha256(body).hexdigest()
    return ReplayAnswer(200, body, headers={"ETag": f'W/"{tag}"', **(headers or {})})


def _over(resource: str) -> ReplayAnswer:
    """Refuse a request over the limit: GraphQL does so with a 200."""
    if resource == "graphql":
        message = "API rate limit already exceeded for user ID 1."
        return ReplayAnswer(
            200, orjson.dumps({"errors": [{"type": "RATE_LIMITED", "message": message}]})
        )
    body = {"message": _LIMITED, "documentation_url": _DOCUMENTATION, "status": "403"}
    return ReplayAnswer(403, orjson.dumps(body))


def _rate_headers(resource: str, quota: Quota | None) -> dict[str, str]:
    if quota is None:
        return {}
    return {
        "X-RateLimit-Limit": str(quota.limit),
        "X-RateLimit-Remaining": str(quota.remaining),
        "X-RateLimit-Used": str(quota.limit - quota.remaining),
        "X-RateLimit-Reset": str(int(time.time()) + quota.reset_seconds),
        "X-RateLimit-Resource": resource,
    }


def _links(ask: _Ask, page: int, last: int) -> str:
    """Return the Link header of a page of a search."""
    places: dict[str, int] = {}
    if page < last:
        places |= {"next": page + 1, "last": last}
    if page > 1:
        places |= {"prev": page - 1, "first": 1}
    plain = {name: value for name, value in ask.query.items() if name != "page"}
    return ", ".join(
        f'<{ask.base}{ask.path}?{urlencode({**plain, "page": number})}>; rel="{name}"'
        for name, number in places.items()
    )
