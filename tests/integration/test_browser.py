"""Pages in a real Chromium: no complaint, no other host, nothing cut, no serious finding of axe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from miner.queries.dataset import open_dataset
from miner.queries.loader import load, shipped_queries
from miner.report.build import write_report
from tests.browsing import SCHEMES, WIDTHS, browsing, window
from tests.demo_data import MODEL, REPOSITORY, crawl_demo
from tests.integration.test_pages import serving_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

KINDS = (
    "/", "/search?q=harbor", "/queries", f"/model/huggingface/{MODEL}",
    f"/repository/{REPOSITORY}", "/license/apache-2.0", "/family/mixtral", "/paper/2401.15713",
    "/dataset/huggingface/HuggingFaceFW/fineweb", "/queries/models/by_license",
    "/sql?" + urlencode({"sql": "SELECT name, downloads FROM model"}), "/schema", "/schema/model",
)  # fmt: skip
BOTH = list(zip(WIDTHS, SCHEMES, strict=True))
ALL = [(width, scheme) for width in WIDTHS for scheme in SCHEMES]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crawl_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def site(file: Path) -> Iterator[str]:
    with serving_pages(file, seconds=60) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as running:
        yield running


def _host(site: str) -> str:
    return site.removeprefix("http://")


def test_every_kind_of_page(site: str, browser: Browser) -> None:
    wrong = []
    for width, scheme in BOTH:
        with window(browser, width, scheme, _host(site)) as visit:
            for address in KINDS:
                wrong += [*visit.open(site + address), *visit.inaccessible()]
    assert not wrong, "\n".join(wrong)


def test_from_a_place_of_use_to_license_base_and_quote(site: str, browser: Browser) -> None:
    with window(browser, 1280, "light", _host(site)) as visit:
        page = visit.page
        assert visit.open(f"{site}/repository/{REPOSITORY}") == []
        page.locator('a[href^="/model/huggingface/"][href$="Harbor-1B-Instruct"]').first.click()
        assert page.locator("h1").inner_text().endswith("Harbor-1B-Instruct")
        chain = page.locator("details.part", has=page.get_by_text("Licenses along the chain"))
        assert chain.locator(".verdict").first.is_visible()
        page.locator(f'.tree a[href="/model/huggingface/{MODEL}"]').first.click()
        assert page.locator("h1").inner_text() == MODEL
        quote = page.locator("details.evidence", has=page.locator("q")).first
        assert not quote.locator("q").is_visible()
        quote.locator("summary").click()
        assert quote.locator("q").inner_text().strip()
        page.locator('a[href^="/license/"]').first.click()
        assert page.locator("p.kind").inner_text() == "License"
        assert visit.complaints == []


def test_a_report_from_a_disk(file: Path, browser: Browser, tmp_path: Path) -> None:
    with open_dataset(file, memory_mb=500) as data:
        write_report(data, tmp_path / "report", ["documentation"])
    assert not _wrong_of_report(tmp_path / "report", browser, BOTH)


@pytest.mark.soak
def test_the_whole_report_from_a_disk(file: Path, browser: Browser, tmp_path: Path) -> None:
    with open_dataset(file, memory_mb=500) as data:
        write_report(data, tmp_path / "report")
    assert not _wrong_of_report(tmp_path / "report", browser, ALL)


def _wrong_of_report(folder: Path, browser: Browser, looks: list[tuple[int, str]]) -> list[str]:
    wrong = []
    for width, scheme in looks:
        with window(browser, width, scheme) as visit:
            for page in sorted(folder.glob("*.html")):
                wrong += [*visit.open(page.as_uri()), *visit.inaccessible()]
    with window(browser, 1280, "light") as visit:
        for picture in sorted((folder / "pictures").glob("*.svg")):
            wrong += visit.open_picture(picture.as_uri())
    return wrong


@pytest.mark.soak
@pytest.mark.parametrize(("width", "scheme"), ALL)
def test_every_query(site: str, browser: Browser, width: int, scheme: str) -> None:
    wrong = []
    with window(browser, width, scheme, _host(site)) as visit:
        for name in shipped_queries(load()):
            wrong += [*visit.open(f"{site}/queries/{name}"), *visit.inaccessible()]
    assert not wrong, "\n".join(wrong)
