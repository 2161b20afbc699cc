"""The replayed hub against wire facts, with plain HTTP and with the real client library."""

from __future__ import annotations

import base64
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from miner.pipelines.sources.archive.segments import Archive
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.replay.catalog import SORTS, Catalog
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving

SHA = "0123456789abcdef0123456789abcdef01234567"
CARD = "---\nlicense: mit\n---\n# Ünë\n".encode()


def build_catalog(count: int = 53) -> Catalog:
    catalog = Catalog()
    for number in range(count):
        record: dict[str, Any] = {
            "id": f"owner-{number % 5}/model-{number:03d}",
            "downloads": number % 7,
            "likes": 3,
            "tags": ["gguf", f"license:{'mit' if number % 2 else 'apache-2.0'}"],
            "pipeline_tag": "text-generation",
            "_source": "a note",
        }
        if number % 3:
            record["createdAt"] = f"2024-01-{number % 9 + 1:02d}T00:00:00.000Z"
            record["trendingScore"] = number / 4
        if number % 4:
            record["lastModified"] = f"2024-03-{number % 20 + 1:02d}T00:00:00+00:00"
        catalog.put_model(record)
    catalog.put_model({"id": "gpt2", "sha": SHA, "usedStorage": 11, "_id": "f" * 24})
    catalog.put_card("gpt2", CARD)
    catalog.put_model({"id": "acme/gated", "gated": "manual", "createdAt": "2024-01-01"})
    catalog.put_card("acme/gated", CARD)
    catalog.put_model({"id": "acme/disabled", "disabled": True})
    catalog.put_card("acme/disabled", CARD)
    catalog.datasets.put({"id": "acme/data", "description": "rows", "downloads": 4})
    catalog.datasets.put_file("acme/data", "README.md", CARD)
    return catalog


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with serving(build_catalog(), ReplayOptions(tokens=frozenset({"good"}))) as running:
        yield running


@pytest.fixture
def client(server: ReplayServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.endpoint) as session:
        yield session


@pytest.fixture(scope="module")
def reader() -> Iterator[httpx2.Client]:
    """A client of a server that is only read from."""
    with (
        serving(build_catalog(), ReplayOptions(tokens=frozenset({"good"}))) as running,
        httpx2.Client(base_url=running.endpoint) as session,
    ):
        yield session


def pages(client: httpx2.Client, url: str) -> Iterator[list[Any]]:
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        url = answer.links.get("next", {}).get("url", "")


def names(client: httpx2.Client, url: str) -> list[str]:
    return [record["id"] for page in pages(client, url) for record in page]


@pytest.mark.parametrize("direction", ["1", "-1"])
@pytest.mark.parametrize("sort", SORTS)
def test_paging_loses_and_repeats_nothing(reader: httpx2.Client, sort: str, direction: str) -> None:
    query = f"/api/models?sort={sort}&direction={direction}&expand={sort}&expand=tags"
    if sort == "id":
        query = f"/api/models?sort=id&direction={direction}"
    found = [record for page in pages(reader, f"{query}&limit=7") for record in page]
    assert len(found) == 56
    assert len({record["id"] for record in found}) == 56
    known = [record[sort] for record in found if sort in record]
    assert known == sorted(known, reverse=direction == "-1")
    assert all(sort in record for record in found[: len(known)]), "those without come last"
    for before, after in itertools.pairwise(found):
        if before.get(sort) == after.get(sort):
            assert before["_id"] < after["_id"]


def test_models_created_meanwhile_move_no_page(client: httpx2.Client, server: ReplayServer) -> None:
    before = names(client, "/api/models?limit=1000")
    found: list[str] = []
    for number, page in enumerate(pages(client, "/api/models?sort=createdAt&direction=1&limit=4")):
        found += [record["id"] for record in page]
        server.catalog.put_model({"id": f"new/{number}", "createdAt": "2020-01-01T00:00:00.000Z"})
        if number == 0:
            server.catalog.remove_model(found[0])
            server.catalog.rename_model(found[1], "moved/away")
    assert sorted(found) == sorted(before)
    assert client.get(f"/api/models/{found[1]}").headers["location"] == "/api/models/moved/away"
    assert client.get(f"/api/models/{found[0]}").status_code == 401


