"""A server that speaks OpenAI's chat completions, files and batches, on loopback, by a script.

``python -m tests.llm_server SECONDS`` serves one that takes so long for each answer, says where,
and ends with its standard input.

A behavior is a function from the request to what is answered; those here are honest, obedient to
whatever the card orders, lying, slow, limited, out of money, and so on.
"""

from __future__ import annotations

import asyncio
import email
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "-".join(("sk", "test", "0123456789abcdefghij"))
MODEL = "test-model"


@dataclass(slots=True)
class Reply:
    """What is answered."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


Behavior = Callable[["Asked"], Reply]


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    body: dict[str, Any]
    number: int

    @property
    def card(self) -> str:
        """What stands between the fences."""
        text = self.user
        fence = text.rstrip().rpartition("\n")[2]
        return text.partition(f"\n{fence}\n")[2].rpartition(f"\n{fence}")[0]

    @property
    def user(self) -> str:
        """The message with the card."""
        return str(self.body["messages"][1]["content"])

    @property
    def model(self) -> str:
        """The model that the card describes."""
        match = re.search(r"^Model: (.*)$", self.user, re.MULTILINE)
        assert match is not None
        return match[1]

    @property
    def fields(self) -> list[str]:
        """The fields that are asked for."""
        match = re.match(r"Fields: (.*)\n", self.user)
        assert match is not None
        return match[1].split(", ")


def completion(
    content: str | None,
    *,
    finish: str = "stop",
    prompt_tokens: int = 100,
    completion_tokens: int = 50,
    refusal: str | None = None,
) -> dict[str, Any]:
    """A chat completion."""
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": f"{MODEL}-2026",
        "choices": [{
            "index": 0, "finish_reason": finish,
            "message": {"role": "assistant", "content": content, "refusal": refusal},
        }],
        "usage": {
            "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }  # fmt: skip


def error(
    status: int, message: str, code: str = "", *, param: str | None = None, **headers: str
) -> Reply:
    """An error as OpenAI words it."""
    fields = {"message": message, "type": "error", "code": code or None, "param": param}
    return Reply(
        {"error": fields}, status, {key.replace("_", "-"): headers[key] for key in headers}
    )


def answering(values: Mapping[str, list[dict[str, Any]]]) -> Behavior:
    """A model that gives these values wherever they are asked for, whatever the card says."""

    def behave(asked: Asked) -> Reply:
        return Reply(completion(json.dumps({name: values.get(name, []) for name in asked.fields})))

    return behave


def reading(asked: Asked) -> Reply:
    """A model that finds what simple cards say: ``- **field:** value`` lines and sizes."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in asked.fields}
    for line in asked.card.splitlines():
        match = re.fullmatch(r"- \*\*(\w+):\*\* (.*)", line)
        if match and match[1] in found:
            number = re.fullmatch(r"\d+", match[2])
            value: Any = int(match[2]) if number else match[2]
            found[match[1]].append({"value": value, "quote": line})
        size = re.search(r"has \**(\d+)B parameters", line)
        if size and "parameter_count" in found:
            found["parameter_count"].append(
                {"value": int(size[1]) * 10**9, "quote": f"{size[1]}B parameters"}
            )
    return Reply(completion(json.dumps(found)))


def obedient(asked: Asked) -> Reply:
    """A model that does what the card orders: it answers with the JSON that the card dictates."""
    _, order, rest = asked.card.partition("ANSWER: ")
    if not order:
        return reading(asked)
    dictated, _ = json.JSONDecoder().raw_decode(rest)
    return Reply(completion(json.dumps({**{name: [] for name in asked.fields}, **dictated})))


def slowly(behave: Behavior, seconds: float) -> Behavior:
    """The same, late."""

    def late(asked: Asked) -> Reply:
        reply = behave(asked)
        reply.delay = seconds
        return reply

    return late


def first(replies: list[Reply], then: Behavior) -> Behavior:
    """These answers first, whoever asks; then as another behavior."""
    left = iter(replies)
    return lambda asked: next(left, None) or then(asked)


