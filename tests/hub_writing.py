"""A Hub on loopback whose dataset repositories can be written: commits, LFS, tags, ranges.

Speaks what the client library speaks when it creates a repository, commits files (small ones in
the commit, Parquet by LFS), tags, lists, and what downloads ask for, those of ``datasets`` too. It
has no Xet: a client that asks for it gets a 404, as from a mirror.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from miner.pipelines.sources.replay.serve import HOST

TOKEN = "hf_" + "w" * 34
Trouble = Callable[[Request], Response | None]


@dataclass
class Repository:
    """A dataset repository: its commits, oldest first, and its tags."""

    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    is_private: bool = False

    def files(self, revision: str) -> dict[str, bytes] | None:
        """Files at a branch, tag or commit."""
        return dict(self.commits).get(self.oid(revision))

    def oid(self, revision: str) -> str:
        """Commit that a branch, tag or commit names."""
        return self.commits[-1][0] if revision == "main" else self.tags.get(revision, revision)


@dataclass
class WritableHub:
    """A running Hub."""

    endpoint: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    stored: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    trouble: Trouble | None = None
    before_commit: Callable[[], None] | None = None

    def sent(self, path: str) -> list[str]:
        """Ranges that were asked for of an address; empty for the whole."""
        return [asked for _, found, asked in self.requests if found.endswith(path)]


def commit(repository: Repository, files: dict[str, bytes], message: str) -> str:
    """Add a commit."""
    oid = hashlib.sha1(f"{len(repository.commits)}{message}".encode()).hexdigest()
    repository.commits.append((oid, files))
    repository.messages.append(message)
    return oid


def ranged(request: Request, data: bytes, *, cut_after: int | None = None) -> Response:
    """Answer with data, or the part that is asked for; ``cut_after`` ends it in the middle."""
    headers = {"accept-ranges": "bytes", "content-length": str(len(data))}
    status, body = 200, data
    if match := re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", "")):
        start = int(match[1])
        if start >= len(data):
            return Response(status_code=416, headers={"content-range": f"bytes */{len(data)}"})
        status, body = 206, data[start:]
        headers |= {
            "content-range": f"bytes {start}-{len(data) - 1}/{len(data)}",
            "content-length": str(len(body)),
        }
    if cut_after is None or cut_after >= len(body):
        return Response(body, status, headers)

    async def half() -> Any:
        yield body[:cut_after]
        raise ConnectionResetError("cut")

    return StreamingResponse(half(), status, headers)


def _refuse(status: int, code: str, message: str) -> Response:
    headers = {"X-Error-Code": code, "X-Error-Message": message}
    return JSONResponse({"error": message}, status, headers)


class _App:
    def __init__(self, hub: WritableHub) -> None:
        self.hub = hub

    async def __call__(self, request: Request) -> Response:
        path = request.url.path
        self.hub.requests.append((request.method, path, request.headers.get("range", "")))
        if self.hub.trouble and (answer := self.hub.trouble(request)):
            return answer
        for pattern, method, act in (
            (r"/api/repos/create", "POST", self.create),
            (r"/api/validate-yaml", "POST", self.validate),
            (r"/api/datasets/(\w+/[\w.-]+)/refs", "GET", self.refs),
            (r"/api/datasets/(\w+/[\w.-]+)(?:/revision/([\w.-]+))?", "GET", self.info),
            (r"/api/datasets/(\w+/[\w.-]+)/tree/([\w.-]+)", "GET", self.tree),
            (r"/api/datasets/(\w+/[\w.-]+)/preupload/main", "POST", self.preupload),
            (r"/api/datasets/(\w+/[\w.-]+)/commit/main", "POST", self.commit),
            (r"/api/datasets/(\w+/[\w.-]+)/tag/(\w+)", "POST", self.tag),
            (r"/datasets/(\w+/[\w.-]+)\.git/info/lfs/objects/batch", "POST", self.batch),
            (r"/_lfs/([0-9a-f]{64})", "PUT", self.put),
            (r"/_lfs/verify", "POST", self.verify),
            (r"/_content/([0-9a-f]{64})", "GET", self.content),
            (r"/datasets/(\w+/[\w.-]+)/resolve/([\w.-]+)/(.+)", "GET", self.resolve),
        ):
            match = re.fullmatch(pattern, path)
            if match and request.method in {method, "HEAD" if method == "GET" else ""}:
                if method != "GET" and not path.startswith("/_lfs") and not self.may_write(request):
                    return _refuse(401, "", "Invalid username or password.")
                found: Response = await act(request, *match.groups())
                return found
        return _refuse(404, "EntryNotFound", f"no {path}")

    def may_write(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    def repository(self, name: str) -> Repository | None:
        return self.hub.repositories.get(name)

    async def create(self, request: Request) -> Response:
        payload = await request.json()
        name = f"{payload['organization'] or 'acme'}/{payload['name']}"
        if name in self.hub.repositories:
            return _refuse(409, "", "You already created this dataset repo")
        made = self.hub.repositories[name] = Repository()
        made.is_private = payload.get("private") is True or payload.get("visibility") == "private"
        commit(made, {".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")
        return JSONResponse({"url": f"{self.hub.endpoint}/datasets/{name}", "name": name})

    async def validate(self, request: Request) -> Response:
        content = (await request.json())["content"]
        return JSONResponse(
            {"errors": [] if content.startswith("---\n") else ["?"], "warnings": []}
        )

    async def refs(self, _request: Request, name: str) -> Response:
        found = self.repository(name)
        if found is None:
            return _refuse(404, "RepoNotFound", "Repository not found")
        tags = [
            {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
            for tag, oid in found.tags.items()
        ]
        head = {"name": "main", "ref": "refs/heads/main", "targetCommit": found.commits[-1][0]}
        return JSONResponse({"branches": [head], "tags": tags, "converts": []})

    async def info(self, _request: Request, name: str, revision: str | None) -> Response:
        found = self.repository(name)
        files = found.files(revision or "main") if found else None
        if found is None or files is None:
            return _refuse(404, "RepoNotFound", "Repository not found")
        siblings = [{"rfilename": path} for path in files]
        oid = found.oid(revision or "main")
        return JSONResponse({"id": name, "sha": oid, "siblings": siblings})

    async def tree(self, _request: Request, name: str, revision: str) -> Response:
        found = self.repository(name)
        files = found.files(revision) if found else None
        if files is None:
            return _refuse(404, "RevisionNotFound", "Invalid rev id")
        return JSONResponse([_entry(path, data) for path, data in files.items()])

    async def preupload(self, request: Request, name: str) -> Response:
        existing = self.hub.repositories[name].files("main") or {}
        files = (await request.json())["files"]
        return JSONResponse(
            {
                "files": [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["path"].endswith(".parquet") else "regular",
                        "shouldIgnore": file["path"] in self.hub.ignored,
                        "oid": _oid(file["path"], existing[file["path"]])
                        if file["path"] in existing
                        else None,
                    }
                    for file in files
                ]
            }
        )

    async def commit(self, request: Request, name: str) -> Response:
        if self.hub.before_commit:
            self.hub.before_commit()
        found = self.hub.repositories[name]
        lines = [json.loads(line) for line in (await request.body()).splitlines()]
        (header,) = (line["value"] for line in lines if line["key"] == "header")
        if header.get("parentCommit") not in {None, found.commits[-1][0]}:
            return _refuse(412, "", "A commit has happened since. Please refresh and try again.")
        files = dict(found.commits[-1][1])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.stored[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        oid = commit(found, files, header["summary"])
        url = f"{self.hub.endpoint}/datasets/{name}/commit/{oid}"
        return JSONResponse({"commitOid": oid, "commitUrl": url})

    async def tag(self, request: Request, name: str, revision: str) -> Response:
        found, payload = self.hub.repositories[name], await request.json()
        if payload["tag"] in found.tags:
            return _refuse(409, "", "Tag reference exists already")
        found.tags[payload["tag"]] = revision
        return Response()

    async def batch(self, request: Request, _name: str) -> Response:
        objects: list[dict[str, Any]] = []
        for each in (await request.json())["objects"]:
            entry = {"oid": each["oid"], "size": each["size"]}
            if each["oid"] not in self.hub.stored:  # what is there is not to be sent again
                entry["actions"] = {
                    "upload": {"href": f"{self.hub.endpoint}/_lfs/{each['oid']}"},
                    "verify": {"href": f"{self.hub.endpoint}/_lfs/verify"},
                }
            objects.append(entry)
        return JSONResponse({"transfer": "basic", "objects": objects})

    async def put(self, request: Request, oid: str) -> Response:
        data = await request.body()
        if hashlib.sha256(data).hexdigest() != oid:
            return Response(status_code=400)
        self.hub.stored[oid] = data
        return Response()

    async def verify(self, request: Request) -> Response:
        payload = await request.json()
        content = self.hub.stored.get(payload["oid"], b"")
        return Response(status_code=200 if len(content) == payload["size"] else 404)

    async def content(self, request: Request, oid: str) -> Response:
        return ranged(request, self.hub.stored[oid])

    async def resolve(self, request: Request, name: str, revision: str, path: str) -> Response:
        found = self.repository(name)
        if found and found.is_private and not self.may_write(request):
            return _refuse(401, "RepoNotFound", "Repository not found")
        files = found.files(revision) if found else None
        if found is None or files is None or path not in files:
            return _refuse(404, "EntryNotFound", "Entry not found")
        oid = hashlib.sha256(files[path]).hexdigest()
        headers = {"etag": f'"{_oid(path, files[path])}"', "x-repo-commit": found.oid(revision)}
        if oid in self.hub.stored and request.method == "GET":
            return RedirectResponse(f"{self.hub.endpoint}/_content/{oid}", 302, headers)
        answer = ranged(request, files[path])
        answer.headers.update(headers)
        return answer


def _oid(path: str, data: bytes) -> str:
    """Digest that the Hub gives: of LFS the SHA-256, else git's."""
    if path.endswith(".parquet"):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _entry(path: str, data: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data), "oid": "0" * 40}
    if path.endswith(".parquet"):
        oid = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"oid": oid, "size": len(data), "pointerSize": 130}
    return entry


@contextlib.contextmanager
def serving_app(app: Starlette) -> Iterator[str]:
    """Serve an application from a thread; gives its address."""
    listener = socket.create_server((HOST, 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="critical", access_log=False,
                       lifespan="off", ws="none", timeout_graceful_shutdown=1)
    )  # fmt: skip
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@contextlib.contextmanager
def writable_hub() -> Iterator[WritableHub]:
    """Serve a Hub without any repository."""
    hub = WritableHub()
    answer = _App(hub)
    methods = ["GET", "HEAD", "POST", "PUT"]
    app = Starlette(routes=[Route("/{path:path}", answer.__call__, methods=methods)])
    with serving_app(app) as endpoint:
        hub.endpoint = endpoint
        yield hub
