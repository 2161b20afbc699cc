"""The replayed GitHub against wire facts, with PyGithub as it is and with plain HTTP."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterator
from typing import Any

import github
import httpx2
import pytest

from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving

FILES = {
    "src/app.py": b"from transformers import pipeline\nx = pipeline('a')\n",
    "conf/run.yaml": b"model_name_or_path: maker/one\n",
    "README.md": b"# Words\n",
}


def build() -> Catalog:
    catalog = Catalog()
    catalog.forge.put(
        {"full_name": "maker/whole", "id": 7, "description": "All fields", "license": "Apache-2.0",
         "stargazers_count": 50, "forks_count": 3, "topics": ["llm"], "renamed_from": ["maker/old"],
         "created_at": "2024-01-02T03:04:05Z", "pushed_at": "2025-06-07T08:09:10Z"},
        FILES,
    )  # fmt: skip
    catalog.forge.put(
        {"full_name": "other/fork", "fork": True, "parent": "maker/whole", "stargazers_count": 50},
        {"src/app.py": FILES["src/app.py"]},
    )
    catalog.forge.put(
        {"full_name": "other/better", "fork": True, "parent": "maker/whole",
         "stargazers_count": 51, "pushed_at": "2025-07-01T00:00:00Z", "topics": ["llm"]},
        {"src/app.py": FILES["src/app.py"]},
    )  # fmt: skip
    catalog.forge.put({"full_name": "maker/empty"}, {})
    catalog.forge.put({"full_name": "maker/dmca", "state": "blocked"}, {"a.py": b"1"})
    catalog.forge.put({"full_name": "maker/tos", "state": "refused"}, {"a.py": b"1"})
    catalog.forge.put({"full_name": "maker/gone", "state": "gone"}, {"a.py": b"1"})
    return catalog


def client_of(server: ReplayServer, token: str | None = "good", **options: Any) -> github.Github:
    chosen: dict[str, Any] = {
        "retry": None, "seconds_between_requests": None, "seconds_between_writes": None,
        "per_page": 100,
    }  # fmt: skip
    auth = github.Auth.Token(token) if token else None
    return github.Github(base_url=server.github_url, auth=auth, **(chosen | options))


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with serving(build(), ReplayOptions(tokens=frozenset({"good"}))) as running:
        yield running


@pytest.fixture
def client(server: ReplayServer) -> Iterator[github.Github]:
    client = client_of(server)
    yield client
    client.close()


def test_metadata_license_languages(client: github.Github) -> None:
    repo = client.get_repo("maker/whole")
    assert (repo.id, repo.full_name, repo.stargazers_count) == (7, "maker/whole", 50)
    assert repo.license is not None
    assert repo.license.spdx_id == "Apache-2.0"
    assert repo.pushed_at.isoformat() == "2025-06-07T08:09:10+00:00"
    assert repo.get_languages()["Python"] == len(FILES["src/app.py"])
    assert repo.get_license().license.key == "apache-2.0"
    assert client.get_repo("other/fork").parent.full_name == "maker/whole"


def test_an_etag_saves_the_answer(client: github.Github) -> None:
    repo = client.get_repo("maker/whole")
    assert repo.etag
    assert repo.update() is False


def test_a_renamed_repository_is_a_301_to_its_number(
    client: github.Github, server: ReplayServer
) -> None:
    answer = httpx2.get(f"{server.github_url}/repos/maker/old", headers=auth("good"))
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{server.github_url}/repositories/7"
    assert "whole" not in answer.text
    assert client.get_repo("maker/old").full_name == "maker/whole"


def auth(token: str) -> dict[str, str]:
    return {"authorization": f"token {token}"}


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [("maker/dmca", 451, "dmca"), ("maker/tos", 403, "tos"), ("maker/gone", 404, None),
     ("no/where", 404, None)],
)  # fmt: skip
def test_what_is_not_there(
    client: github.Github, name: str, status: int, reason: str | None
) -> None:
    with pytest.raises(github.GithubException) as caught:
        client.get_repo(name)
    assert caught.value.status == status
    data: dict[str, Any] = caught.value.data
    assert data.get("block", {}).get("reason") == reason


def test_source_is_a_302_to_another_place(client: github.Github, server: ReplayServer) -> None:
    repo = client.get_repo("maker/whole")
    place = repo.get_archive_link("tarball", repo.default_branch)
    assert place.startswith(f"{server.endpoint}/codeload/maker/whole/legacy.tar.gz/")
    answer = httpx2.get(place)
    assert "x-ratelimit-limit" not in answer.headers
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as tar:
        names = tar.getnames()
        assert {name.split("/")[0] for name in names} == {names[0]}
        assert names[0].startswith("maker-whole-")
        commit = tar.pax_headers["comment"]
        members = {name.partition("/")[2]: tar.extractfile(name) for name in names[1:]}
        assert {name: file.read() for name, file in members.items() if file} == FILES
    assert repo.get_commits()[0].sha == commit
    assert names[0].endswith(commit[:7])


def test_files_one_by_one(client: github.Github) -> None:
    repo = client.get_repo("maker/whole")
    tree = repo.get_git_tree(repo.default_branch, recursive=True)
    assert {entry.path for entry in tree.tree} == set(FILES)
    blob = repo.get_git_blob(next(e.sha for e in tree.tree if e.path == "README.md"))
    assert blob.encoding == "base64"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from_transformers", 0),  # no such word
        ("transformers", 2),  # a fork counts only with more stars than its parent
        ('"from transformers import"', 2),
        ('"transformers from import"', 0),
        ("transformers pipeline", 2),
        ("transformers language:python", 2),
        ("transformers language:yaml", 0),
        ("transformers repo:maker/whole", 1),
        ("transformers user:other", 1),
        ("words filename:readme", 1),
        ("words extension:md", 1),
        ("one path:conf", 1),
        ("model_name_or_path size:0..40", 1),
        ("model_name_or_path size:>40", 0),
        ("pipeline('a')", 2),  # punctuation is ignored
    ],
)
def test_code_search_finds(client: github.Github, query: str, found: int) -> None:
    result = client.search_code(query)
    assert len(list(result)) == found


@pytest.mark.parametrize(
    "query",
    ["language:python", "a OR b", "NOT a", "(a)", "a stars:>1", "a fork:false", "a" * 257],
)
def test_code_search_does_not_take(client: github.Github, query: str) -> None:
    with pytest.raises(github.GithubException) as caught:
        _ = client.search_code(query).totalCount
    assert caught.value.status == 422


def test_code_search_items_are_minimal_and_name_the_commit(server: ReplayServer) -> None:
    answer = httpx2.get(
        f"{server.github_url}/search/code", params={"q": "words"}, headers=auth("good")
    )
    [item] = answer.json()["items"]
    assert item["path"] == "README.md"
    assert not {"stargazers_count", "license", "default_branch"} & item["repository"].keys()
    assert "?ref=" in item["url"]
    anonymous = httpx2.get(f"{server.github_url}/search/code", params={"q": "words"})
    assert anonymous.status_code == 401


def test_the_cap_of_a_thousand() -> None:
    catalog = Catalog()
    for number in range(1_060):
        catalog.forge.put({"full_name": f"o/r{number}"}, {"a.py": b"needle"})
    options = ReplayOptions(estimate_off=0.3, rate_incomplete=0.5)
    with serving(catalog, options) as server, httpx2.Client(headers=auth("x")) as session:
        url = f"{server.github_url}/search/code?q=needle&per_page=100"
        seen, pages, totals, cut = set(), 0, set(), set()
        while url:
            answer = session.get(url)
            seen |= {item["repository"]["full_name"] for item in answer.json()["items"]}
            totals.add(answer.json()["total_count"])
            cut.add(answer.json()["incomplete_results"])
            pages += 1
            url = answer.links.get("next", {}).get("url", "")
        assert (len(seen), pages) == (1_000, 10)
        assert len(totals) > 1, "the count is an estimate"
        assert cut == {True, False}
        beyond = session.get(f"{server.github_url}/search/code?q=needle&per_page=100&page=11")
        assert beyond.status_code == 422
        assert "first 1000" in beyond.json()["message"]


def test_repository_search(client: github.Github) -> None:
    def names(query: str) -> set[str]:
        return {repo.full_name for repo in client.search_repositories(query)}

    assert names("topic:llm") == {"maker/whole"}
    assert names("topic:llm fork:true") == {"maker/whole", "other/better"}
    assert names("fields in:description") == {"maker/whole"}
    assert names("topic:llm pushed:2025-06-07..2025-06-07") == {"maker/whole"}
    assert names("topic:llm pushed:>2025-06-08") == set()
    assert names("topic:llm stars:>=50") == {"maker/whole"}


def test_graphql_gives_the_good_ones_with_the_error(client: github.Github) -> None:
    query = """
      query {
        r0: repository(owner: "maker", name: "old") { ...f defaultBranchRef { target { oid
            ... on Commit { committedDate } } } }
        r1: repository(owner: "no", name: "where") { ...f }
        rateLimit { cost remaining }
      }
      fragment f on Repository { id nameWithOwner licenseInfo { spdxId } }
    """
    with pytest.raises(github.UnknownObjectException) as caught:
        client.requester.graphql_query(query, {})
    body: dict[str, Any] = caught.value.data
    assert body["data"]["r0"]["nameWithOwner"] == "maker/whole"
    assert body["data"]["r0"]["licenseInfo"] == {"spdxId": "Apache-2.0"}
    assert body["data"]["r1"] is None
    [error] = body["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["r1"])
    one = 'query($o: String!) { repository(owner: $o, name: "whole") { stargazerCount } }'
    _, good = client.requester.graphql_query(one, {"o": "maker"})
    assert good["data"]["repository"] == {"stargazerCount": 50}
    with pytest.raises(github.GithubException):
        client.requester.graphql_query('{ repository(owner: "a", name: "b") { noSuch } }', {})
    with pytest.raises(github.GithubException):
        client.requester.graphql_query("{ viewer { login } ", {})


def test_limits_by_name(server: ReplayServer) -> None:
    options = ReplayOptions(limit_core=2, limit_code_search=1, limit_graphql=1, window_seconds=600)
    with serving(build(), options) as limited:
        client = client_of(limited)
        client.get_repo("maker/whole")
        assert client.rate_limiting == (1, 2)
        client.get_repo("maker/whole")
        with pytest.raises(github.RateLimitExceededException) as caught:
            client.get_repo("maker/whole")
        headers = caught.value.headers
        assert headers is not None
        assert headers["x-ratelimit-remaining"] == "0"
        assert headers["x-ratelimit-resource"] == "core"
        assert 0 < int(headers["x-ratelimit-reset"]) - time.time() <= 601
        assert len(list(client.search_code("transformers"))) == 2
        with pytest.raises(github.RateLimitExceededException):
            _ = client.search_code("words").totalCount
        # GraphQL says it with a 200
        body = {"query": "{ rateLimit { cost } }"}
        url = f"{limited.github_url}/graphql"
        httpx2.post(url, json=body, headers=auth("good"))
        over = httpx2.post(url, json=body, headers=auth("good"))
        assert over.status_code == 200
        assert over.json()["errors"][0]["type"] == "RATE_LIMITED"
        assert client_of(limited, "another").get_repo("maker/whole").id == 7
        assert client.get_rate_limit().rate.limit == 2
        assert limited.stats()["buckets"]["core"]["refused"] == 1


def test_a_secondary_limit_has_no_rate_headers() -> None:
    options = ReplayOptions(rate_429=1.0, secondary_seconds=33)
    with serving(build(), options) as busy:
        answer = httpx2.get(f"{busy.github_url}/repos/maker/whole", headers=auth("x"))
    assert answer.status_code == 403
    assert "secondary rate limit" in answer.json()["message"]
    assert answer.headers["retry-after"] == "33"
    assert "x-ratelimit-remaining" not in answer.headers


def test_tokens(server: ReplayServer) -> None:
    with pytest.raises(github.BadCredentialsException):
        client_of(server, "bad").get_repo("maker/whole")
    assert client_of(server, None).get_repo("maker/whole").id == 7


def test_a_folder_is_served(tmp_path: Any) -> None:
    from miner.errors import InvalidData  # noqa: PLC0415
    from miner.pipelines.sources.replay.folder import load_catalog  # noqa: PLC0415

    place = tmp_path / "repositories" / "maker" / "one"
    (place / ".git").mkdir(parents=True)
    (place / ".git" / "HEAD").write_text("no source")
    (place / "app.py").write_text("words")
    (place / "link.py").symlink_to("/etc/passwd")
    lines = [{"full_name": "maker/one", "stargazers_count": 9}, {"full_name": "maker/two"}]
    records = tmp_path / "repositories.jsonl"
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    catalog = load_catalog([tmp_path])
    repository = catalog.forge.find("Maker/One")
    assert repository is not None
    assert (set(repository.files), repository.count("stargazers_count")) == ({"app.py"}, 9)
    before = repository.head
    (place / "app.py").write_text("other words")
    again = load_catalog([tmp_path]).forge.find("maker/one")
    assert again is not None
    assert again.head != before
    assert len(catalog.forge) == 2
    records.write_text('{"full_name": "maker/one", "state": "odd"}\n')
    with pytest.raises(InvalidData, match=r"repositories.jsonl:1.*state"):
        load_catalog([tmp_path])
