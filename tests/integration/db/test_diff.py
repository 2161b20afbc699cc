"""Two stores compared by natural keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Table, create_engine, select

from miner.cli import cli
from miner.db.diff import TableDiff, diff_stores
from miner.db.natural import natural_key, natural_rows
from miner.db.session import open_store
from miner.db.upsert import insert
from miner.errors import CheckFailed, ConfigurationError, InvalidData
from miner.schema.tables import metadata
from miner.settings import load_settings

NOON = "2024-05-06 12:00:00.000000"
T = metadata.tables


@contextmanager
def _writing(folder: Path) -> Iterator[Connection]:
    engine = open_store(load_settings({"MINER_DATA_DIR": str(folder)}))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def _put(connection: Connection, table: str, rows: Sequence[dict[str, object]]) -> None:
    for row in rows:
        insert(connection, T[table], [row])


def _model(key: int, name: str, **more: object) -> dict[str, object]:
    row = {"id": key, "hub_id": 5, "uid": f"u-{name}", "name": name, "state": "present"}
    return {**row, "parse_state": "parsed", **more}


def _fill(connection: Connection, numbers: Callable[[int], int]) -> None:
    """Put the same facts under surrogate keys that ``numbers`` decides."""
    hub = {"id": 5, "name": "acme", "title": "Acme", "home_page": "", "terms_url": ""}
    _put(connection, "hub", [hub])
    run = {"id": numbers(1), "command": "crawl", "arguments": "[]", "code_version": "1"}
    _put(connection, "run", [{**run, "started_at": NOON, "state": "finished"}])
    names = ["a/base", "a/Child", "é/ü", "a/child"]
    for place in sorted(range(4), key=numbers):
        row = _model(numbers(place), names[place], tags='["x"]', run_id=numbers(1))
        _put(connection, "model", [row])
    edge = {"child_id": numbers(1), "parent": "a/base", "parent_id": numbers(0)}
    rest = {"relation": "finetune", "relation_source": "tag", "source": "tag", "is_chosen": 1}
    _put(connection, "model_edge", [{**edge, **rest}])
    _put(connection, "model_event", [_event(numbers(3))])
    statement = {"source": "tag", "position": 0, "scope": "weights", "is_chosen": 1}
    rows = [{"model_id": numbers(2), "key": key, "canonical": "mit"} for key in ("MIT", "mit")]
    _put(connection, "license_statement", [{**row, **statement} for row in rows])


def _event(model_id: int, **more: object) -> dict[str, object]:
    return {"model_id": model_id, "kind": "revised", "observed_at": NOON, **more}


@pytest.fixture
def stores(tmp_path: Path) -> tuple[Path, Path]:
    """Two stores of the same facts, numbered the other way around."""
    a, b = tmp_path / "a", tmp_path / "b"
    with _writing(a) as connection:
        _fill(connection, lambda number: number + 1)
    with _writing(b) as connection:
        _fill(connection, lambda number: 40 - number)
    return a, b


def _differing(tables: list[TableDiff]) -> dict[str, TableDiff]:
    return {table.table: table for table in tables if table.count}


def test_keys_lead_through_foreign_keys() -> None:
    rows = natural_rows(T["model_edge"], (), dialect="sqlite")
    assert rows.key == ("child.hub", "child.name", "source", "parent")
    assert {"parent.hub", "parent.name", "relation"} <= set(rows.values)
    assert natural_key(T["model"]) == ("hub_id", "name")  # uid can be null


@pytest.mark.parametrize("table", [t for t in metadata.sorted_tables if t.name != "run"], ids=str)
def test_every_table_is_read_without_surrogate_keys(table: Table) -> None:
    rows = natural_rows(table, (), dialect="sqlite")
    assert rows.key
    names = {name.rpartition(".")[2] for name in rows.key + rows.values}
    assert not {"id", "run", "answer"} & names


def test_other_numbers_and_another_order_are_no_difference(stores: tuple[Path, Path]) -> None:
    a, b = stores
    tables = diff_stores(str(a), str(b))
    assert _differing(tables) == {}
    counts = {table.table: (table.rows_a, table.rows_b) for table in tables}
    assert counts["model"] == (4, 4)
    assert counts["license_statement"] == (2, 2)
    assert not {"run", "crawl_cursor"} & counts.keys()


def test_a_changed_value_is_named_with_both_values(stores: tuple[Path, Path]) -> None:
    a, b = stores
    with _writing(b) as connection:
        connection.exec_driver_sql("""UPDATE model SET likes = 3, tags = '["y"]', run_id = NULL
                                      WHERE name = 'a/Child'""")
    found = _differing(diff_stores(str(a), str(b)))
    assert found.keys() == {"model"}
    assert found["model"].columns == {"likes": 1, "tags": 1}
    (example,) = found["model"].examples
    assert example.key == {"hub": "acme", "name": "a/Child"}
    assert example.values == {"likes": (None, 3), "tags": (["x"], ["y"])}


def test_an_edge_that_points_elsewhere_is_a_difference(stores: tuple[Path, Path]) -> None:
    a, b = stores
    with _writing(b) as connection:
        connection.exec_driver_sql(
            "UPDATE model_edge SET parent_id = (SELECT id FROM model WHERE name = 'é/ü')"
        )
    found = _differing(diff_stores(str(a), str(b)))
    assert found.keys() == {"model_edge"}
    assert found["model_edge"].examples[0].values == {"parent.name": ("a/base", "é/ü")}


def test_rows_of_one_side_are_counted_and_shown(stores: tuple[Path, Path]) -> None:
    a, b = stores
    with _writing(a) as connection:
        _put(connection, "model", [_model(90, "z/last"), _model(91, "a/Aaa")])
    with _writing(b) as connection:
        _put(connection, "model", [_model(90, "m/middle", uid=None)])
    model = _differing(diff_stores(str(a), str(b), examples=2))["model"]
    assert (model.rows_a, model.rows_b) == (6, 5)
    assert (model.only_a, model.only_b, model.differing) == (2, 1, 0)
    assert [(found.side, found.key["name"]) for found in model.examples] == [
        ("a", "a/Aaa"),
        ("b", "m/middle"),
    ]


def test_one_more_of_equal_rows_is_a_difference(stores: tuple[Path, Path]) -> None:
    """A null in a unique constraint lets equal rows in; a set would not see the second."""
    a, b = stores
    with _writing(b) as connection:
        connection.exec_driver_sql("""
            INSERT INTO license_statement
                (model_id, source, position, key, canonical, scope, is_chosen)
            SELECT model_id, source, position, key, canonical, scope, is_chosen
            FROM license_statement WHERE key = 'mit'""")
    found = _differing(diff_stores(str(a), str(b)))
    assert found["license_statement"].only_b == 1
    assert found["license_statement"].count == 1


@pytest.mark.parametrize(
    "ignore", ["observed_at", "model_event.observed_at", "model_event.*"], ids=str
)
def test_columns_and_tables_can_be_left_out(stores: tuple[Path, Path], ignore: str) -> None:
    a, b = stores
    with _writing(b) as connection:
        connection.exec_driver_sql("UPDATE model_event SET observed_at = '2025-01-01 00:00:00'")
    assert _differing(diff_stores(str(a), str(b))).keys() == {"model_event"}
    assert _differing(diff_stores(str(a), str(b), ignore=[ignore])) == {}
    assert _differing(diff_stores(str(a), str(b), ignore=["owner.*"])).keys() == {"model_event"}


def test_a_store_can_be_named_by_directory_file_or_url(stores: tuple[Path, Path]) -> None:
    a, b = stores
    for place in (str(b), str(b / "miner.db"), f"sqlite:///{b / 'miner.db'}"):
        assert _differing(diff_stores(str(a), place)) == {}


def _observe(folder: Path, likes: dict[str, int | None], **more: object) -> Path:
    path = folder / "observations" / "model" / "acme-model-full-1.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"hub": "acme", "uid": None, "name": name, "sweep": "s", "likes": count, **more}
        for name, count in likes.items()
    ]
    pl.DataFrame(rows, schema_overrides={"uid": pl.String, "likes": pl.Int64}).write_parquet(path)
    return path


def test_observations_are_compared_row_by_row(stores: tuple[Path, Path]) -> None:
    a, b = stores
    _observe(a, {"m1": 1, "m2": 2, "m3": None, "m4": 4}, run_id=1)
    _observe(b, {"m3": None, "m2": 20, "m1": 1, "m5": 5}, run_id=2)
    found = _differing(diff_stores(str(a), str(b)))
    (table,) = found.values()
    assert table.table == "observations/model/acme-model-full-1.parquet"
    assert (table.rows_a, table.rows_b) == (4, 4)
    assert (table.only_a, table.only_b, table.differing) == (1, 1, 1)
    shown = {(found.side, found.key["name"]): found.values for found in table.examples}
    assert shown == {("a", "m4"): {}, ("b", "m5"): {}, ("both", "m2"): {"likes": (2, 20)}}
    ignored = diff_stores(str(a), str(b), ignore=["observation.likes"])
    assert _differing(ignored)[table.table].differing == 0


def test_equal_observations_are_no_difference_and_a_missing_file_is(
    stores: tuple[Path, Path],
) -> None:
    a, b = stores
    _observe(a, {"m1": 1, "m2": None})
    path = _observe(b, {"m2": None, "m1": 1})
    assert _differing(diff_stores(str(a), str(b))) == {}
    path.unlink()
    (table,) = _differing(diff_stores(str(a), str(b))).values()
    assert (table.only_a, table.rows_b) == (2, 0)
    assert _differing(diff_stores(str(a), str(b / "miner.db"))) == {}


def test_sweeps_without_rows_and_unfinished_ones_are_no_difference(
    stores: tuple[Path, Path],
) -> None:
    a, b = stores
    for store in stores:
        path = _observe(store, {"m1": 1})
        pl.read_parquet(path).clear().write_parquet(path)
    parts = path.parent / ".parts" / "acme-model-full-2"
    parts.mkdir(parents=True)
    (parts / "00000000.parquet").write_bytes(b"not written to its end")
    assert _differing(diff_stores(str(a), str(b))) == {}


def test_observations_that_cannot_be_read_are_named(stores: tuple[Path, Path]) -> None:
    a, b = stores
    _observe(a, {"m1": 1})
    _observe(b, {"m1": 1}).write_bytes(b"PAR1 cut short")
    with pytest.raises(InvalidData, match="acme-model-full-1"):
        diff_stores(str(a), str(b))


def test_the_command_prints_the_differences_and_fails_the_check(
    stores: tuple[Path, Path],
) -> None:
    a, b = (str(store) for store in stores)
    same = CliRunner().invoke(cli, ["db", "diff", a, b])
    assert same.exit_code == 0, same.output
    with _writing(Path(b)) as connection:
        connection.exec_driver_sql("UPDATE model SET license = 'mit' WHERE name = 'a/child'")
    other = CliRunner().invoke(cli, ["db", "diff", a, b])
    assert isinstance(other.exception, CheckFailed)
    assert other.exception.exit_code == 14
    assert "1 row differing, in model" in other.exception.message
    assert "hub=acme, name=a/child: license: null | mit" in other.stdout
    as_json = CliRunner().invoke(cli, ["db", "diff", a, b, "--format", "json"])
    tables = {table["table"]: table for table in json.loads(as_json.stdout)["tables"]}
    assert tables["model"]["columns"] == {"license": 1}
    assert tables["model_edge"]["differing"] == 0


def test_the_command_upgrade_makes_a_store(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["db", "upgrade"], env={"MINER_DATA_DIR": str(tmp_path)})
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    engine = create_engine(f"sqlite:///{tmp_path / 'miner.db'}")
    with engine.connect() as connection:
        assert connection.execute(select(T["model"].c.id)).all() == []
    engine.dispose()


def test_no_store_at_a_place_is_a_clear_error(stores: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        diff_stores(str(stores[0]), str(tmp_path / "nowhere"))
