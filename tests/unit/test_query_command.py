"""``miner query`` and ``miner export``, as typed."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import duckdb
import polars
import pytest

from miner.cli import main
from miner.db import analytics
from miner.db.export import select_of
from miner.db.session import open_store
from miner.queries import output, run
from miner.schema.published import PUBLISHED
from miner.settings import load_settings


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MINER_DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def file(data_dir: Path) -> Path:
    path = data_dir / "miner.duckdb"
    with analytics.open_work(path) as connection:
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table))
        connection.execute(f"CREATE VIEW collection AS {select_of('collection')}")
        connection.execute(
            "INSERT INTO model BY NAME SELECT 'h' AS hub, 'a/' || i AS name, 'present' AS state, "
            "TIMESTAMP '2024-01-02 03:04:05' AS created_at, ['X', 'Ü'] AS architectures, "
            "i AS downloads, CASE WHEN i > 1 THEN '[mit]' END AS license FROM range(3) AS t(i)"
        )
        connection.execute(
            "INSERT INTO sweep BY NAME SELECT 's' AS name, 'h' AS hub, 'model' AS subject, "
            "TIMESTAMP '2024-05-06 00:00:00' AS ended_at, true AS is_complete"
        )
    return path


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def _fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = _run(*arguments)
    captured = capsys.readouterr()
    assert code == 10, captured.err
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_a_table_is_followed_by_caveats_and_population(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("query", "models/by_license", "-p", "min_downloads=1") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Models by license\n")
    assert "[mit]" in captured.out
    assert "caveat: As declared by the owner" in captured.out
    assert (
        "population: 3 rows of model, known 1, unknown 2 (known: license IS NOT NULL); "
        "last complete sweep 2024-05-06 UTC" in captured.out
    )
    assert captured.err == ""


@pytest.mark.parametrize("format_name", ["csv", "json", "jsonl"])
def test_data_alone_goes_to_stdout(
    file: Path, capsys: pytest.CaptureFixture[str], format_name: str
) -> None:
    assert _run("query", "models/by_month", "--format", format_name) == 0
    captured = capsys.readouterr()
    if format_name == "csv":
        row = next(csv.DictReader(io.StringIO(captured.out)))
    else:
        first = json.loads(captured.out if format_name == "json" else captured.out.splitlines()[0])
        row = first[0] if format_name == "json" else first
    assert (row["month"], int(row["models"])) == ("2024-01-01", 3)
    assert captured.err.startswith("Models by month\ncaveat: ")
    assert "population: 3 rows of model" in captured.err


def test_lists_times_and_nulls_are_written_as_such(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT architectures, created_at, license, true AS yes FROM model WHERE downloads = 0"
    assert _run("query", "--sql", sql, "--format", "csv") == 0
    assert capsys.readouterr().out.splitlines()[1] == '"[""X"", ""Ü""]",2024-01-02T03:04:05,,true'
    assert _run("query", "--sql", sql, "--format", "jsonl") == 0
    assert json.loads(capsys.readouterr().out) == {
        "architectures": ["X", "Ü"],
        "created_at": "2024-01-02T03:04:05",
        "license": None,
        "yes": True,
    }


def test_parquet_goes_to_a_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = file.parent / "out.parquet"
    arguments = ["query", "most_downloaded", "-p", "top=2", "--format", "parquet"]
    assert _run(*arguments) == 2
    assert "--format parquet needs --output FILE" in capsys.readouterr().err
    assert _run(*arguments, "--output", str(target)) == 0
    assert capsys.readouterr().out == ""
    assert polars.read_parquet(target)["model"].to_list() == ["a/2", "a/1"]


def test_a_picture_goes_to_a_file_or_a_pipe(
    file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = file.parent / "out.png"
    assert _run("query", "models/by_month", "--format", "png", "--output", str(target)) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == b""
    assert captured.err.startswith(b"Models by month\ncaveat: ")
    assert target.read_bytes().startswith(b"\x89PNG")
    assert _run("query", "models/by_month", "--format", "svg") == 0
    assert capfdbinary.readouterr().out.startswith(b"<svg ")


def test_a_picture_never_goes_to_a_terminal(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert _run("query", "models/by_month", "--format", "png") == 2
    assert "--format png needs --output FILE, or a pipe" in capsys.readouterr().err


def test_an_answer_without_a_picture_says_what_to_type(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = _fails(capsys, "query", "cards/stated", "--format", "png")
    assert "query cards/stated has no picture" in message
    assert "miner query cards/stated --format csv" in message
    message = _fails(capsys, "query", "--sql", "SELECT 1", "--format", "svg")
    assert "--sql has no picture" in message and "--format csv" in message
    target = file.parent / "out.png"
    message = _fails(
        capsys, "query", "moe/adoption", "-p", "first_day=2030-01-01", "--format", "png",
        "--output", str(target),
    )  # fmt: skip
    assert "has nothing to draw" in message and "other parameters" in message
    assert not target.exists()
    with duckdb.connect(str(file)) as connection:
        connection.execute("DELETE FROM model")
    message = _fails(capsys, "query", "moe/adoption", "--format", "png", "--output", str(target))
    assert "no model was crawled, no repository was scanned" in message


@pytest.mark.parametrize(
    ("ending", "first"), [("csv", "n,x"), ("tsv", "n\tx"), ("md", "| n | x |"), ("txt", "")]
)
def test_a_file_is_written_as_its_name_ends(file: Path, ending: str, first: str) -> None:
    target = file.parent / f"out.{ending}"
    assert _run("query", "--sql", "SELECT 1 AS n, 'a\tb' AS x", "--output", str(target)) == 0
    lines = target.read_text(encoding="utf-8").splitlines()
    assert lines[0].strip() == first
    if ending == "tsv":
        assert lines[1] == "1\ta b"


def test_people_read_years_and_fractions_and_programs_what_is_stored(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT year(DATE '2024-05-06'), 118.80000000000018::DOUBLE AS days, 4e6 AS much"
    assert _run("query", "--sql", sql) == 0
    assert capsys.readouterr().out.split()[-3:] == ["2024", "118.8", "4,000,000"]
    assert _run("query", "--sql", sql, "--format", "csv") == 0
    assert "2024,118.80000000000018,4000000.0" in capsys.readouterr().out


def test_a_topic_lists_its_queries(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("query", "moe", "--format", "csv") == 0
    names = [line.partition(",")[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert "moe/adoption" in names
    assert all(name.startswith("moe/") for name in names)
    assert "moe" in _fails(capsys, "query", "moe", "--format", "png", "--output", "moe.png")
    assert _run("query", "moe", "-p", "top=3") == 2
    assert "-p sets parameters" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_a_picture_without_the_extra_says_how_to_get_it(
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    message = _fails(capsys, "query", "models/by_month", "--format", "png")
    assert "not installed" in message and "pip install 'miner[report]'" in message


def test_a_failed_query_leaves_no_output_file(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = file.parent / "out.json"
    _fails(
        capsys,
        "query",
        "--sql",
        "SELECT 1 AS a, 2 AS a",
        "--format",
        "json",
        "--output",
        str(target),
    )
    assert [path.name for path in file.parent.iterdir()] == ["miner.duckdb"]


def test_a_long_table_is_cut_and_says_so(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "TABLE_ROWS", 2)
    assert _run("query", "--sql", "SELECT name FROM model ORDER BY name") == 0
    captured = capsys.readouterr()
    assert "a/1" in captured.out and "a/2" not in captured.out
    assert "only the first 2 rows" in captured.err


def test_the_list_needs_no_file(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("query", "--list", "--format", "jsonl") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {
        "name": "quality/missing_licenses",
        "title": "Missing licenses by downloads",
        "picture": None,
        "params": "",
    } in rows
    pictures = {row["name"] for row in rows if row["picture"] in {"ranking", "series", "flow"}}
    assert {"models/by_month", "moe/adoption"} <= pictures
    assert not [row for row in rows if row["name"].startswith("checks/")]


def test_without_a_file_the_message_says_what_to_type(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = _fails(capsys, "query", "models/by_month")
    assert "there is no DuckDB file" in message and "miner export" in message


def test_a_wrong_name_or_parameter_is_explained(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "near: models/by_month" in _fails(capsys, "query", "models/by_moth")
    wrong_name = _fails(capsys, "query", "models/by_month", "-p", "downloads=3")
    assert "no parameter 'downloads'" in wrong_name
    assert "-p min_downloads=0 (BIGINT, models with fewer" in wrong_name
    wrong_value = _fails(capsys, "query", "models/by_month", "-p", "first_day=soon")
    assert "first_day must be DATE, not 'soon'" in wrong_value
    assert "it takes no parameters" in _fails(capsys, "query", "states", "-p", "x=1")
    assert _run("query", "models/by_month", "-p", "min_downloads") == 2


def test_a_file_of_an_older_miner_is_explained(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("DROP TABLE model_language")
    message = _fails(capsys, "query", "by_language")
    assert "lacks a table or column of this query" in message and "miner export" in message


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('/etc/passwd')",
        "FROM glob('/etc/*')",
        "ATTACH '/tmp/other.duckdb'",
        "COPY model TO '/tmp/stolen.csv'",
        "EXPORT DATABASE '/tmp/stolen'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET threads = 1",
        "CREATE TABLE mine (x INTEGER)",
        "DELETE FROM model",
    ],
)
def test_sql_reaches_nothing_but_the_file(
    file: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    before = file.read_bytes()
    message = _fails(capsys, "query", "--sql", sql)
    assert message.startswith("miner: the SQL was refused: ")
    assert "only read the tables of the DuckDB file" in message
    assert file.read_bytes() == before


def test_wrong_sql_is_one_line_and_no_traceback(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "the SQL failed: syntax error" in _fails(capsys, "query", "--sql", "SELEC 1")
    assert "the SQL failed: " in _fails(capsys, "query", "--sql", "SELECT license::INT FROM model")
    assert "exactly one statement" in _fails(capsys, "query", "--sql", "SELECT 1; SELECT 2")
    assert "exactly one statement" in _fails(capsys, "query", "--sql", "")


def test_a_file_that_is_no_duckdb_file_is_refused(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data_dir / "x.duckdb").write_text("not a database, and long enough to be read as one " * 99)
    message = _fails(capsys, "query", "states", "--duckdb", str(data_dir / "x.duckdb"))
    assert "cannot be opened as a DuckDB file" in message


def test_checks_pass_or_exit_with_their_own_code(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("query", "--check") == 0
    assert "checks/orphan_edges: ok" in capsys.readouterr().out
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE model SET state = 'vanished' WHERE name = 'a/1'")
    assert _run("query", "--check") == 14
    assert "checks/state_vocabulary found 1 rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["models/by_month", "--list"], ["--sql", "SELECT 1", "-p", "a=1"]]
)
def test_contradicting_options_are_usage_errors(data_dir: Path, arguments: list[str]) -> None:
    assert _run("query", *arguments) == 2


def test_export_writes_what_query_reads(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_store(load_settings()).dispose()
    assert _run("export") == 0
    captured = capsys.readouterr()
    assert captured.out == f"{data_dir / 'miner.duckdb'}\n"
    assert captured.err.startswith("exported 0 models, ")
    assert _run("export", "--parquet", str(data_dir / "tables")) == 0
    assert capsys.readouterr().out == f"{data_dir / 'tables'}\n"
    assert (data_dir / "tables" / "model.parquet").is_file()
    assert _run("query", "models_states") == 0
    assert "no complete sweep" in capsys.readouterr().out


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("columns", "is_grid"), [("60", False), ("200", True)])
def test_rows_that_no_terminal_holds_are_written_one_below_another(
    file: Path, monkeypatch: pytest.MonkeyPatch, columns: str, *, is_grid: bool
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    names = ", ".join(f"downloads AS some_long_name_{place}" for place in range(9))
    stream = Terminal()
    with analytics.open_for_questions(file) as connection:
        sql = f"SELECT name, license, {names} FROM model ORDER BY name"
        assert output.write_table(run.run_sql(sql, connection), stream) is True
    shown = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    lines = [line.split() for line in shown.splitlines()]
    assert (["some_long_name_8", "2"] in lines) is not is_grid
    assert ["license"] not in lines, "what a row does not say is left out"
    assert max(map(len, shown.splitlines())) <= int(columns)


@pytest.mark.parametrize(("months", "is_printed"), [((1, 1, 2), True), ((1, 2), False)])
def test_models_of_one_month_are_a_hazard_that_is_printed(
    file: Path, capsys: pytest.CaptureFixture[str], months: tuple[int, ...], *, is_printed: bool
) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("DELETE FROM model")
        connection.execute(
            "INSERT INTO model BY NAME SELECT 'h' AS hub, 'a/' || i AS name, 'present' AS state, "
            "make_timestamp(2024, m, 3, 0, 0, 0.0) AS created_at "
            "FROM (SELECT unnest($months) AS m, generate_subscripts($months, 1) AS i)",
            {"months": list(months)},
        )
    assert _run("query", "models/by_month") == 0
    found = "2 of the 3 models with a date were created in 2024-01" in capsys.readouterr().out
    assert found is is_printed
