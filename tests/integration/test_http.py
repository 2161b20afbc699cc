"""Budget, retries, redirects and bounds, with the real client against servers on loopback."""

from __future__ import annotations

import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from miner.errors import RetryLater, SourceRefused
from miner.pipelines.sources import http, rate_limits
from miner.pipelines.sources.http import (
    RateBudget,
    RateInfo,
    Stopped,
    answer_date,
    entity_tag,
)
from miner.pipelines.sources.hubs.huggingface.hub import HuggingFace, bucket_of
from miner.pipelines.sources.received import ReceivedAnswer
from miner.settings import Settings
from tests.crawling import settings_for

Headers = dict[str, str]


@dataclass
class Service:
    """Counts requests in fixed windows, as the Hub does."""

    limit: int
    seconds: float
    windows: list[int] = field(default_factory=list)
    ends: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> RateInfo:
        with self.lock:
            now = time.monotonic()
            if now >= self.ends:
                self.ends = now + self.seconds
                self.windows.append(0)
            self.windows[-1] += 1
            left = max(0, self.limit - self.windows[-1])
            return RateInfo("api", left, self.ends - now, self.limit)


def quick_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_WINDOW_SLACK_SECONDS", 0.05)


@pytest.mark.parametrize("seed", [1, 2])
def test_windows_are_spent_and_never_overdrawn(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    quick_windows(monkeypatch)
    service, budget = Service(limit=20, seconds=0.4), RateBudget()
    chance = random.Random(seed)
    pauses = [chance.uniform(0, 0.02) for _ in range(70)]

    def ask(pause: float) -> None:
        budget.acquire("api")
        time.sleep(pause)  # on its way there
        info = service.take()
        time.sleep(pause)  # and back
        budget.settle("api", None if pause > 0.019 else info)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, pauses))
    assert sum(service.windows) == 70
    assert max(service.windows) <= 20, "no window is overdrawn"
    assert sorted(service.windows)[-2] >= 15, "windows are spent"


def test_one_request_asks_what_a_window_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_windows(monkeypatch)
    budget = RateBudget()
    started: list[float] = []
    answers = threading.Semaphore(0)
    info = RateInfo("api", 50, 0.3)

    def ask() -> None:
        budget.acquire("api")
        started.append(time.monotonic())
        answers.acquire()
        budget.settle("api", info)

    with ThreadPoolExecutor(8) as pool:
        try:
            for _ in range(2):
                begun = len(started)
                waiting = [pool.submit(ask) for _ in range(8)]
                time.sleep(0.15)
                assert len(started) == begun + 1, "the others wait for its answer"
                answers.release(8)
                for done in waiting:
                    done.result()
                assert budget.remaining("api") == 50
                time.sleep(0.5)  # the window ends: what the next one holds is not known
        finally:
            answers.release(16)


def test_a_service_without_limits_is_asked_side_by_side(site: Site) -> None:
    """And one that tells them later is asked with care from then on."""
    together = threading.Barrier(4)
    site.answers["/a"] = lambda n: (503 if n == 0 else 200, {}, b"content")
    site.answers["/b"] = lambda _: (together.wait(5), (200, {}, b"content"))[1]
    site.always("/c", 200, b"content", RateLimit='"pages";r=9;t=300')
    budget = RateBudget()
    hub = hub_of(site, budget)
    get(hub, site, "/a")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: get(hub, site, "/b"), range(4)))
    assert budget.remaining("api") is None
    get(hub, site, "/c")
    assert budget.remaining("api") == 9


def test_buckets_are_separate() -> None:
    budget = RateBudget()
    budget.acquire("api")
    budget.settle("api", RateInfo("api", 0, 300.0))
    budget.acquire("resolvers")  # does not wait
    assert budget.remaining("resolvers") is None
    assert budget.remaining("api") == 0
    assert bucket_of("https://hub.test/a/b/resolve/main/README.md") == "resolvers"
    assert bucket_of("https://hub.test/api/resolve-cache/models/a/b/c/README.md") == "resolvers"
    assert bucket_of("https://hub.test/api/models/a/b?x=/resolve/") == "api"


