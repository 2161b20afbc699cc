"""``miner report``: pages that need nothing else, with every picture and its numbers."""

from __future__ import annotations

import csv
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import duckdb
import pytest

from miner.cli import main
from miner.cli.report import CHAPTER_NAMES
from miner.queries.loader import load, shipped_queries
from miner.report.build import write_figures
from miner.report.chapters import CHAPTERS, contents
from tests.demo_data import crawl_demo

CHAPTER = "supply-chain"


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["report", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crawl_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def report(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "report"
    assert _run(str(file), "--out", str(folder), "--chapter", CHAPTER) == 0
    return folder


def test_every_picture_stands_in_one_chapter() -> None:
    queries = shipped_queries(load())
    placed = [
        asked.query.full_name
        for found in contents(queries.values()).values()
        for asked in found
        if not asked.parameters
    ]
    assert len(placed) == len(set(placed))
    drawn = {name for name, query in queries.items() if query.picture}
    of_one_model = {
        name for name in drawn if any(p.name == "of_model" for p in queries[name].params)
    }
    assert drawn - set(placed) == of_one_model
    assert tuple(chapter.name for chapter in CHAPTERS) == CHAPTER_NAMES


def test_pages_ask_no_host(report: Path) -> None:
    pages = list(report.glob("*.html"))
    assert {page.stem for page in pages} == {"index", CHAPTER}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert "<script" not in text
        for place in re.findall(r' (?:src|srcset)="([^"]+)"', text):
            assert (report / place).is_file()
        for place in re.findall(r'<a [^>]*href="([^"#]+)', text):
            assert place.startswith("https://") or (report / place).is_file(), place


def test_a_picture_scales_and_is_drawn_for_phones_too(report: Path) -> None:
    wide = sorted((report / "pictures").glob("*[!w].svg"))
    assert wide
    for picture in wide:
        narrow = picture.with_name(f"{picture.stem}-narrow.svg")
        widths = []
        for file in (picture, narrow):
            root = ET.fromstring(file.read_text(encoding="utf-8"))
            assert "width" not in root.attrib
            assert file.stat().st_size < 400_000
            widths.append(float(root.attrib["viewBox"].split()[2]))
        assert widths[1] < 480, picture.name


def test_a_figure_has_question_population_caveats_and_numbers(report: Path, file: Path) -> None:
    query = load()["lineage/by_relation"]
    text = (report / f"{CHAPTER}.html").read_text(encoding="utf-8")
    (figure,) = re.findall(r'<section class="figure" id="lineage_by_relation">.*?</section>',
                           text, re.DOTALL)  # fmt: skip
    assert query.purpose in figure
    assert "Population: " in figure
    assert "<summary>What to mind" in figure
    with (report / "data" / "lineage_by_relation.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with duckdb.connect(str(file), read_only=True) as connection:
        expected = connection.execute("FROM lineage_by_relation()").fetchall()
    assert len(rows) == len(expected) == figure.count("<tr>") - 1


def test_what_was_not_crawled_is_named_with_its_command(report: Path) -> None:
    text = (report / "index.html").read_text(encoding="utf-8")
    (line,) = re.findall(r"<code>history/discussion_answers</code>: ([^<]+)", text)
    assert line.startswith("no discussion of a model was crawled")
    assert "miner crawl --" in line


def test_a_folder_of_something_else_is_left(file: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    assert _run(str(file), "--out", str(tmp_path), "--chapter", CHAPTER) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_figures_of_one_chapter(file: Path, tmp_path: Path) -> None:
    assert _run(str(file), "--figures", str(tmp_path), "--chapter", "documentation") == 0
    asked = contents(shipped_queries(load()).values())["documentation"]
    drawn = {path.stem for path in tmp_path.glob("*.png")}
    assert drawn
    assert drawn <= {one.query.macro_name for one in asked}


@pytest.mark.soak
def test_figures_for_a_paper(file: Path, tmp_path: Path) -> None:
    from miner.queries.dataset import open_dataset  # noqa: PLC0415 - of this test alone

    with open_dataset(file) as data:
        count = write_figures(data, tmp_path)
    pngs = sorted(tmp_path.glob("*.png"))
    assert len(pngs) == len(list(tmp_path.glob("*.svg"))) == count > 40
    for png in pngs:
        width, height = struct.unpack(">II", png.read_bytes()[16:24])
        assert min(width, height) > 100


@pytest.mark.soak
def test_the_whole_report(file: Path, tmp_path: Path) -> None:
    assert _run(str(file), "--out", str(tmp_path / "report")) == 0
    pages = list((tmp_path / "report").glob("*.html"))
    assert len(pages) == 1 + len(CHAPTERS)
