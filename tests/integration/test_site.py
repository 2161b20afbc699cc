"""The documentation site and its notebooks, over the data of the demo."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from docs.site import pages
from miner.queries.loader import load, shipped_queries
from tests.browsing import browsing, find_chromium, window
from tests.demo_data import crawl_demo

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "docs" / "notebooks"
LOADED = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//")
DRIFT = """
    WITH link AS (
        SELECT f.*, coalesce(a.is_moe, b.is_moe) AS is_moe,
            f.upstream_license IS NOT NULL AND f.downstream_license IS NOT NULL
            AND f.upstream_license <> 'unknown' AND f.upstream_license <> 'other'
            AND f.downstream_license <> 'other' AS is_known
        FROM license_finding f
        LEFT JOIN model_architecture a ON a.hub = downstream_hub AND a.model = downstream
        LEFT JOIN model_architecture b ON b.hub = upstream_hub AND b.model = upstream
        WHERE upstream_kind = 'model' AND downstream_kind = 'model'
            AND distance = 1 AND relation <> 'self'
    )
    SELECT count(*), count(*) FILTER (is_known),
        count(*) FILTER (is_known AND upstream_license <> downstream_license)
    FROM link WHERE is_moe"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crawl_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def site(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"MINER_DOCS_DUCKDB": str(file), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, re.findall("WARNING.*|ERROR.*", done.stderr)) == (0, []), done.stderr
    return folder


def cells(name: str, file: Path) -> Iterator[tuple[Any, str]]:
    """Yield what each cell of code shows and prints."""
    for kind, _, shown, printed in pages.run_notebook(NOTEBOOKS / f"{name}.ipynb", file):
        if kind == "code":
            yield shown, printed


def test_the_first_hour_runs_and_says_what_is_in_the_file(file: Path) -> None:
    found = list(cells("first_hour", file))
    frames = [shown for shown, _ in found if hasattr(shown, "rows")]
    assert len(frames) >= 9
    assert all(frame.height for frame in frames)
    (shares,) = (frame for frame in frames if "share_of_known" in frame.columns)
    with duckdb.connect(str(file), read_only=True) as connection:
        known = connection.execute(
            "SELECT avg(is_moe::INT) FROM model_overview WHERE state = 'present'"
        ).fetchone()
    assert known is not None
    assert shares["share_of_known"][0] == pytest.approx(known[0], abs=0.001)
    assert shares["share_of_known"][0] > shares["share_of_all"][0]
    assert sum(hasattr(shown, "to_dict") and hasattr(shown, "save") for shown, _ in found) == 1


def test_the_conclusions_of_the_study_are_those_of_the_file(file: Path) -> None:
    *_, (_, printed) = cells("license_drift", file)
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute(DRIFT).fetchone()
    assert row is not None
    links, known, changed = row
    assert changed
    assert printed.splitlines()[:2] == [
        f"Of {links} direct links to derivatives with experts, {links - known} lack a license "
        "on one side: nothing can be said of these.",
        f"Of the {known} where both licenses are known, {changed} changed it.",
    ]
    assert sum(int(n) for n in re.findall(r"^(\d+) of these", printed, re.M)) == changed


@pytest.mark.parametrize("notebook", [path.stem for path in NOTEBOOKS.glob("*.ipynb")])
def test_a_notebook_is_kept_without_outputs(notebook: str) -> None:
    text = (NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8")
    assert re.findall(r'"outputs": \[[^\]]', text) == []


def test_links_lead_to_pages_of_the_site_or_are_left_out() -> None:
    text = (
        "[a](docs/check.md#x) [b](schema/vocab.py) [c](GLOSSARY.md) [d](https://e.example/f)\n"
        "[g](#here) [h](docs/notebooks/first_hour.ipynb)\n```sh\n[i](docs/check.md)\n```\n"
    )
    assert pages.within_site(text, "README.md", "readme.md") == (
        "[a](check.md#x) b [c](glossary.md) [d](https://e.example/f)\n"
        "[g](#here) [h](notebooks/first_hour.md)\n```sh\n[i](docs/check.md)\n```\n"
    )
    queries = pages.within_site("[q](../../queries/moe/)", "docs/site/index.md", "index.md")
    assert queries == "[q](queries/moe.md)"
    below = pages.within_site("[k](../../GLOSSARY.md)", "docs/decisions/a.md", "decisions/a.md")
    assert below == "[k](../glossary.md)"


def test_what_strangers_wrote_is_text_on_a_page() -> None:
    shown = pages.table(("<b>",), [("<script>alert(1)</script>\n\n# x",), (None,), (0.123456,)])
    assert "&lt;b&gt;" in shown
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt; # x</td>" in shown
    assert "<td></td>" in shown
    assert "<td>0.1235</td>" in shown


def test_every_query_stands_on_its_page_with_an_answer(site: Path) -> None:
    answered = 0
    for name, query in shipped_queries(load()).items():
        topic, _, anchor = name.partition("/")
        text = (site / "queries" / f"{topic}.html").read_text(encoding="utf-8")
        part = text.partition(f'<h2 id="{anchor}">')[2].partition("<h2 id=")[0]
        assert html.escape(query.title, quote=False) in part, name
        assert f"miner query {name}" in re.sub(r"<[^>]+>", "", part), name
        columns = "".join(f"<th>{column}</th>" for column in query.columns)
        answered += columns in part
        assert columns in part or "The sample has no such row." in part, name
    assert answered > 90


def test_pages_of_the_site_load_nothing_from_elsewhere(site: Path) -> None:
    found = list(site.rglob("*.html"))
    assert len(found) > 60
    assert [
        f"{page.relative_to(site)}: {hit[0]}"
        for page in found
        for hit in LOADED.finditer(page.read_text(encoding="utf-8"))
    ] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"@import[^;]*|url\([\"']?(?:https?:)?//[^)]*", styles) == []


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here")
def test_pages_of_the_site_open_without_complaint_or_network(site: Path) -> None:
    with browsing() as browser:
        for name in ("index", "queries/moe", "notebooks/license_drift"):
            with window(browser, 390, "light") as visit:
                visit.page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
                assert visit.complaints == []
                assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
