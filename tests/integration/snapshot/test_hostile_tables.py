"""A snapshot whose manifest agrees with its files, and whose tables are not what they should be."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import duckdb
import pytest

from miner.errors import InvalidData
from miner.pipelines.snapshot.build import describe
from miner.pipelines.snapshot.content_checks import Check
from miner.pipelines.snapshot.load import load_snapshot
from miner.pipelines.snapshot.snapshot_files import read_manifest, verify_snapshot
from miner.queries.loader import CHECKS, load, macros
from miner.schema import manifest
from miner.schema.manifest import MANIFEST
from miner.schema.published import PUBLISHED
from miner.settings import load_settings
from tests.seeding import seed


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / made.name))


def rewrite(folder: Path, table: str, query: str) -> None:
    """Write a table anew from a query over it (``old``), and a manifest that agrees."""
    path = folder / f"{table}.parquet"
    fresh = path.with_suffix(".fresh")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW old AS FROM read_parquet('{path}')")
        (rows,) = connection.execute(
            f"COPY ({query}) TO '{fresh}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone() or (0,)
    fresh.replace(path)
    content = json.loads((folder / MANIFEST).read_bytes())
    del content["seal"]
    file = describe(folder, path.name)
    for entry in content["tables"]:
        if entry["name"] == table:
            entry |= {"bytes": file.size, "sha256": file.sha256, "rows": rows}
    (folder / MANIFEST).write_bytes(manifest.sealed(content))


def columns(table: str, **values: str) -> str:
    """Expressions for all columns of a table, null unless said."""
    return ", ".join(
        f'({values.get(column.name, "NULL")})::{column.type} AS "{column.name}"'
        for column in PUBLISHED[table].columns
    )


def loaded(folder: Path, target: Path) -> int:
    checks = [Check(one.full_name, one.body) for one in load().values() if one.topic == CHECKS]
    return load_snapshot(folder, read_manifest(folder), target, macros(), checks)


BOMBS = {
    "rows": (f"SELECT {columns('owner')} FROM range(20_000_000)", "20,000,000 rows or values"),
    "values of a list": (
        f"SELECT {columns('model', architectures='[0 for x in range(3_000_000)]')}",
        "3,000,000 rows or values",
    ),
    "one long text": (
        f"SELECT {columns('owner', name='t')} "
        "FROM (SELECT repeat('a', 1_000_000) AS t), range(90_000)",
        "unpack to 90,000,000,000",
    ),
}


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.soak
def test_a_file_that_unpacks_to_too_much_is_named_at_once(copy: Path, kind: str) -> None:
    query, what = BOMBS[kind]
    table = "model" if "list" in kind else "owner"
    rewrite(copy, table, query)
    begun = time.process_time()
    _, faults = verify_snapshot(copy)
    assert [fault.path for fault in faults] == [f"{table}.parquet"]
    assert what in faults[0].what
    assert time.process_time() - begun < 10


BROKEN = {
    "a key that is null": ("model", "SELECT * REPLACE (NULL::VARCHAR AS name) FROM old", "null"),
    "a key that stands twice": ("model", "FROM old UNION ALL FROM old", "stand twice"),
    "a word of no vocabulary": (
        "model", "SELECT * REPLACE ('lost' AS state) FROM old", "out of its vocabulary",
    ),
    "a reference to nothing": ("owner", "FROM old LIMIT 0", "that is not there"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_tables_that_break_their_rules_are_not_used(
    copy: Path, made: Path, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / "miner.duckdb"
    loaded(made, target)
    before = target.read_bytes()
    table, query, what = BROKEN[kind]
    rewrite(copy, table, query)
    assert verify_snapshot(copy)[1] == []
    with pytest.raises(InvalidData, match=what) as met:
        loaded(copy, target)
    assert "breaks the rules of its tables" in met.value.message
    assert target.read_bytes() == before
    settings = load_settings({"MINER_DATA_DIR": str(tmp_path / "seeded")})
    with pytest.raises(InvalidData, match="breaks the rules of its tables"):
        seed(settings, copy)
    assert not (settings.data_dir / "miner.db").exists()


def test_a_shipped_check_that_finds_something_refuses_the_snapshot(
    made: Path, tmp_path: Path
) -> None:
    check = Check("checks/never", "SELECT name FROM model ORDER BY name")
    with pytest.raises(InvalidData, match="the check checks/never finds"):
        load_snapshot(made, read_manifest(made), tmp_path / "a.duckdb", macros(), [check])
    assert not (tmp_path / "a.duckdb").exists()