def test_a_wait_is_announced_once_and_ended_by_a_stop() -> None:
    messages: list[str] = []
    budget = RateBudget(say=messages.append)
    budget.acquire("api")
    budget.settle("api", RateInfo("api", 0, 300.0))
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(budget.acquire, "api") for _ in range(4)]
        time.sleep(0.2)
        assert not any(done.done() for done in waiting)
        began = time.monotonic()
        budget.stop.set()
        for done in waiting:
            with pytest.raises(Stopped):
                done.result()
    assert time.monotonic() - began < 30  # of a window of 300 s
    [line] = messages
    assert "'api'" in line
    assert "UTC" in line


@dataclass
class Site:
    """A server that answers each path by a function of how often it was asked for."""

    address: str
    answers: dict[str, Callable[[int], tuple[int, Headers, bytes]]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[tuple[str, Headers]] = field(default_factory=list)

    def always(self, path: str, status: int, body: bytes = b"", **headers: str) -> None:
        named = {key.replace("_", "-"): text for key, text in headers.items()}
        self.answers[path] = lambda _: (status, named, body)

    def first(self, path: str, statuses: list[int], body: bytes, headers: Headers) -> None:
        """Answer with these statuses first, then with the body."""
        self.answers[path] = lambda n: (
            (statuses[n], headers, b"no") if n < len(statuses) else (200, {}, body)
        )


@pytest.fixture
def open_site() -> Iterator[Callable[[], Site]]:
    servers: list[ThreadingHTTPServer] = []

    def start() -> Site:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                seen = {key.lower(): text for key, text in self.headers.items()}
                served.headers.append((self.path, seen))
                status, headers, body = served.answers[path](served.asked[path])
                served.asked[path] += 1
                self.send_response(status)
                defaults = {"Content-Length": str(len(body)), "X-Repo-Commit": "a" * 40}
                for key, text in (defaults | headers).items():
                    self.send_header(key, text)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        served = Site(f"127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return served

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(open_site: Callable[[], Site]) -> Site:
    return open_site()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Back-offs are noted, not slept."""
    slept: list[float] = []
    monkeypatch.setattr(http, "_sleep", lambda _, seconds: slept.append(seconds))
    return slept


def hub_of(site: Site, budget: RateBudget | None = None, **changes: Any) -> HuggingFace:
    settings: Settings = settings_for(Path("nowhere"), f"http://{site.address}", **changes)
    return HuggingFace(settings, budget or RateBudget())


def get(hub: HuggingFace, site: Site, path: str, **options: Any) -> ReceivedAnswer:
    return hub.get(f"http://{site.address}{path}", "file", {"name": "a/b"}, **options)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_followed_relative_and_absolute(site: Site, status: int) -> None:
    site.always("/a/resolve/1", status, b"see there", location="/b?x=%2F")
    site.always("/b", status, b"and there", location=f"http://{site.address}/c")
    site.always("/c", 200, b"content", etag='"tag"')
    hub = hub_of(site)
    answer = get(hub, site, "/a/resolve/1")
    assert (answer.status, answer.body) == (200, b"content")
    assert answer.url.endswith("/a/resolve/1")
    assert answer.final_url.endswith("/c")
    assert answer.headers["etag"] == '"tag"'
    assert [path for path, _ in site.headers] == ["/a/resolve/1", "/b?x=%2F", "/c"]
    assert hub.request_count == 3
    first = get(hub, site, "/a/resolve/1", follow=False)
    assert first.status == status
    assert hub.redirect_target(first) == f"http://{site.address}/b?x=%2F"


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.test/b", "//elsewhere.test/b", "ftp://127.0.0.1/b", "file:///etc/passwd",
        "http://127.0.0.1.elsewhere.test/b", "http://127.0.0.1:1/b", "http://[broken/b",
    ],
)  # fmt: skip
def test_a_redirect_to_a_foreign_place_is_refused(site: Site, location: str) -> None:
    site.always("/a", 302, location=location)
    with pytest.raises(SourceRefused, match="not configured") as caught:
        get(hub_of(site), site, "/a")
    assert "MINER_HF_CONTENT_HOSTS" in caught.value.next_step


def test_a_circle_of_redirects_ends(site: Site) -> None:
    site.always("/a", 307, location="/b")
    site.always("/b", 307, location="/a")
    with pytest.raises(RetryLater, match="redirects"):
        get(hub_of(site), site, "/a")


def test_credentials_go_to_the_hub_alone(open_site: Callable[[], Site]) -> None:
    site, content = open_site(), open_site()
    site.always("/a", 302, location=f"http://{content.address}/b")
    content.always("/b", 302, location="/c")
    content.always("/c", 200, b"content")
    hub = hub_of(site, hf_token="hf_secret", hf_content_hosts=(content.address,))
    assert get(hub, site, "/a").body == b"content"
    [(_, sent)] = site.headers
    assert sent["authorization"] == "Bearer hf_secret"
    assert sent["user-agent"].startswith("miner/")
    assert len(content.headers) == 2
    for _, sent in content.headers:
        assert "authorization" not in sent
        assert "hf_secret" not in str(sent)


def test_a_condition_goes_to_the_host_that_named_the_etag_alone(
    open_site: Callable[[], Site],
) -> None:
    site, content = open_site(), open_site()
    site.always("/a", 302, location="/b")
    site.always("/b", 302, location=f"http://{content.address}/c")
    content.always("/c", 200, b"content")
    hub = hub_of(site, hf_content_hosts=(content.address,))
    assert get(hub, site, "/a", etag='W/"tag"').body == b"content"
    assert [sent.get("if-none-match") for _, sent in site.headers] == ['W/"tag"', 'W/"tag"']
    [(_, sent)] = content.headers
    assert "if-none-match" not in sent


def test_what_was_not_modified_is_an_answer(site: Site, patient: list[float]) -> None:
    site.answers["/a"] = lambda n: (503 if n == 0 else 304, {"ETag": '"tag"'}, b"")
    budget = RateBudget()
    answer = hub_of(site, budget).get(f"http://{site.address}/a", "history", {}, etag='"tag"')
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"tag"')
    assert [sent["if-none-match"] for _, sent in site.headers] == ['"tag"', '"tag"']
    site.always("/a", 304, RateLimit='"api";r=7;t=300')
    hub_of(site, budget).get(f"http://{site.address}/a", "history", {}, etag='"tag"')
    assert budget.remaining("api") == 7


@pytest.mark.parametrize("tag", ['"a"', 'W/"1f-x+/="', '"' + "x" * 200 + '"'])
def test_an_etag_is_sent_back_as_it_came(tag: str) -> None:
    assert entity_tag({"etag": tag}) == tag


@pytest.mark.parametrize(
    "tag",
    ["", "*", "a", '"', '""', 'w/"a"', '"a"b"', '"a", "b"', '"a b"', '"a\n"', '"a"\n',
     '"a\r\nX: y"', '"a\x00"', '"\u00e9"', '"' + "x" * 201 + '"', '"' + "x" * 10_000 + '"'],
)  # fmt: skip
def test_what_is_no_etag_is_none(tag: str) -> None:
    assert entity_tag({"etag": tag}) is None
    assert entity_tag({}) is None


def test_no_token_is_taken_from_elsewhere(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_environment")
    site.always("/a", 200, b"content")
    get(hub_of(site), site, "/a")
    [(_, sent)] = site.headers
    assert "authorization" not in sent


def test_a_server_in_trouble_is_asked_again(site: Site, patient: list[float]) -> None:
    site.first("/a", [503, 500, 504], b"content", {})
    assert get(hub_of(site), site, "/a").body == b"content"
    assert site.asked["/a"] == 4
    assert len(patient) == 3


def test_a_server_that_stays_in_trouble_ends_the_run(site: Site, patient: list[float]) -> None:
    site.always("/a", 503)
    with pytest.raises(RetryLater, match=r"503.*4 times") as caught:
        get(hub_of(site), site, "/a")
    assert site.asked["/a"] == 4
    assert len(patient) == 3
    assert "same command" in caught.value.next_step


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 416, 451])
def test_other_errors_are_answers(site: Site, status: int) -> None:
    site.always("/a", status, b"why", x_error_code="Odd")
    answer = get(hub_of(site), site, "/a")
    assert (answer.status, answer.body) == (status, b"why")
    assert answer.headers["x-error-code"] == "Odd"
    assert site.asked["/a"] == 1


def test_a_body_cut_on_the_way_is_asked_for_again(site: Site, patient: list[float]) -> None:
    site.answers["/a"] = lambda n: (200, {"Content-Length": "99"} if n < 2 else {}, b"content")
    assert get(hub_of(site), site, "/a").body == b"content"
    assert site.asked["/a"] == 3
    site.answers["/b"] = lambda _: (200, {"Content-Length": "99"}, b"content")
    with pytest.raises(RetryLater):
        get(hub_of(site), site, "/b")


def test_garbled_compression_is_asked_for_again(site: Site, patient: list[float]) -> None:
    site.answers["/a"] = lambda n: (200, {"Content-Encoding": "gzip"} if n < 1 else {}, b"content")
    assert get(hub_of(site), site, "/a").body == b"content"


def test_json_that_ends_in_the_middle_is_asked_for_again(site: Site, patient: list[float]) -> None:
    site.answers["/api/models"] = lambda n: (200, {}, b'[{"id": "a/b"}' + b"]" * (n > 1))
    url = f"http://{site.address}/api/models"
    assert hub_of(site).get(url, "listing", {}).body == b'[{"id": "a/b"}]'
    assert site.asked["/api/models"] == 3
    site.always("/api/models", 200, b'[{"id": "a/b"}')
    answer = hub_of(site).get(url, "listing", {})
    assert answer.body == b'[{"id": "a/b"}', "the last one is used as far as it goes"


def test_a_silent_server_is_asked_again(site: Site, patient: list[float]) -> None:
    def answer(count: int) -> tuple[int, Headers, bytes]:
        if count == 0:
            time.sleep(0.8)
        return 200, {}, b"content"

    site.answers["/a"] = answer
    # the first answer is counted when it is sent, long after the second was asked for
    began = time.monotonic()
    hub = hub_of(site, http_timeout_seconds=0.3, http_attempts=6)
    assert get(hub, site, "/a").body == b"content"
    assert time.monotonic() - began < 30
    assert patient


def test_a_server_that_is_not_there(site: Site, patient: list[float]) -> None:
    hub = HuggingFace(settings_for(Path("nowhere"), "http://127.0.0.1:1"), RateBudget())
    with pytest.raises(RetryLater, match=r"127\.0\.0\.1:1"):
        hub.get("http://127.0.0.1:1/a", "file", {})
    assert len(patient) == 3


@pytest.mark.parametrize("size", [999, 1000, 1001, 5_000_000])
def test_a_body_is_read_up_to_its_bound(site: Site, size: int) -> None:
    site.always("/a", 200, b"x" * size)
    answer = get(hub_of(site), site, "/a", max_bytes=1000)
    assert len(answer.body) == (size if size <= 1000 else 0)
    assert answer.context.get("cut") == (None if size <= 1000 else "1000")


def test_a_refusal_with_requests_left_is_backed_off_from(site: Site, patient: list[float]) -> None:
    headers = {
        "RateLimit": '"api";r=99;t=240',
        "RateLimit-Policy": '"fixed window";"api";q=500;w=300',
    }
    site.first("/api/a", [429, 429], b"content", headers)
    began = time.monotonic()
    assert get(hub_of(site), site, "/api/a").body == b"content"
    assert time.monotonic() - began < 60, "240 s is not the wait"
    assert len(patient) == 2


def test_refusals_of_another_limit_delay_nothing(site: Site, patient: list[float]) -> None:
    """Ten requests each two seconds; each tenth meets a 429 that names another limit's window."""
    service = Service(10, 2.0)
    other = {"RateLimit": '"api";r=9;t=240', "RateLimit-Policy": '"fixed window";"api";q=9;w=300'}

    def answer(count: int) -> tuple[int, Headers, bytes]:
        info = service.take()
        true = {"RateLimit": f'"api";r={info.remaining};t={math.ceil(info.reset_seconds)}'}
        return (429, other, b"no") if count % 10 == 2 else (200, true, b"content")

    site.answers["/api/a"] = answer
    hub = hub_of(site)
    began = time.monotonic()
    for _ in range(25):
        assert get(hub, site, "/api/a").body == b"content"
    assert time.monotonic() - began < 30, "240 s is the other limit's"
    assert len(patient) == site.asked["/api/a"] - 25 == 3
    assert max(service.windows) <= 10


def test_no_wait_is_longer_than_the_window(site: Site, patient: list[float]) -> None:
    """And 25 requests of a Hub whose end of the window is nonsense take a window at most."""
    policy = '"fixed window";"api";q=25;w=1'
    site.answers["/api/a"] = lambda n: (
        (429, {"RateLimit": '"api";r=0;t=86400', "RateLimit-Policy": policy}, b"no")
        if n == 3 else (200, {"RateLimit": f'"api";r={24 - n};t=86400',
                              "RateLimit-Policy": policy}, b"content")
    )  # fmt: skip
    hub = hub_of(site)
    began = time.monotonic()
    for _ in range(24):
        assert get(hub, site, "/api/a").body == b"content"
    assert time.monotonic() - began < 60


def test_a_limit_of_hours_ends_the_crawl_with_a_word(site: Site) -> None:
    site.always("/api/a", 429, b"no", Retry_After="86400")
    with pytest.raises(RetryLater, match="86400 s"):
        get(hub_of(site), site, "/api/a")
    assert site.asked["/api/a"] == 1


def test_a_refusal_of_a_spent_window_waits_for_its_end(site: Site, patient: list[float]) -> None:
    site.first("/api/a", [429], b"content", {"RateLimit": '"api";r=0;t=1'})
    began = time.monotonic()
    assert get(hub_of(site), site, "/api/a").body == b"content"
    assert time.monotonic() - began >= 2, "its end, and a second"
    assert site.asked["/api/a"] == 2


def test_retry_after_is_kept(site: Site, patient: list[float]) -> None:
    site.first("/api/a", [429], b"content", {"Retry-After": "1"})
    began = time.monotonic()
    assert get(hub_of(site), site, "/api/a").body == b"content"
    assert time.monotonic() - began >= 1


def test_a_stop_ends_a_back_off(site: Site) -> None:
    budget = RateBudget()
    site.always("/a", 503)
    threading.Timer(0.2, budget.stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        get(hub_of(site, budget, http_attempts=50), site, "/a")
    assert time.monotonic() - began < 30


def test_a_wrong_token_is_told_from_a_missing_model(site: Site) -> None:
    wrong = "Invalid credentials in Authorization header"
    site.always("/a", 401, b"", x_error_message=wrong)
    site.always("/b", 401, b"", x_error_message="Invalid username or password.")
    with pytest.raises(SourceRefused, match="HF_TOKEN"):
        get(hub_of(site, hf_token="hf_wrong"), site, "/a")
    assert get(hub_of(site, hf_token="hf_good"), site, "/b").status == 401


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 24 Nov 2026 10:00:00 GMT", "2026-11-24T10:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 +0200", "2026-11-24T08:00:00"),
        ("Fri, 31 Dec 9999 23:00:00 -1400", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_of_an_answer(text: str, expected: str | None) -> None:
    date = answer_date({"date": text})
    assert date.tzinfo is None
    if expected is None:
        now = datetime.now(UTC).replace(tzinfo=None)
        assert abs((date - now).total_seconds()) < 60
    else:
        assert date == datetime.fromisoformat(expected)
