"""Answers of GitHub that are none: pages of HTML with status 200, bodies that end too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from miner.errors import RetryLater
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import serving
from miner.settings import Settings
from tests.crawling import ask, one, settings_for
from tests.forges import build, crawl_forge, listed, name
from tests.fronts import PAGE, Answer, Front, before

COUNT = 5
NAMES = tuple(name(number) for number in range(COUNT))


@pytest.fixture
def front() -> Iterator[Front]:
    with serving(build(COUNT)) as server, before(server.endpoint) as found:
        server.hub.forge_app.options = ReplayOptions(source_host=found.address)
        yield found


def settings_at(folder: Path, front: Front, **changes: Any) -> Settings:
    chosen = {"github_api_url": f"{front.address}/github", "github_tokens": ("one",)} | changes
    return settings_for(folder, front.address, **chosen)


def states(settings: Settings) -> dict[str, int]:
    return dict(ask(settings, "SELECT state, count(*) FROM scan GROUP BY state"))


def gzip_page(answer: Answer) -> Answer:
    """A page that a proxy packed: it begins as an archive does."""
    import gzip  # noqa: PLC0415

    return 200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(PAGE[2])


DAMAGES: dict[str, Callable[[Answer], Answer]] = {
    "page": lambda _: PAGE,
    "page without a type": lambda _: (200, {}, PAGE[2]),
    "packed page": gzip_page,
    "nothing": lambda _: (200, {}, b""),
    "JSON": lambda _: (200, {"Content-Type": "application/json"}, b'{"message": "later"}'),
    "cut, with its length": lambda a: (200, {"Content-Length": str(len(a[2]))}, a[2][:-90]),
    "cut, without a length": lambda a: (200, {"Connection": "close"}, a[2][:-90]),
    "without its trailer": lambda a: (200, {"Connection": "close"}, a[2][:-8]),
    "flipped": lambda a: (200, a[1], a[2][:40] + bytes([a[2][40] ^ 255]) + a[2][41:]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_source_that_comes_damaged_once_is_asked_for_again(
    tmp_path: Path, front: Front, damage: str
) -> None:
    front.meddle = lambda path, count, answer: (
        DAMAGES[damage](answer) if path.startswith("/codeload") and count == 0 else answer
    )
    settings = settings_at(tmp_path, front)
    crawl_forge(settings, listed(tmp_path / "in", *NAMES))
    assert states(settings) == {"scanned": COUNT}
    assert one(settings, "SELECT count(*) FROM model_use") == COUNT
    assert all(count == 2 for path, count in front.asked.items() if "/codeload" in path)


def test_a_source_that_is_a_page_each_time_is_asked_for_by_the_next_crawl(
    tmp_path: Path, front: Front
) -> None:
    front.meddle = lambda path, _, answer: (
        PAGE if path.startswith("/codeload") and NAMES[1] in path else answer
    )
    settings = settings_at(tmp_path, front)
    choice = listed(tmp_path / "in", *NAMES)
    crawl_forge(settings, choice)
    assert states(settings) == {"scanned": COUNT - 1, "failed": 1}
    [(reason,)] = ask(settings, "SELECT reason FROM scan WHERE state = 'failed'")
    assert "HTML" in reason
    front.meddle = lambda _path, _count, answer: answer
    assert crawl_forge(settings, choice)["scans scanned"] == 1
    assert states(settings) == {"scanned": COUNT}


def test_a_source_that_is_cut_elsewhere_each_time_is_not_its_own_damage(
    tmp_path: Path, front: Front
) -> None:
    front.meddle = lambda path, count, answer: (
        (200, {"Connection": "close"}, answer[2][: -50 - count])
        if path.startswith("/codeload") and NAMES[1] in path else answer
    )  # fmt: skip
    settings = settings_at(tmp_path, front)
    crawl_forge(settings, listed(tmp_path / "in", *NAMES))
    assert states(settings) == {"scanned": COUNT - 1, "failed": 1}


@pytest.mark.parametrize(
    "status",
    [
        200,
        403,
        pytest.param(401, marks=pytest.mark.soak),
        pytest.param(404, marks=pytest.mark.soak),
        pytest.param(451, marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("at", ["/github/graphql", "/github/repos/"])
def test_a_page_of_the_api_is_no_answer(tmp_path: Path, front: Front, status: int, at: str) -> None:
    """Each address answers with a page once: nothing is gone, blocked, or a bad token."""
    page = (status, PAGE[1], PAGE[2])
    front.meddle = lambda path, count, answer: (
        page if path.startswith(at) and count == 0 else answer
    )
    settings = settings_at(tmp_path, front)
    crawl_forge(settings, listed(tmp_path / "in", *NAMES))
    assert states(settings) == {"scanned": COUNT}
    assert one(settings, "SELECT count(*) FROM repository WHERE state = 'present'") == COUNT


def test_a_github_that_is_a_page_ends_the_crawl_with_a_word(tmp_path: Path, front: Front) -> None:
    front.meddle = lambda _path, _count, _answer: PAGE
    settings = settings_at(tmp_path, front, http_attempts=2)
    with pytest.raises(RetryLater, match=r"no JSON of GitHub's \(text/html\)"):
        crawl_forge(settings, listed(tmp_path / "in", *NAMES))
    assert one(settings, "SELECT count(*) FROM repository WHERE state = 'named'") == COUNT
