"""``miner.open``: what a person types in Python or a notebook, over the data of the demo."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars
import pytest

import miner
from miner.cli import main
from miner.errors import ConfigurationError, InvalidData, MinerError
from miner.queries.dataset import Dataset
from miner.queries.records.rows import plain
from tests.demo_data import MODEL, REPOSITORY, crawl_demo

ENDLESS = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crawl_demo(tmp_path_factory.mktemp("demo")).parent


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Path:
    """A snapshot of the same store, in the place of those that were pulled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINER_DATA_DIR", str(folder))
        with pytest.raises(SystemExit) as ended:
            main(["snapshot", "build"])
    assert not ended.value.code
    return next(path for path in (folder / "snapshots").iterdir() if path.is_dir())


@pytest.fixture
def data(folder: Path) -> Iterator[Dataset]:
    with miner.open(folder / "miner.duckdb") as opened:
        yield opened


def test_one_answer_in_all_its_forms(data: Dataset) -> None:
    answer = data.query("models/by_license", min_downloads=1000)
    rows = answer.fetchall()
    frame = answer.pl()
    assert rows
    assert frame.rows() == rows
    assert answer.arrow().num_rows == len(answer.df()) == len(rows)
    assert str(answer.df()["models"].dtype) == "Int64"
    assert answer.columns == tuple(frame.columns) == data.queries["models/by_license"].columns
    assert any(note.startswith("population: ") for note in answer.notes)
    assert str(answer).startswith("Models by license\n")
    assert '"mark"' in answer.plot().to_json()


def test_every_query_answers(data: Dataset) -> None:
    for name, query in data.queries.items():
        assert data.query(name).columns == query.columns


def test_the_command_line_gives_the_same(
    data: Dataset, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["query", "moe/adoption", "-p", "min_downloads=50", "--format", "csv",
              "--duckdb", str(folder / "miner.duckdb")])  # fmt: skip
    printed = polars.read_csv(capsys.readouterr().out.encode(), infer_schema=False)
    assert printed.height == data.query("moe/adoption", min_downloads=50).pl().height > 0


def test_a_model_with_its_lineage_licenses_and_uses(data: Dataset) -> None:
    model = data.model(MODEL)
    assert (model.hub, model.name, model.found_by) == ("huggingface", MODEL, "name")
    assert model.downloads == model.facts["downloads"]
    assert model.derivatives.total == sum(model.derivative_counts.values()) > 0
    assert {node.name for node in model.derivatives_tree} == {
        row["name"] for row in model.derivatives
    }
    quoted = [row for row in model.fields if row["quote"]]
    assert quoted
    assert all(row["evidence_url"] for row in quoted)
    below = data.model(model.derivatives[0]["name"])
    assert MODEL in {node.name for node in below.bases_tree}
    assert data.sql(model.fields.sql).pl().height == model.fields.total
    assert plain(model)["fields"]["total"] == model.fields.total


@pytest.mark.parametrize(
    "text",
    [MODEL.upper(), f"huggingface:{MODEL}", f"https://huggingface.co/{MODEL}/tree/main"],
)
def test_a_model_by_other_spellings(data: Dataset, text: str) -> None:
    assert data.model(text).name == MODEL


def test_what_the_file_has_no_rows_of_is_not_asked_for(data: Dataset) -> None:
    names = data.sql("SELECT hub, name FROM model ORDER BY downloads DESC LIMIT 40").fetchall()
    with data.fork() as prepared:
        prepared.prepare()
        for hub, name in names:
            assert plain(prepared.model(name, hub=hub)) == plain(data.model(name, hub=hub))
            for text in (name, name[:3], name.partition("/")[2][:5], name[2:6]):
                assert prepared.search(text) == data.search(text)


def test_a_former_name_leads_to_the_model(data: Dataset) -> None:
    alias, name = data.sql("SELECT alias, model FROM model_alias ORDER BY ALL").fetchall()[0]
    assert data.model(alias).name == name
    assert data.model(alias).found_by == "alias"


def test_a_repository_with_the_lines_that_load_models(data: Dataset) -> None:
    repository = data.repository(f"https://github.com/{REPOSITORY}")
    site = next(row for row in repository.use_sites if row["role"] == "use")
    assert f"/blob/{site['commit']}/{site['path']}#L{site['line']}" in site["evidence_url"]
    assert {row["model"] for row in repository.uses} >= {site["model"]}


def test_datasets_papers_licenses_families(data: Dataset) -> None:
    for kind, table, column in (
        ("dataset", "dataset", "name"), ("paper", "paper", "arxiv_id"),
        ("license", "license", "license"), ("family", "moe_family", "name"),
    ):  # fmt: skip
        for (name,) in data.sql(f"SELECT {column} FROM {table} ORDER BY 1 LIMIT 3").fetchall():
            found = data.record(kind, name)
            assert found.name == name
            for part in found.parts.values():
                assert len(data.sql(part.sql).fetchall()) == part.total


def test_search_by_prefix_and_words(data: Dataset) -> None:
    found = data.search("harbor base", "model")
    assert MODEL in {row["name"] for row in found}
    assert data.search(MODEL)[0]["name"] == MODEL
    assert data.search("  ") == []
    assert data.search("%_'\x00<script>" * 1000) == []


