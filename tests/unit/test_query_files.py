"""The loader refuses a query file whose header claims what is not so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from miner.db import analytics
from miner.errors import ConfigurationError, InvalidData
from miner.queries import loader
from miner.queries.header import parse
from miner.queries.pictures.spec import Form

GOOD = """\
-- title:     Models with downloads
-- question:  Which models are downloaded?
-- row:       one model
-- counts:    downloads of 30 days,
--            models that are gone left out
-- params:    least BIGINT = 5      fewer are left out
--            task VARCHAR = ''     only this task
-- columns:   hub, name, downloads
-- reads:     model
-- known:     model: downloads IS NOT NULL
-- caveats:   downloads_30_days
-- since:     data-2026.12.0
WITH popular AS (SELECT * FROM model WHERE downloads >= $least)

SELECT hub, name, downloads
FROM popular  -- a comment of the SQL
WHERE $task = '' OR pipeline_tag = $task
ORDER BY hub, name;
"""


@pytest.fixture
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with analytics.open_empty() as connection:
        yield connection


def _file(folder: Path, text: str, name: str = "topic/popular.sql") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_header_is_read(tmp_path: Path, empty: duckdb.DuckDBPyConnection) -> None:
    query = parse(_file(tmp_path, GOOD))
    loader.check(query, empty)
    assert (query.full_name, query.macro_name) == ("topic/popular", "topic_popular")
    assert query.counts == "downloads of 30 days, models that are gone left out"
    assert [(p.name, p.type, p.default, p.description) for p in query.params] == [
        ("least", "BIGINT", "5", "fewer are left out"),
        ("task", "VARCHAR", "''", "only this task"),
    ]
    assert query.reads == ("model",)
    assert not query.body.endswith(";")


def _refused(path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    with pytest.raises(InvalidData) as caught:
        loader.check(parse(path), connection)
    assert str(path) in caught.value.next_step
    return caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("-- since:     data-2026.12.0\n", "", "since: the header has no such key"),
        ("-- row:       one model", "-- row:", "row: the header has no such key"),
        ("data-2026.12.0", "soon", "since: must be data-YYYY.MM.N, not 'soon'"),
        ("-- title:", "-- heading:", "heading: is no known key"),
        ("-- row:", "-- title:", "title: stands twice"),
        ("least BIGINT = 5 ", "least = 5 ", "params: cannot read 'least = 5"),
        ("least BIGINT", "least HUGEINT", "params: HUGEINT is none of"),
        (">= $least", ">= 5", "params: the header has least, task, the SQL uses task"),
        ("$task = ''", "$other = ''", "the SQL uses least, other, task"),
        ("least", "downloads", "params: downloads is also a column of model"),
        ("hub, name, downloads\n-- reads", "hub, name\n-- reads", "columns: the SQL gives hub,"),
        ("-- reads:     model", "-- reads:     model, owner", "reads: the SQL reads model"),
        ("FROM model", "FROM models", "reads: the SQL reads models"),
        ("model: downloads IS", "model: download IS", "known: "),
        ("model: downloads IS", "downloads IS", "known: must be '<table>: <condition>'"),
        ("downloads_30_days", "downloads_forever", "caveats: downloads_forever is no key"),
        ("ORDER BY hub", "ORDRE BY hub", "body: syntax error"),
        ("downloads >=", "download >=", "body: "),
    ],
)
def test_what_is_not_so_is_refused_with_file_and_key(
    tmp_path: Path, empty: duckdb.DuckDBPyConnection, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    text = _refused(_file(tmp_path, GOOD.replace(old, new)), empty)
    assert text.startswith("query file topic/popular.sql, ")
    assert message in text


PICTURE = GOOD.replace(
    "WITH popular",
    """\
