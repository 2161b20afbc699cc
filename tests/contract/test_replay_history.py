"""Histories and discussions of the replayed hub, read by the real client library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from huggingface_hub import DiscussionWithDetails, HfApi, get_session
from huggingface_hub.community import (
    DiscussionComment,
    DiscussionCommit,
    DiscussionStatusChange,
    DiscussionTitleChange,
)
from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

from miner.pipelines.sources.http import entity_tag
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.history import History
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from tests.crawling import build, name
from tests.histories import commit, discussion, sha, with_past


def catalog() -> Catalog:
    found = build(3)
    with_past(found, name(0))
    many = [commit(day, {}, model=1) for day in range(28, 0, -1)]
    many = [{**each, "id": f"{number:040x}"} for number, each in enumerate(many * 4)]
    talk = [discussion(number) for number in range(1, 121)]
    found.put_history(name(1), History(many, None, talk))
    gated = found.models.find(name(2))
    assert not isinstance(gated, str | None)
    found.models.put({**gated.source, "gated": "auto"}, files=gated.files)
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with serving(catalog()) as running:
        yield running


@pytest.fixture(scope="module")
def hub(server: ReplayServer) -> HfApi:
    return HfApi(endpoint=server.endpoint, token=False)


def test_commits_are_listed_page_after_page(hub: HfApi) -> None:
    commits = hub.list_repo_commits(name(0))
    assert [each.commit_id for each in commits] == [sha(number) for number in range(6, 0, -1)]
    assert (commits[5].title, commits[5].authors) == ("initial commit", ["ada"])
    assert commits[5].created_at.isoformat() == "2024-03-01T10:00:00+00:00"
    assert len(hub.list_repo_commits(name(1))) == 112
    assert len(hub.list_repo_commits(name(0), revision=sha(3))) == 3


def test_refs_have_pull_requests_where_they_are_asked_for(hub: HfApi) -> None:
    refs = hub.list_repo_refs(name(0), include_pull_requests=True)
    assert [(ref.name, ref.target_commit) for ref in refs.branches] == [("main", sha(6))]
    assert [ref.name for ref in refs.tags] == ["v1"]
    assert [ref.ref for ref in refs.pull_requests or ()] == ["refs/pr/2"]
    assert hub.list_repo_refs(name(0)).pull_requests is None


def test_a_tree_names_the_last_commit_of_each_file(hub: HfApi) -> None:
    found: dict[str, Any] = {
        each.path: each for each in hub.list_repo_tree(name(0), revision=sha(4), expand=True)
    }
    assert {path: each.last_commit.oid for path, each in found.items()} == {
        "README.md": sha(3), "config.json": sha(4), "weights.bin": sha(1),
    }  # fmt: skip


def test_discussions_are_listed_page_after_page(hub: HfApi) -> None:
    listed = list(hub.get_repo_discussions(name(1)))
    assert [each.num for each in listed] == list(range(120, 0, -1))
    assert [each.is_pull_request for each in hub.get_repo_discussions(name(0))] == [True, False]


def test_a_list_that_did_not_change_is_a_304_that_counts() -> None:
    """As for the hub: it costs a request of the window, and has the limits in its headers."""
    limits = ReplayOptions(limit_api=3, window_seconds=300)
    with serving(catalog(), limits) as limited:
        place = f"{limited.endpoint}/api/models/{name(0)}/discussions?p=0"
        first = get_session().get(place)
        known = {"If-None-Match": entity_tag(first.headers) or ""}
        same = get_session().get(place, headers=known)
        assert (first.status_code, same.status_code, same.content) == (200, 304, b"")
        assert same.headers["etag"] == first.headers["etag"]
        assert [each.headers["ratelimit"].split(";")[1] for each in (first, same)] == ["r=2", "r=1"]
        limited.catalog.histories[name(0)].discussions[0]["title"] = "Another title"
        changed = get_session().get(place, headers=known)
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]
        assert get_session().get(place, headers=known).status_code == 429


def test_a_discussion_has_its_events(hub: HfApi) -> None:
    found: DiscussionWithDetails = hub.get_discussion_details(name(0), 2)
    assert (found.status, found.is_pull_request) == ("merged", True)
    assert found.merge_commit_oid == sha(5)
    assert found.target_branch == "refs/heads/main"
    kinds = [type(each) for each in found.events[:4]]
    assert kinds == [
        DiscussionComment, DiscussionCommit, DiscussionTitleChange, DiscussionStatusChange,
    ]  # fmt: skip
    [question, answer] = hub.get_discussion_details(name(0), 1).events
    assert (question.author, answer.author) == ("ada", "deleted")


def test_what_is_not_there_is_said_as_the_hub_does(hub: HfApi, server: ReplayServer) -> None:
    with pytest.raises(RevisionNotFoundError):
        hub.list_repo_commits(name(0), revision="no-such-branch")
    with pytest.raises(HfHubHTTPError, match="404"):
        hub.get_discussion_details(name(0), 99)
    place = f"{server.endpoint}/api/models/{name(2)}"
    gated = httpx2.get(f"{place}/commits/main")
    assert (gated.status_code, gated.headers["x-error-code"]) == (401, "GatedRepo")
    assert httpx2.get(f"{place}/tree/main").status_code == 200
    assert httpx2.get(f"{place}/discussions").json()["count"] == 0
