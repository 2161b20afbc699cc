"""Dumps are opened, checked, dated and read in batches; what is none is refused in one message."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.sources.dump import Seed, open_seed
from tests.crawling import name, record, settings_for
from tests.dumps import table, write_dump


def _open(folder: Path, path: Path, **options: Any) -> Seed:
    return open_seed(settings_for(folder, "http://unused"), str(path), **options)


def _ids(seed: Seed, start: int = 0) -> list[tuple[int, object]]:
    return [
        (position + place, row["id"])
        for position, rows in seed.batches(start)
        for place, row in enumerate(rows)
    ]


def test_rows_are_numbered_through_files_and_groups_and_read_from_any_on(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    write_dump(folder / "a.parquet", map(record, range(7)), group=3)
    write_dump(folder / "b.parquet", map(record, range(7, 12)), group=2)
    (folder / "notes.txt").write_text("not a dump")
    seed = _open(tmp_path, folder)
    assert (seed.name, seed.rows, seed.lacks) == ("dump", 12, ())
    expected = [(number, name(number)) for number in range(12)]
    for start in range(13):
        assert _ids(seed, start) == expected[start:]


def test_of_rows_of_one_model_the_last_counts(tmp_path: Path) -> None:
    rows = [record(0), record(1), record(0), record(2) | {"_id": record(1)["_id"]}, record(3)]
    seed = _open(tmp_path, write_dump(tmp_path / "dump.parquet", rows, group=2))
    assert seed.superseded() == {0, 1}


def test_a_model_without_identity_replaces_no_other(tmp_path: Path) -> None:
    rows = [record(number, _id=None) for number in range(3)]
    seed = _open(tmp_path, write_dump(tmp_path / "dump.parquet", rows))
    assert seed.superseded() == frozenset()


def test_the_date_is_what_is_said_else_noted_else_the_latest_change(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.parquet", map(record, range(5)))
    latest = datetime.fromisoformat(record(4)["lastModified"].rstrip("Z"))
    assert _open(tmp_path, path).date == latest
    noted = table(map(record, range(5))).replace_schema_metadata({"date": "2026-08-22"})
    pq.write_table(noted, path)
    assert _open(tmp_path, path).date == datetime.fromisoformat("2026-08-22")
    explicit = datetime.fromisoformat("2026-08-23")
    assert _open(tmp_path, path, date=explicit).date == explicit


def test_columns_of_a_full_record_that_are_not_there_are_told(tmp_path: Path) -> None:
    path = write_dump(
        tmp_path / "dump.parquet", [record(0)], without=["config", "tags", "trendingScore", "_id"]
    )
    assert _open(tmp_path, path).lacks == ("tags", "config")


def test_times_of_any_unit_are_read(tmp_path: Path) -> None:
    for unit in ("s", "ms", "us", "ns"):
        times = pa.array([datetime.fromisoformat("2024-05-06T07:08:09")], pa.timestamp(unit))
        path = tmp_path / f"{unit}.parquet"
        pq.write_table(pa.table({"id": ["acme/model"], "lastModified": times}), path)
        assert _open(tmp_path, path).date == datetime.fromisoformat("2024-05-06T07:08:09")


def _empty(path: Path) -> None:
    write_dump(path, [])


def _not_parquet(path: Path) -> None:
    path.write_text('{"id": "acme/model"}\n')


def _cut(path: Path) -> None:
    whole = write_dump(path, map(record, range(50))).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _other_columns(path: Path) -> None:
    pq.write_table(pa.table({"model": ["acme/model"], "stars": [3]}), path)


def _no_files(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "message"),
    [(_empty, "holds no models"), (_not_parquet, "no Parquet file"), (_cut, "no Parquet file"),
     (_other_columns, "no column id, so it is no dump of models; it has: model, stars"),
     (_no_files, "holds no Parquet file")],
)  # fmt: skip
def test_what_is_no_dump_is_refused(tmp_path: Path, make: Any, message: str) -> None:
    path = tmp_path / "dump.parquet"
    make(path)
    with pytest.raises(InvalidData, match=message) as caught:
        _open(tmp_path, path)
    assert str(path) in caught.value.message
    assert caught.value.next_step


def test_a_dump_that_is_damaged_inside_is_told_when_it_is_read(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.parquet", map(record, range(400)))
    content = bytearray(path.read_bytes())
    content[200:2_000] = bytes(1_800)
    path.write_bytes(content)
    seed = _open(tmp_path, path, date=datetime.fromisoformat("2026-08-22"))
    with pytest.raises(InvalidData, match="a part of it is missing"):
        _ids(seed)


def test_a_dump_that_is_not_there_or_has_no_date_can_be_mended_by_the_user(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no dump"):
        _open(tmp_path, tmp_path / "absent.parquet")
    path = write_dump(tmp_path / "dump.parquet", [record(0)], without=["lastModified"])
    with pytest.raises(ConfigurationError, match="of which day") as caught:
        _open(tmp_path, path)
    assert "--seed-date" in caught.value.next_step