-- picture:   ranking
--            along name            model
--            show downloads log    downloads of 30 days: at all
WITH popular""",
)


def test_a_picture_is_read(tmp_path: Path, empty: duckdb.DuckDBPyConnection) -> None:
    assert parse(_file(tmp_path, GOOD)).picture is None
    query = parse(_file(tmp_path, PICTURE))
    loader.check(query, empty)
    assert query.picture is not None
    assert (query.picture.kind, query.picture.along.words) == ("ranking", "model")
    (show,) = query.picture.shows
    assert (show.form, show.columns, show.is_log) == (Form.ONE, ("downloads",), True)
    assert show.words == "downloads of 30 days: at all"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("picture:   ranking", "picture:   pie", "'pie' is none of ranking, series"),
        ("picture:   ranking", "picture:", "'along name            model' is none of"),
        ("along name ", "along nome ", "the answer has no column nome"),
        ("along name            model", "along name", "has no words for a reader"),
        ("along name", "size name", "cannot read 'size name"),
        ("show downloads log", "along downloads", "along stands twice"),
        ("show downloads log", "show name", "show name is VARCHAR, no number"),
        ("show downloads log", "show downloads per name", "is no form of a panel"),
        ("show downloads log", "show downloads by downloads", "is for a series"),
        ("show downloads log", "show name cells", "cells name is VARCHAR, no list of texts"),
        (": at all", ": a | b", "names 2 parts of 1"),
        ("show downloads log", "show a, b, c, d, e, f, g", "more than 6 parts"),
        ("picture:   ranking", "picture:   series", "along name is VARCHAR, no date"),
        (
            "log    downloads of 30 days: at all",
            "log    x\n--            mark soon   y",
            "mark soon",
        ),
        (
            "log    downloads of 30 days: at all",
            "log    x\n--            mark 1, 2   lines: one | two | three",
            "names 3 lines of 2",
        ),
        ("picture:   ranking", "picture:   flow", "a flow needs it"),
        ("along name ", "to hub   hub\n--            along name ", "to is for a flow"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused(
    tmp_path: Path, empty: duckdb.DuckDBPyConnection, old: str, new: str, message: str
) -> None:
    assert old in PICTURE
    text = _refused(_file(tmp_path, PICTURE.replace(old, new)), empty)
    assert text.startswith("query file topic/popular.sql, picture: ")
    assert message in text


def test_a_file_without_sql_is_refused(tmp_path: Path, empty: duckdb.DuckDBPyConnection) -> None:
    header = "".join(line for line in GOOD.splitlines(keepends=True) if line.startswith("--"))
    assert "body: there is no SQL" in _refused(_file(tmp_path, header), empty)


def test_an_unpublished_table_is_refused(tmp_path: Path, empty: duckdb.DuckDBPyConnection) -> None:
    text = GOOD.replace("FROM model ", "FROM duckdb_tables ").replace(
        "reads:     model", "reads:     duckdb_tables"
    )
    assert "duckdb_tables is no published table" in _refused(_file(tmp_path, text), empty)


def test_two_files_that_make_one_macro_are_refused(tmp_path: Path) -> None:
    _file(tmp_path, GOOD, "a/b_c.sql")
    _file(tmp_path, GOOD, "a_b/c.sql")
    with pytest.raises(ConfigurationError, match=r"'a_b_c' is claimed by .*b_c\.sql and .*c\.sql"):
        loader.load(tmp_path)


def test_a_query_is_found_by_each_of_its_names(tmp_path: Path) -> None:
    _file(tmp_path, GOOD, "one/popular.sql")
    _file(tmp_path, GOOD, "two/popular.sql")
    _file(tmp_path, GOOD, "two/rare.sql")
    found = loader.load(tmp_path)
    for name in ("rare", "two_rare", "two/rare", "two-rare"):
        assert loader.find(found, name) is found["two/rare"]
    with pytest.raises(ConfigurationError, match="several queries: one/popular, two/popular"):
        loader.find(found, "popular")
    with pytest.raises(ConfigurationError, match="no query 'two/rar'; near: two/rare") as caught:
        loader.find(found, "two/rar")
    assert caught.value.next_step == "miner query --list"


def test_macros_are_the_questions_without_the_checks() -> None:
    names = {macro.name for macro in loader.macros()}
    assert names == {q.macro_name for q in loader.load().values() if q.topic != "checks"}
    assert len(names) >= 18