def test_a_cycle_of_bases_ends(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copy(folder / "miner.duckdb", tmp_path / "cycle.duckdb")
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "INSERT INTO model_edge BY NAME SELECT 'huggingface' AS hub, * FROM (VALUES "
            "('loop/a', 'loop/b'), ('loop/b', 'loop/a'), ('loop/a', 'loop/a')) AS t(child, parent)"
        )
        connection.execute(
            "INSERT INTO model_edge BY NAME SELECT 'huggingface' AS hub, 'many/' || i AS child, "
            "'loop/a' AS parent, 'finetune' AS relation FROM range(20000) AS t(i)"
        )
        connection.execute(
            "INSERT INTO model BY NAME SELECT 'huggingface' AS hub, 'loop/a' AS name, "
            "'present' AS state"
        )
    with miner.open(copy) as data:
        model = data.model("loop/a")
    assert {node.name for node in model.bases_tree} == {"loop/a", "loop/b"}
    assert model.derivatives.total == 20_002
    assert len(model.derivatives) == 200
    assert len(model.derivatives_tree) <= 25


def test_tables_are_described(data: Dataset) -> None:
    assert data.tables["model"].columns[0].description
    assert "model_overview" in data.tables


def test_a_snapshot_answers_by_its_name(
    data: Dataset, folder: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(folder))
    with miner.open(snapshot.name) as opened:
        for name in ("models/by_license", "moe/adoption", "licenses/by_relation"):
            assert opened.query(name).fetchall() == data.query(name).fetchall()
        assert opened.model(MODEL).derivatives.total == data.model(MODEL).derivatives.total
        assert opened.sql("FROM models_by_license()").fetchall()
        for statement in (
            "COPY model TO 'x.parquet'", "EXPLAIN ANALYZE COPY (SELECT 1) TO 'x.csv'",
            "CREATE TABLE x AS SELECT 1", f"FROM read_text('{folder}/miner.lock')",
        ):  # fmt: skip
            with pytest.raises(ConfigurationError, match="refused"):
                opened.sql(statement)


def test_a_limit_ends_one_answer_and_not_that_of_another_thread(folder: Path) -> None:
    with miner.open(folder / "miner.duckdb", max_seconds=1) as data:
        other, done = data.fork(), []

        def ask() -> None:
            done.append(other.sql("SELECT count(*) FROM range(300000000)").fetchall())

        thread = threading.Thread(target=ask)
        with pytest.raises(ConfigurationError, match="ended after 1 seconds"):
            data.sql(ENDLESS)
        thread.start()
        thread.join()
        assert done == [[(300_000_000,)]]
        assert data.sql("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda data: data.query("moe/adpotion"), "near: moe/adoption"),
        (lambda data: data.query("moe/adoption", min_downlods=1), "did you mean min_downloads"),
        (lambda data: data.query("moe/adoption", min_downloads="x"), "must be BIGINT"),
        (lambda data: data.sql("SELECT licence FROM model"), 'Did you mean "license"'),
        (lambda data: data.sql("FROM models"), 'Did you mean "model"'),
        (lambda data: data.model(MODEL[:-1]), MODEL),
        (lambda data: data.repository(REPOSITORY + "x"), REPOSITORY),
        (lambda data: data.record("license", "apache2"), "apache-2.0"),
        (lambda data: data.model("<script>" * 2000), "no model named"),
        (lambda data: data.model("x", hub="nohub"), "no model named"),
        (lambda data: data.sql("SELECT 1").plot(), "no picture"),
    ],
)
def test_mistakes_name_what_was_meant(data: Dataset, ask: object, words: str) -> None:
    assert callable(ask)
    with pytest.raises(MinerError) as raised:
        ask(data)
    assert words in raised.value.render()
    assert len(raised.value.message) < 1_000


def test_files_that_cannot_be_used(folder: Path, snapshot: Path, tmp_path: Path) -> None:
    whole = (folder / "miner.duckdb").read_bytes()
    torn = tmp_path / "torn.duckdb"
    torn.write_bytes(whole[: len(whole) // 2])
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(whole[:12] + (9999).to_bytes(8, "little") + whole[20:])
    foreign = tmp_path / "foreign.duckdb"
    duckdb.connect(str(foreign)).execute("CREATE TABLE t (a INTEGER)").close()
    damaged = shutil.copytree(snapshot, tmp_path / "damaged")
    (damaged / "model.parquet").write_bytes(b"PAR1")
    for path, words in (
        (tmp_path / "absent.duckdb", "there is no DuckDB file"),
        (torn, "cannot be opened"),
        (newer, "cannot be opened"),
        (foreign, "no table model"),
        (damaged, "cannot be read"),
        (tmp_path, "no snapshot"),
        ("data-2001.01.0", "miner snapshot pull data-2001.01.0"),
    ):
        with pytest.raises((ConfigurationError, InvalidData)) as raised:
            miner.open(path)
        assert words in raised.value.render()


def test_importing_is_quick() -> None:
    script = "import sys, miner; print(len({'duckdb', 'polars', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0"
