"""What the takedown list names is in no file that leaves the store."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from miner.cli import cli
from miner.cli.refresh import refresh
from miner.db import analytics
from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.snapshot.export_store import export_duckdb, export_parquet
from miner.pipelines.snapshot.takedown import TakedownEntry, count_listed, read_takedown, take_down
from miner.queries.loader import macros
from miner.schema.published import PUBLISHED
from miner.settings import Settings
from tests.crawling import environment, name
from tests.snapshots import change, copy_store, make, manifest_of

GONE = {name(0), name(7), *(name(n) for n in range(30) if n % 7 == 3)}
LIST = (
    f"subject,hub,value,why\nmodel,huggingface,{name(0)},asked\n"
    f"model,,sha256:{hashlib.sha256(name(7).encode()).hexdigest()},asked\nowner,,owner-3,\n"
)


@pytest.fixture
def own(store: Settings, tmp_path: Path) -> Settings:
    """A store of its own, with a list in its data directory and a name of it in a text."""
    settings = copy_store(store, tmp_path / "own")
    change(settings, "UPDATE model SET license_name = ? WHERE name = ?",
           f"that of {name(0)}, changed", name(1))  # fmt: skip
    (settings.data_dir / "takedown.csv").write_text(LIST)
    return settings


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    for key, value in environment(settings).items():
        monkeypatch.setenv(key, value)
    return CliRunner().invoke(cli, arguments)


def tables(place: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a DuckDB file, or of a folder of Parquet files."""
    if place.is_dir():
        with duckdb.connect() as connection:
            return {
                table: connection.execute(f"FROM '{place / table}.parquet'").fetchall()
                for table in PUBLISHED
            }
    with duckdb.connect(str(place), read_only=True) as connection:
        return {table: connection.execute(f"FROM {table}").fetchall() for table in PUBLISHED}


def names(file: Path) -> set[str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM model").fetchall()}


@pytest.mark.soak
def test_no_export_has_it_and_the_snapshot_has_the_same_rows(own: Settings, tmp_path: Path) -> None:
    report = export_duckdb(own, tmp_path / "a.duckdb", macros=macros())
    exported = tables(report.target)
    assert tables(export_parquet(own, tmp_path / "parquet").target) == exported
    made = make(own, tmp_path / "made").folder
    assert tables(made) == exported
    for table, rows in exported.items():
        assert not [each for each in GONE if each in str(rows)], table
    assert report.row_counts == {table.name: table.rows for table in manifest_of(made).tables}
    about = manifest_of(made).about
    assert about["rows_taken_down"] == report.removal.rows
    assert about["rows_taken_down"]["model"] == len(GONE)
    assert about["texts_redacted"] == report.removal.texts
    assert report.removal.texts == {"model.license_name": {"name taken down": 1}}
    assert "that of [removed], changed" in str(exported["model"])


def test_no_block_of_the_file_that_is_not_in_use_has_it(own: Settings, tmp_path: Path) -> None:
    (own.data_dir / "takedown.csv").unlink()
    whole = export_duckdb(own, tmp_path / "whole.duckdb", macros=()).target.read_bytes()
    (own.data_dir / "takedown.csv").write_text(LIST)
    without = export_duckdb(own, tmp_path / "without.duckdb", macros=()).target.read_bytes()
    for each in (name(0), name(7)):
        assert each.encode() in whole
        assert each.encode() not in without


def test_the_command_takes_a_list_and_says_what_it_left_out(
    own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"subject,value\nmodel,{name(5)}\n")
    file = tmp_path / "file.duckdb"
    done = run(own, monkeypatch, "export", "--duckdb", str(file), "--takedown", str(other))
    assert done.exit_code == 0, done.output
    assert "taken down, as the list asks: " in done.stderr
    assert name(5) not in names(file)
    assert names(file) >= GONE
    other.write_text("subject,value\nmodel,nobody/nothing\n")
    done = run(own, monkeypatch, "export", "--duckdb", str(file), "--takedown", str(other))
    assert (done.exit_code, "taken down" in done.stderr) == (0, False)
    assert "takedown list without a match here: line 2 (model nobody/nothing)" in done.stderr


def test_the_refresh_of_other_commands_goes_by_it(
    own: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    refresh(own, threading.Event())
    assert not GONE & names(own.duckdb_path)
    assert "and a name in 1 text\n" in capsys.readouterr().err


def test_a_list_that_is_not_understood_leaves_the_older_export(
    own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = export_duckdb(own, own.duckdb_path, macros=()).target.read_bytes()
    (own.data_dir / "takedown.csv").write_text("subject,hub,value\nperson,,jane\n")
    done = run(own, monkeypatch, "export")
    assert isinstance(done.exception, InvalidData)
    assert "takedown.csv, line 2: no entry of a takedown list" in str(done.exception)
    assert own.duckdb_path.read_bytes() == before
    absent = str(tmp_path / "absent.csv")
    done = run(own, monkeypatch, "export", "--takedown", absent)
    assert isinstance(done.exception, ConfigurationError)
    assert f"{absent} cannot be read" in str(done.exception)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("model,,https://huggingface.co/a/b", "an address; give the name alone"),
        ("model,,huggingface.co/a/b", "an address; give the name alone"),
        ("owner,,a/b", "an owner has no slash"),
        ("model,,b", "a model is given as owner/name"),
        ("repository,,b", "a repository is given as owner/name"),
        ("repository,huggingface,a/b", "a repository is not on 'huggingface'"),
        ("model,github,a/b", "a model is not on 'github'"),
    ],
)
def test_a_line_that_cannot_match_is_refused(own: Settings, line: str, why: str) -> None:
    (own.data_dir / "takedown.csv").write_text(f"subject,hub,value\n{line}\n")
    with pytest.raises(InvalidData, match=f"takedown.csv, line 2: .*{why}"):
        read_takedown(own)


def test_a_hub_that_is_not_known_is_refused(own: Settings, tmp_path: Path) -> None:
    (own.data_dir / "takedown.csv").write_text("subject,hub,value\nowner,hugingface,owner-3\n")
    with pytest.raises(InvalidData, match="line 2: the store knows no hub 'hugingface'"):
        make(own, tmp_path / "out")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold every published table, with a renamed model, a use of it and texts that name it."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS published")
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table, "published"))
        connection.execute("INSERT INTO published.hub (name) VALUES ('h')")
        for model in ("New/Name", "x/child", "x/same"):
            connection.execute(
                "INSERT INTO published.model (hub, name, owner) VALUES ('h', ?, ?)",
                [model, model.split("/")[0]],
            )
        for tag in ("base_model:finetune:new/name", "base_model:Old/name", "dataset:d/gone", "mit",
                    "see:old/name"):  # fmt: skip
            connection.execute("INSERT INTO published.model_tag VALUES ('h', 'x/child', ?)", [tag])
        connection.execute(
            "INSERT INTO published.model_alias VALUES ('h', 'old/Name', 'New/Name', NULL, 'hub')"
        )
        connection.execute("UPDATE published.model SET license_name = 'that of new/name, old/name.'"
                           " WHERE name = 'x/child'")  # fmt: skip
        for repository in ("x/same", "x/other"):
            connection.execute(
                "INSERT INTO published.repository (name, owner, description) VALUES (?, 'x', ?)",
                [repository, "code of x/same"],
            )
        yield connection


