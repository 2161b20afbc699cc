"""The figures of PeaTMOSS, of a file with the proportions of its paper; and the notebook."""

from __future__ import annotations

import ast
import json
import statistics
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from miner.cli.refresh import refresh
from miner.db.analytics import open_for_questions
from miner.pipelines.imports.peatmoss import import_peatmoss
from miner.progress import Silent
from miner.queries import loader, run
from tests.checking import Entry, Shelf, export_shelf
from tests.crawling import settings_for
from tests.peatmoss_study import DOMAINS, MEDIANS, MODELS, POPULAR, REPOSITORIES, Study, write_study

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "peatmoss.ipynb"
QUERIES = loader.load()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def imported(study: Study) -> Path:
    settings = settings_for(study.database.parent / "data", "http://127.0.0.1:9")
    report = import_peatmoss(
        settings, study.database, fields=study.fields, progress=Silent(), stop=threading.Event()
    )
    assert report.of("extracted fields").stored == POPULAR
    refresh(settings, threading.Event())
    return settings.duckdb_path


@pytest.fixture
def connection(imported: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_for_questions(imported) as opened:
        yield opened


def _ask(connection: duckdb.DuckDBPyConnection, name: str, **options: str) -> list[dict[str, Any]]:
    result = run.run_query(QUERIES[name], options, connection)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows()]


def test_figure_7_is_that_of_the_study(study: Study, connection: duckdb.DuckDBPyConnection) -> None:
    rows = _ask(connection, "peatmoss/documentation_gaps", by_extractor="peatmoss")
    stated = {row["peatmoss_field"]: row["stated"] for row in rows}
    names = {"limitation_and_biases": "limitation_and_bias", "tasks": "model_task"}
    either = stated.pop("frameworks")  # one field of miner for frameworks and libraries
    assert study.stated["libraries"] <= either <= POPULAR
    assert {names.get(name, name): count for name, count in stated.items()} == {
        name: count
        for name, count in study.stated.items()
        if name not in {"frameworks", "libraries"}
    }
    assert {row["models_with_card"] for row in rows} == {POPULAR}


def test_figures_8_and_9_are_those_of_the_study(
    study: Study, connection: duckdb.DuckDBPyConnection
) -> None:
    rows = _ask(connection, "peatmoss/domains")
    hub = {row["domain"]: row for row in rows if row["hub"] == "huggingface"}
    assert {domain: row["models"] for domain, row in hub.items()} == study.models
    assert {domain: row["repositories"] for domain, row in hub.items()} == study.repositories
    assert list(hub) == list(DOMAINS)
    assert (hub["NLP"]["model_share"], hub["NLP"]["repository_share"]) == pytest.approx(
        (0.603, 0.754), abs=0.002
    )
    assert {row["hub_models"] for row in hub.values()} == {MODELS}
    assert {row["hub_repositories"] for row in hub.values()} == {REPOSITORIES}
    torch = {row["domain"]: row for row in rows if row["hub"] == "pytorch-hub"}
    assert (torch["computer vision"]["models"], torch["computer vision"]["repositories"]) == (
        20,
        58,
    )


def test_figure_10_counts_each_model_once(
    study: Study, connection: duckdb.DuckDBPyConnection
) -> None:
    counted = dict.fromkeys(DOMAINS, 0)
    months = []
    for row in _ask(connection, "peatmoss/growth"):
        counted[row["domain"]] += row["models"]
        months.append(row["month"].isoformat())
    assert counted == study.models
    assert (min(months), max(months)) == ("2019-01-01", "2023-05-01")


def test_figure_11_has_the_sizes_that_cards_give(connection: duckdb.DuckDBPyConnection) -> None:
    rows = _ask(connection, "peatmoss/model_sizes", by_extractor="peatmoss")
    found = {row["half_year"].isoformat(): row for row in rows if row["domain"] == "NLP"}
    assert len(found) == len(MEDIANS["NLP"])
    last = found["2023-01-01"]
    assert last["with_parameter_count"] >= 10
    assert last["median"] == 2_700_000_000
    before = [row["median"] for day, row in found.items() if day < "2022-01-01" and row["median"]]
    assert statistics.median(before) < 500_000_000
    assert not any(row["with_parameter_count"] for row in _ask(connection, "peatmoss/model_sizes"))


def _outputs() -> list[Any]:
    """Run the notebook's cells in order; return what each shows."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        assert not cell["outputs"]  # it is kept without: they would be of somebody's data
        body = ast.parse("".join(cell["source"]))
        last = body.body.pop() if isinstance(body.body[-1], ast.Expr) else None
        exec(compile(body, f"cell {number}", "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names))
    return shown


def test_the_notebook_walks_through_the_questions(
    imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(
        {"a/one": Entry("mit"), "a/two": Entry("apache-2.0", bases=(("a/one", "finetune"),))}
    )
    monkeypatch.setenv("PEATMOSS_DUCKDB", str(imported))
    monkeypatch.setenv("MINER_DUCKDB", str(export_shelf(shelf, tmp_path)))
    shown = _outputs()
    tables = [output for output in shown if isinstance(output, pl.DataFrame)]
    pages = [output._repr_html_() for output in shown if hasattr(output, "html")]
    assert (len(tables), len(pages)) == (4, 7)
    assert all(page.index("<h3>then</h3>") < page.index("<h3>now</h3>") for page in pages)
    assert [page.split("<h3>now</h3>")[0].count("<svg") for page in pages] == [1, 1, 1, 1, 1, 0, 1]
    words = ("4.8 % of 500", "60 % of 1,500", "LLaMA", "100 M", "not fetched")
    assert [word for word, page in zip(words, pages, strict=False) if word not in page] == []
    assert tables[0].filter(pl.col("when") == "then")["models"].sum() == MODELS + 36
    assert "has nothing to draw" in pages[0]  # no card of the other file was read: it says so