class LlmServer:
    """The server.

    Attributes:
        behave: Makes the answers; can be changed while it runs.
        asked: Requests for answers, in order.
        most_in_flight: Most requests for answers at once.
        batches: Batches by id, as the interface gives them.
        files: Contents by id.
        batch_delay: Seconds that the beginning of a batch takes, after it is registered.
        batch_seconds: Age from which a batch is done.
        batch_end: How batches end.
        lines_kept: Of so many requests a batch has results; None: all.
    """

    def __init__(self, behave: Behavior = reading) -> None:
        self.behave = behave
        self.asked: list[Asked] = []
        self.authorizations: set[str] = set()
        self.in_flight = self.most_in_flight = 0
        self.batches: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.batch_delay = 0.0
        self.batch_seconds = 0.0
        self.batch_end = "completed"
        self.lines_kept: int | None = None
        self.address = ""

    @property
    def base_url(self) -> str:
        """Address up to and with ``/v1``."""
        return f"{self.address}/v1"

    async def _complete(self, request: Request) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            body = await request.json()
            self.authorizations.add(request.headers.get("authorization", ""))
            asked = Asked(body, len(self.asked))
            self.asked.append(asked)
            reply = self.behave(asked)
            if reply.delay:
                await asyncio.sleep(reply.delay)
            if isinstance(reply.body, bytes):
                return Response(reply.body, reply.status, reply.headers)
            return JSONResponse(reply.body, reply.status, reply.headers)
        finally:
            self.in_flight -= 1

    async def _upload(self, request: Request) -> Response:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + await request.body())
        (content,) = [
            part.get_payload(decode=True)
            for part in form.walk()
            if part.get_param("name", header="content-disposition") == "file"
        ]
        assert isinstance(content, bytes)
        key = f"file-{len(self.files)}"
        self.files[key] = content
        return JSONResponse(
            {"id": key, "object": "file", "bytes": 1, "created_at": 1, "filename": "requests.jsonl",
             "purpose": "batch", "status": "processed"}
        )  # fmt: skip

    async def _content(self, request: Request) -> Response:
        return Response(self.files[request.path_params["key"]])

    async def _begin(self, request: Request) -> Response:
        body = await request.json()
        key = f"batch_{len(self.batches)}"
        self.batches[key] = {
            "id": key, "object": "batch", "endpoint": body["endpoint"], "status": "in_progress",
            "input_file_id": body["input_file_id"], "completion_window": "24h",
            "created_at": int(time.time()), "metadata": body.get("metadata"), "begun": time.time(),
        }  # fmt: skip
        await asyncio.sleep(self.batch_delay)
        return JSONResponse(self.batches[key])

    async def _batch(self, request: Request) -> Response:
        batch = self.batches.get(request.path_params["key"])
        if batch is None:
            return JSONResponse({"error": {"message": "no such batch"}}, 404)
        is_due = time.time() - batch["begun"] >= self.batch_seconds
        if batch["status"] == "in_progress" and is_due:
            self._end(batch)
        return JSONResponse(batch)

    async def _list(self, _request: Request) -> Response:
        return JSONResponse(
            {"object": "list", "data": list(self.batches.values())[::-1], "has_more": False}
        )

    async def _stats(self, _request: Request) -> Response:
        """Return the requests so far and the most in flight, and begin to count anew."""
        counts = {"asked": len(self.asked), "most_in_flight": self.most_in_flight}
        self.most_in_flight = self.in_flight
        return JSONResponse(counts)

    def _end(self, batch: dict[str, Any]) -> None:
        batch["status"] = self.batch_end
        if self.batch_end == "failed":
            batch["errors"] = {"object": "list", "data": [{"code": "x", "message": "bad file"}]}
            return
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        lines = self.files[batch["input_file_id"]].splitlines()
        for line in lines[: self.lines_kept]:
            request = json.loads(line)
            asked = Asked(request["body"], len(self.asked))
            self.asked.append(asked)
            reply = self.behave(asked)
            response = {"status_code": reply.status, "request_id": "r", "body": reply.body}
            result = {"id": "x", "custom_id": request["custom_id"], "response": response}
            (good if reply.status == 200 else bad).append({**result, "error": None})
        for key, results in (("output_file_id", good), ("error_file_id", bad)):
            if results:
                batch[key] = f"{batch['id']}-{key}"
                self.files[batch[key]] = "\n".join(map(json.dumps, results)).encode()

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/files", self._upload, methods=["POST"]),
                Route("/v1/files/{key}/content", self._content),
                Route("/v1/batches", self._begin, methods=["POST"]),
                Route("/v1/batches", self._list),
                Route("/v1/batches/{key}", self._batch),
                Route("/stats", self._stats),
            ]
        )


@contextmanager
def serving_llm(behave: Behavior = reading) -> Iterator[LlmServer]:
    """Serve on a free port of loopback until the block ends."""
    llm = LlmServer(behave)
    config = uvicorn.Config(llm.app(), port=0, lifespan="off", log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended at once"
        time.sleep(0.005)
    llm.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield llm
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=10)


def main() -> None:
    """Serve a model that reads simple cards and takes its time."""
    with serving_llm(slowly(reading, float(sys.argv[1]))) as server:
        print(server.address, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