def test_the_cursor_is_the_hubs(client: httpx2.Client, server: ReplayServer) -> None:
    query = "sort=likes&limit=2&full=true&x=%2F"
    url = client.get(f"/api/models?{query}").links["next"]["url"]
    assert url.startswith(f"{server.endpoint}/api/models?{query}&cursor=")
    assert url.count("cursor=") == client.get(url).links["next"]["url"].count("cursor=") == 1
    condition = json.loads(base64.b64decode(unquote(url.rsplit("cursor=", maxsplit=1)[1])))
    last = client.get(f"/api/models?{query}").json()[-1]["_id"]
    assert condition == {
        "$or": [{"likes": 3, "_id": {"$gt": last}}, {"likes": {"$lt": 3}}, {"likes": None}]
    }


@pytest.mark.parametrize(
    "query",
    [
        "cursor=", "limit=0", "limit=x", "limit=-1", "direction=abc", "sort=created_at",
        "cursor=garbled",
        "cursor=e30%3D", "cursor=bnVsbA%3D%3D", "expand=sha,tags", "expand=_id",
        "expand=cardData.license", "expand=usedStorage", "sort=id&cursor=eyIkb3IiOlt7Imxpa2VzIjoz"
        "LCJfaWQiOnsiJGd0IjoiYSJ9fV19",
    ],
)  # fmt: skip
def test_bad_queries_are_400(reader: httpx2.Client, query: str) -> None:
    answer = reader.get(f"/api/models?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_refused_expand_names_the_allowed(reader: httpx2.Client) -> None:
    error = reader.get("/api/models?expand=safetensors&expand=usedStorage").json()["error"]
    assert error.startswith('✖ Invalid option: expected one of "author"|')
    assert error.endswith("at expand[1]")
    assert '"safetensors"' in error
    assert "usedStorage" not in error
    one = reader.get("/api/models/gpt2?expand=usedStorage").json()
    assert one == {"_id": "f" * 24, "id": "gpt2", "usedStorage": 11}


def test_expand_gives_exactly_what_was_asked_for(reader: httpx2.Client) -> None:
    for spelling in ("expand", "expand[]"):
        [record] = reader.get(f"/api/models?author=owner-1&{spelling}=likes&limit=1").json()
        assert set(record) == {"_id", "id", "likes"}
    [plain] = reader.get("/api/models?search=MODEL-001&nonsense=1").json()
    assert plain["modelId"] == plain["id"] == "owner-1/model-001"
    assert "sha" not in plain
    [full] = reader.get("/api/models?search=model-001&full=true").json()
    assert {"sha", "author", "lastModified"} <= set(full)
    assert not [name for name in full if name.startswith("_") and name != "_id"]


def test_filters(reader: httpx2.Client) -> None:
    mit = names(reader, "/api/models?filter=license:mit&filter=gguf&limit=5")
    assert (
        sorted(mit) == [f"owner-{n % 5}/model-{n:03d}" for n in range(1, 53, 2)] or len(mit) == 26
    )
    assert len(set(mit)) == 26
    assert names(reader, "/api/models?author=acme") != []
    assert len(names(reader, "/api/models?pipeline_tag=text-generation&limit=50")) == 53
    assert len(names(reader, "/api/models?library=timm")) == 56, "unknown parameters are ignored"


def test_a_file_is_a_redirect_and_an_answer(reader: httpx2.Client) -> None:
    hop = reader.get("/gpt2/resolve/main/README.md")
    assert hop.status_code == 307
    assert hop.headers["x-repo-commit"] == SHA
    assert hop.headers["location"].startswith(f"/api/resolve-cache/models/gpt2/{SHA}/README.md?")
    assert hop.content.startswith(b"Temporary Redirect")
    answer = reader.get(hop.headers["location"])
    assert (answer.status_code, answer.content) == (200, CARD)
    assert answer.headers["etag"] == hop.headers["x-linked-etag"]
    again = reader.get(hop.headers["location"], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = reader.head(hop.headers["location"])
    assert (head.headers["content-length"], head.content) == (str(len(CARD)), b"")
    short = reader.get(f"/gpt2/resolve/{SHA[:8]}/README.md", follow_redirects=True)
    assert short.content == CARD
    data = reader.get("/datasets/acme/data/resolve/main/README.md", follow_redirects=True)
    assert data.content == CARD


def test_errors_are_the_hubs(reader: httpx2.Client) -> None:
    good = {"Authorization": "Bearer good"}
    bad = {"Authorization": "Bearer bad"}

    def ask(path: str, headers: dict[str, str] | None = None) -> tuple[int, str | None, str]:
        answer = reader.get(path, headers=headers)
        return answer.status_code, answer.headers.get("x-error-code"), answer.text

    nobody = "Invalid username or password."
    assert ask("/api/models/acme/none") == (401, None, f'{{"error":"{nobody}"}}')
    assert ask("/acme/none/resolve/main/README.md") == (401, None, nobody)
    assert ask("/api/models/acme/none", good)[:2] == (404, "RepoNotFound")
    wrong = '{"error":"Invalid credentials in Authorization header"}'
    assert ask("/api/models", bad) == ask("/api/whoami-v2", bad) == (401, None, wrong)
    assert ask("/api/whoami-v2")[0] == 401
    assert reader.get("/api/whoami-v2", headers=good).json()["type"] == "user"
    assert ask("/api/agent-harnesses") == (200, None, "{}")
    assert ask("/api/models/acme/gated")[0] == 200
    assert ask("/acme/gated/resolve/main/README.md")[:2] == (401, "GatedRepo")
    assert ask("/acme/gated/resolve/main/README.md", good)[:2] == (403, "GatedRepo")
    assert ask("/api/models/acme/disabled")[0] == 200
    assert ask("/acme/disabled/resolve/main/README.md")[0] == 403
    assert ask("/gpt2/resolve/main/none") == (404, "EntryNotFound", "Entry not found")
    assert reader.get("/gpt2/resolve/main/none").headers["x-repo-commit"] == SHA
    assert ask("/gpt2/resolve/refs%2Fpr%2F1/README.md") == (
        404, "RevisionNotFound", "Invalid rev id: refs/pr/1",
    )  # fmt: skip
    assert ask("/api/models/gpt2/revision/nope")[:2] == (404, "RevisionNotFound")
    assert reader.get(f"/api/models/gpt2/revision/{SHA}").json()["sha"] == SHA
    assert ask("/somewhere/else/entirely")[0] == 404


def test_renames_and_case_redirect_with_the_query(
    client: httpx2.Client, server: ReplayServer
) -> None:
    server.catalog.rename_model("gpt2", "openai-community/gpt2")
    hop = client.get("/api/models/gpt2?expand[]=sha&a=%2F")
    assert (hop.status_code, hop.content) == (307, b"")
    assert hop.headers["location"] == "/api/models/openai-community/gpt2?expand[]=sha&a=%2F"
    assert client.get(hop.headers["location"]).json()["sha"] == SHA
    assert client.get("/api/models/OpenAI-Community/GPT2").headers["location"] == (
        "/api/models/openai-community/gpt2"
    )
    card = client.get("/gpt2/resolve/main/README.md")
    assert card.headers["location"] == "/openai-community/gpt2/resolve/main/README.md"
    assert client.get(card.headers["location"], follow_redirects=True).content == CARD


def test_limits_are_counted_on_every_answer() -> None:
    options = ReplayOptions(limit_api=3, limit_resolvers=1, window_seconds=0.6)
    with (
        serving(build_catalog(), options) as server,
        httpx2.Client(base_url=server.endpoint) as client,
    ):
        statuses = []
        for path in ("/api/models?limit=1", "/api/models/none/none", "/api/models?limit=0") * 2:
            answer = client.get(path)
            statuses.append(answer.status_code)
            assert answer.headers["ratelimit-policy"] == '"fixed window";"api";q=3;w=0.6'
        # Any token is valid here, and has a window of its own.
        other = client.get("/api/models?limit=1", headers={"Authorization": "Bearer mine"})
        assert statuses == [200, 401, 400, 429, 429, 429]
        assert answer.headers["ratelimit"] == '"api";r=0;t=1'
        assert answer.text.startswith("We had to rate limit your IP")
        assert other.headers["ratelimit"] == '"api";r=2;t=1'
        hop = client.get("/gpt2/resolve/main/README.md")
        assert client.get(hop.headers["location"]).status_code == 429
        time.sleep(0.7)
        assert client.get("/api/models?limit=1").status_code == 200
        stats = client.get("/_replay/stats").json()
        assert stats == server.stats()
        assert stats["buckets"]["api"] == {
            "requests": 8, "refused": 3, "most_in_a_window": 6, "limit": 3,
        }  # fmt: skip


def test_dates_are_those_of_the_records(tmp_path: Path) -> None:
    lines = (
        '{"id":"a/one","_observed":"2023"}\n{"id":"a/two","_observed":"2024-05"}\n'
        '{"id":"a/three","_observed":"2024-2025"}\n'
    )
    (tmp_path / "models.jsonl").write_text(lines)
    with (
        serving(load_catalog([tmp_path])) as server,
        httpx2.Client(base_url=server.endpoint) as client,
    ):
        for path in ("/api/models", "/api/models/a/one", "/api/models/none", "/none"):
            dates = client.get(path).headers.get_list("date")
            assert dates == ["Wed, 01 May 2024 00:00:00 GMT"], path


def test_answers_are_compressed_where_accepted(reader: httpx2.Client) -> None:
    plain = reader.get("/api/models", headers={"Accept-Encoding": "identity"})
    packed = reader.get("/api/models", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.json() == plain.json()
    same = reader.get("/api/models", headers={"If-None-Match": plain.headers["etag"]})
    assert same.status_code == 304


def test_trouble_comes_by_seed_and_is_counted() -> None:
    def run(seed: int) -> list[int]:
        options = ReplayOptions(seed=seed, rate_503=0.2, rate_500=0.2, rate_429=0.2)
        with (
            serving(build_catalog(), options) as server,
            httpx2.Client(base_url=server.endpoint) as client,
        ):
            answers = [client.get("/api/models?limit=1") for _ in range(40)]
            for answer in answers:
                if answer.status_code == 429:
                    assert answer.headers["ratelimit"] == '"api";r=99794;t=241'
            statuses = [answer.status_code for answer in answers]
            met = server.stats()["trouble"]
            assert {kind: statuses.count(int(kind)) for kind in ("503", "500", "429")} == {
                kind: met[kind] for kind in ("503", "500", "429")
            }
            return statuses

    assert set(run(1)) == {200, 429, 500, 503}
    assert run(1) == run(1) != run(2)


def test_cut_bodies_stalls_repeats_malformed_records_and_old_cursors() -> None:
    catalog = build_catalog()
    with serving(catalog, ReplayOptions(rate_cut=1.0)) as server:
        for path in ("/api/models", "/api/resolve-cache/models/gpt2/" + SHA + "/README.md"):
            with pytest.raises(httpx2.RemoteProtocolError):
                httpx2.get(server.endpoint + path)
    with (
        serving(catalog, ReplayOptions(rate_stall=1.0, stall_seconds=30)) as server,
        pytest.raises(httpx2.ReadTimeout),
    ):
        httpx2.get(f"{server.endpoint}/api/models", timeout=0.3)
    with serving(catalog, ReplayOptions(rate_repeat=1.0, malformed=True)) as server:
        url = f"{server.endpoint}/api/models?limit=5"
        answer = httpx2.get(url)
        assert answer.links["next"]["url"] == url
        bad = [r for r in answer.json() if not isinstance(r, dict) or "/" not in str(r.get("id"))]
        assert (len(answer.json()), len(bad)) in {(6, 1), (6, 2)}
    with serving(catalog, ReplayOptions(cursor_life_seconds=0.2)) as server:
        answer = httpx2.get(f"{server.endpoint}/api/models?limit=5")
        assert httpx2.get(answer.links["next"]["url"]).status_code == 200
        time.sleep(0.25)
        late = httpx2.get(answer.links["next"]["url"])
        assert (late.status_code, late.json()) == (400, {"error": "Cursor expired"})


def test_the_real_client_reads_it(
    server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    api = HfApi(endpoint=server.endpoint, token=False)
    listed = list(api.list_models(full=True, cardData=True, sort="created_at", limit=40))
    assert len({model.id for model in listed}) == 40
    assert len(list(api.list_models(expand=["sha", "tags"]))) == 56
    assert [data.id for data in api.list_datasets()] == ["acme/data"]
    info = api.model_info("gpt2", files_metadata=True)
    assert info.sha == SHA
    assert info.siblings is not None
    assert [(s.rfilename, s.size) for s in info.siblings] == [("README.md", len(CARD))]

    def download(name: str, file: str = "README.md", **more: Any) -> bytes:
        path = hf_hub_download(
            name, file, endpoint=server.endpoint, cache_dir=tmp_path, token=False, **more
        )
        return Path(path).read_bytes()

    assert download("gpt2", revision=SHA) == CARD
    assert download("acme/data", repo_type="dataset") == CARD
    server.catalog.rename_model("gpt2", "openai-community/gpt2")
    assert api.model_info("gpt2").id == "openai-community/gpt2"
    with pytest.raises(RemoteEntryNotFoundError):
        download("openai-community/gpt2", "none.json")
    with pytest.raises(RevisionNotFoundError):
        api.model_info("openai-community/gpt2", revision="none")
    with pytest.raises(GatedRepoError):
        download("acme/gated")
    with pytest.raises(RepositoryNotFoundError):
        HfApi(endpoint=server.endpoint, token="good").model_info("acme/none")
    with pytest.raises(HfHubHTTPError, match="401"):
        api.model_info("acme/none")


@pytest.fixture
def corpus() -> Path:
    return Path(os.environ.get("MINER_SHARED", "../shared")) / "hub-corpus"


@pytest.mark.shared
def test_the_corpus_is_served_whole(corpus: Path) -> None:
    catalog = load_catalog([corpus])
    with serving(catalog) as server, httpx2.Client(base_url=server.endpoint) as client:
        query = "/api/models?sort=createdAt&direction=1&limit=997&expand=createdAt"
        records = [record for page in pages(client, query) for record in page]
        lines = (corpus / "models.jsonl").read_text(encoding="utf-8").splitlines()
        cards = (corpus / "cards_index.csv").read_text(encoding="utf-8").splitlines()[1:]
        found = {record["id"] for record in records}
        assert len(found) == len(records) == len(catalog.models)
        assert len(found) >= len(lines)
        assert {line.split(",")[0] for line in cards} <= found
        assert client.get("/api/models").headers["date"] == "Sat, 22 Aug 2026 00:00:00 GMT"
        assert len(client.get("/api/datasets").json()) == 159
        for line in cards[::97]:
            name, file = line.split(",")[:2]
            answer = client.get(f"/{name}/resolve/main/README.md", follow_redirects=True)
            if answer.status_code == 200:
                assert answer.content == (corpus / "cards" / file).read_bytes()
            else:
                assert answer.headers["x-error-code"] == "GatedRepo"


def test_the_command_prints_one_line_and_ends_in_order(tmp_path: Path) -> None:
    (tmp_path / "models.jsonl").write_text('{"id":"a/one"}\nbroken\n')
    command = [sys.executable, "-m", "miner", "replay", str(tmp_path)]
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        endpoint = line.split()[0].removeprefix("HF_ENDPOINT=")
        assert line == f"HF_ENDPOINT={endpoint} GITHUB_API_URL={endpoint}/github\n"
        assert [record["id"] for record in httpx2.get(f"{endpoint}/api/models").json()] == ["a/one"]
        process.send_signal(number)
        rest, talk = process.communicate(timeout=20)
        assert (process.returncode, rest) == (0, "")
        assert "models.jsonl:2: skipped" in talk


def test_the_command_refuses_what_is_no_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "miner", "replay", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (10, "")
    assert "none is not a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_of_a_crawl_serves_what_was_crawled(tmp_path: Path) -> None:
    archive = Archive(tmp_path, segment_bytes=5_000)

    def crawl(endpoint: str, keep: bool) -> dict[str, Any]:
        with httpx2.Client(base_url=endpoint, follow_redirects=True) as client:
            url = (
                f"{endpoint}/api/models?sort=createdAt&direction=1&limit=9&full=true&cardData=true"
            )
            found: dict[str, Any] = {}
            pending = [url, f"{endpoint}/gpt2/resolve/{SHA}/README.md"]
            while pending:
                url = pending.pop(0)
                answer = client.get(url)
                date = parsedate_to_datetime(answer.headers["date"]).replace(tzinfo=None)
                kind = "file" if "/resolve/" in url else "listing"
                if keep:
                    archive.append(
                        ReceivedAnswer(
                            kind, url, answer.status_code, dict(answer.headers), answer.content,
                            date, {}, str(answer.url),
                        )
                    )  # fmt: skip
                if kind == "listing":
                    found |= {record["id"]: record for record in answer.json()}
                else:
                    found["card"] = answer.content
                pending += [link["url"] for link in answer.links.values()]
        return found

    with serving(build_catalog()) as server:
        first = crawl(server.endpoint, keep=True)
    archive.close()
    with serving(load_catalog([tmp_path])) as server:
        second = crawl(server.endpoint, keep=False)
    assert first == second
    assert (len(first), first["card"]) == (57, CARD)
