"""What is taken out of a table is taken out of all that repeat it; what is clean is read once."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from miner.db import analytics
from miner.pipelines.snapshot.private_text import clean
from miner.schema.published import PUBLISHED

SECRET = "hf_" + "Ab1" * 12


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Hold every published table, with one model and its tag."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS published")
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table, "published"))
        yield connection


def plant(connection: duckdb.DuckDBPyConnection, model: str, tag: str) -> None:
    connection.execute("INSERT INTO published.hub (name) VALUES ('h')")
    connection.execute("INSERT INTO published.model (hub, name) VALUES ('h', ?)", [model])
    connection.execute("INSERT INTO published.model_tag VALUES ('h', ?, ?)", [model, tag])


def published_rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "SELECT m.name, t.model, t.tag FROM published.model AS m, published.model_tag AS t"
    ).fetchall()


def test_nothing_is_found_where_nothing_is(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, "a/multi-task-b", "license:mit")
    assert not clean(connection)
    assert published_rows(connection) == [("a/multi-task-b", "a/multi-task-b", "license:mit")]


def test_a_name_is_changed_wherever_it_stands(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, f"a/{SECRET}", "license:mit")
    assert clean(connection).texts == {
        "model.name": {"secret": 1}, "model_tag.model": {"secret": 1},
    }  # fmt: skip
    assert published_rows(connection) == [("a/[secret]", "a/[secret]", "license:mit")]


def test_a_clean_name_does_not_hide_what_stands_beside_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    plant(connection, "a/b", f"key:{SECRET}")
    assert clean(connection).texts == {"model_tag.tag": {"secret": 1}}
    assert published_rows(connection) == [("a/b", "a/b", "key:[secret]")]


def test_a_name_taken_down_stays_where_it_names_something_else(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    plant(connection, "x/gone", "base:x/gone x/gone")
    connection.execute("UPDATE published.model SET license_name = 'as X/Gone x/gone, x/gone-2.'")
    assert clean(connection, ["x/gone"], ["x/gone"]).texts == {
        "model.license_name": {"name taken down": 1}
    }
    assert published_rows(connection) == [("x/gone", "x/gone", "base:x/gone x/gone")]
    licenses = connection.execute("SELECT license_name FROM published.model").fetchall()
    assert licenses == [("as [removed] [removed], x/gone-2.",)]


def test_a_name_taken_down_is_taken_out_of_keys_too(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, "a/b", "see:x/gone.git")
    assert clean(connection, ["x/gone"]).texts == {"model_tag.tag": {"name taken down": 1}}
    assert published_rows(connection) == [("a/b", "a/b", "see:[removed].git")]


def test_rows_that_become_equal_are_counted(connection: duckdb.DuckDBPyConnection) -> None:
    plant(connection, "a/b", f"key:{SECRET}")
    connection.execute("INSERT INTO published.model_tag VALUES ('h', 'a/b', ?)", [f"key:{SECRET}9"])
    done = clean(connection)
    assert (done.texts, done.merged) == ({"model_tag.tag": {"secret": 2}}, {"model_tag": 1})
    assert published_rows(connection) == [("a/b", "a/b", "key:[secret]")]


LOGIN = "a1b2c3d4e5" * 4
DASHES = "-" * 5
REDACTED = {
    "ask jörg.müller@bücher.example now": "ask [email] now",
    "mail jane\uff20example.org": "mail [email]",
    "jane&#64;example.org or jane%40example.org": "[email] or [email]",
    "请联系jane@example.org": "请联系[email]",
    "see /mnt/c/Users/jane/x": "see /mnt/c/Users/[user]/x",
    "/var/home/jane/x and /data/home/jane": "/var/home/[user]/x and /data/home/[user]",
    "/Volumes/Disk/Users/jane/x": "/Volumes/Disk/Users/[user]/x",
    r"\\srv\Users\jane\x": r"\\srv\Users\[user]\x",
    "D:/Documents and Settings/jane/x": "D:/Documents and Settings/[user]/x",
    "npm_" + "aB3" * 12: "[secret]",
    f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}\nMII\n{DASHES}END RSA PRIVATE KEY{DASHES}": "[secret]",
    f"WANDB_API_KEY={LOGIN}": "WANDB_API_KEY=[secret]",
    "Authorization: Bearer abcDEF123456ghiJKL789": "Authorization: Bearer [secret]",
}
LEFT = (
    "git clone git@" + "git.example:owner/repo.git",
    "cdn/npm/%40scope/pkg and icon%402x.png and foo%401.2.3",
    "owner/name@v1.2",
    "https://site.example/home/index.html",
    "api.github.com/users/jane and src/var/home/x",
    "Bearer authentication-mechanisms-are-many",
    f"commit: {LOGIN}",
)


def test_what_is_private_is_found_however_it_is_written(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("INSERT INTO published.hub (name) VALUES ('h')")
    texts = [*REDACTED, *LEFT]
    for n, text in enumerate(texts):
        connection.execute(
            "INSERT INTO published.model (hub, name, license_name) VALUES ('h', ?, ?)",
            [f"a/{n:02}", text],
        )
    clean(connection)
    rows = connection.execute("SELECT license_name FROM published.model ORDER BY name").fetchall()
    assert [text for (text,) in rows] == [*REDACTED.values(), *LEFT]