def everything(connection: duckdb.DuckDBPyConnection) -> str:
    rows = {t: connection.execute(f'FROM published."{t}"').fetchall() for t in PUBLISHED}
    return str(rows).lower()


@pytest.mark.parametrize(
    "entry",
    [
        TakedownEntry("model", "", "old/name"),
        TakedownEntry("model", "h", "NEW/Name"),
        TakedownEntry("model", "", f"sha256:{hashlib.sha256(b'New/Name').hexdigest()}"),
        TakedownEntry("model", "", f"sha256:{hashlib.sha256(b'old/name').hexdigest()}"),
        TakedownEntry("owner", "", "new"),
    ],
    ids=["former name", "name", "digest", "digest of the former name", "owner"],
)
def test_no_column_holds_the_name(
    connection: duckdb.DuckDBPyConnection, entry: TakedownEntry
) -> None:
    done = take_down((entry, TakedownEntry("dataset", "", "d/gone")), connection)
    left = everything(connection)
    assert "new/name" not in left
    assert "old/name" not in left
    assert "d/gone" not in left
    assert done.rows["model"] == 1
    assert done.unmatched == ()
    assert "that of [removed]" in left
    assert "'mit'" in left


def test_a_former_name_that_another_has_now_reaches_only_that(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("INSERT INTO published.model (hub, name, state) VALUES "
                       "('h', 'old/name', 'present')")  # fmt: skip
    take_down((TakedownEntry("model", "", "old/name"),), connection)
    rows = connection.execute("SELECT name FROM published.model ORDER BY name").fetchall()
    assert rows == [("New/Name",), ("x/child",), ("x/same",)]


def test_a_repository_of_the_same_name_as_a_model_stays(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    done = take_down((TakedownEntry("model", "", "x/same"),), connection)
    assert done.rows == {"model": 1}
    rows = connection.execute("SELECT name, description FROM published.repository").fetchall()
    assert sorted(rows) == [("x/other", "code of [removed]"), ("x/same", "code of [removed]")]
    done = take_down((TakedownEntry("owner", "github", "x"),), connection)
    assert done.rows == {"repository": 2}


def test_a_row_of_a_snapshot_counts_once(own: Settings, tmp_path: Path) -> None:
    (own.data_dir / "takedown.csv").unlink()
    folder = make(own, tmp_path / "made").folder
    entries = (TakedownEntry("model", "", name(3)), TakedownEntry("owner", "", "owner-3"))
    assert count_listed(entries, folder, manifest_of(folder))["model"] == sum(
        n % 7 == 3 for n in range(30)
    )
    change(own, "UPDATE model SET license_name = 'as of ELSE/where' WHERE name = ?", name(1))
    folder = make(own, tmp_path / "texts").folder
    spelled = (TakedownEntry("model", "", "else/where"),)
    manifest = manifest_of(folder)
    assert count_listed(spelled, folder, manifest) == {}
    assert count_listed(spelled, folder, manifest, with_texts=True) == {"model": 1}
