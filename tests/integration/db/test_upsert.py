"""Set-based writes and look-ups, on real rows of real tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import IntegrityError

from miner.db.upsert import delete_where_in, insert, next_ids, numbered, select_rows, upsert
from miner.schema.tables import ModelEvent, metadata
from tests.stores import only_sqlite

OWNER = metadata.tables["owner"]
MODEL = metadata.tables["model"]
PAPER = metadata.tables["paper"]
BY_UID = ["hub_id", "uid"]


def _row(number: int, downloads: int, name: str = "", **more: object) -> dict[str, object]:
    return {
        "hub_id": 1, "uid": f"uid{number}", "name": name or f"a/m{number}", "state": "present",
        "parse_state": "parsed", "downloads": downloads, **more,
    }  # fmt: skip


def _stored(store: Engine) -> list[tuple[object, ...]]:
    statement = select(MODEL.c.uid, MODEL.c.name, MODEL.c.downloads).order_by(MODEL.c.uid)
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(statement)]


def test_known_keys_are_updated_and_new_ones_inserted(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, [_row(1, 5), _row(2, 6)], key=BY_UID)
        upsert(connection, MODEL, [_row(2, 60, "a/new"), _row(3, 7)], key=BY_UID)
    assert _stored(store) == [("uid1", "a/m1", 5), ("uid2", "a/new", 60), ("uid3", "a/m3", 7)]


def test_the_surrogate_key_of_an_updated_row_stays(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, [_row(1, 5), _row(2, 6)], key=BY_UID)
        before = select_rows(connection, MODEL, ["id"], "uid", ["uid1"])
        upsert(connection, MODEL, [_row(1, 50)], key=BY_UID)
        assert select_rows(connection, MODEL, ["id"], "uid", ["uid1"]) == before


def test_only_the_columns_named_are_updated(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, [_row(1, 5)], key=BY_UID)
        upsert(connection, MODEL, [_row(1, 50, "a/x")], key=BY_UID, update=["downloads"])
    assert _stored(store) == [("uid1", "a/m1", 50)]


def test_no_column_to_update_leaves_known_rows_as_they_are(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, [_row(1, 5)], key=BY_UID)
        upsert(connection, MODEL, [_row(1, 50), _row(2, 6)], key=BY_UID, update=[])
    assert _stored(store) == [("uid1", "a/m1", 5), ("uid2", "a/m2", 6)]


def test_the_last_row_of_a_batch_counts(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, [_row(1, 5), _row(1, 6), _row(1, 7)], key=BY_UID)
    assert _stored(store) == [("uid1", "a/m1", 7)]


def test_of_rows_with_one_key_the_first_is_inserted_and_the_next_update_it(store: Engine) -> None:
    for number, update in enumerate([["downloads"], []], 1):
        rows = [_row(number, 5, f"a/first-{number}"), _row(number, 6, "a/other")]
        with store.begin() as connection:
            upsert(connection, MODEL, rows, key=BY_UID, update=update)
    assert _stored(store) == [("uid1", "a/first-1", 6), ("uid2", "a/first-2", 5)]


def test_a_key_with_a_null_meets_no_other(store: Engine) -> None:
    rows = [{**_row(number, number), "uid": None} for number in range(3)]
    with store.begin() as connection:
        upsert(connection, MODEL, rows, key=BY_UID)
    assert [row[2] for row in sorted(_stored(store), key=str)] == [0, 1, 2]


def test_look_ups_give_what_was_written(store: Engine) -> None:
    """Text, numbers and JSON text on both kinds of store, so that they can be compared."""
    for number, time in enumerate(["2024-05-06 07:08:09.000010", "2024-05-06 07:08:09.000000"]):
        row = _row(
            number, 5, id=number, created_at=time, is_disabled=number, tags='["a",  "\\u0000é"]'
        )
        with store.begin() as connection:
            insert(connection, MODEL, [row])
            assert select_rows(connection, MODEL, list(row), "id", [number]) == [row]
            paper = {"id": number, "arxiv_id": f"2301.0000{number}", "published_on": "2023-01-01"}
            insert(connection, PAPER, [paper])
            assert select_rows(connection, PAPER, list(paper), "id", [number]) == [paper]


def test_the_order_of_columns_in_a_row_does_not_matter(store: Engine) -> None:
    turned = dict(reversed(_row(2, 6).items()))
    with store.begin() as connection:
        upsert(connection, MODEL, [_row(1, 5), turned], key=BY_UID)
    assert _stored(store) == [("uid1", "a/m1", 5), ("uid2", "a/m2", 6)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([_row(1, 5, like=7)], "model has no column like"),
        ([_row(1, 5), _row(2, 6, likes=7)], "rows of model have different columns"),
        ([_row(1, 5, sha="a"), _row(2, 6, likes=7)], "a row of model lacks 'sha'"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    store: Engine, rows: list[dict[str, object]], message: str
) -> None:
    with store.begin() as connection, pytest.raises(ValueError, match=message):
        upsert(connection, MODEL, rows, key=BY_UID)
    assert _stored(store) == []


def test_numbered_rows_get_free_keys(store: Engine) -> None:
    rows = [{"hub_id": 1, "name": name} for name in "ab"]
    with store.begin() as connection:
        insert(connection, OWNER, numbered(connection, OWNER, rows[:1]))
        assert numbered(connection, OWNER, rows[1:]) == [{"id": 2, **rows[1]}]
        assert numbered(connection, OWNER, []) == []


def test_no_rows_are_no_statement(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, [], key=BY_UID)
        insert(connection, MODEL, [])
    assert _stored(store) == []


def test_another_constraint_than_the_key_is_an_error(store: Engine) -> None:
    rows = [_row(1, 5, "a/same"), _row(2, 6, "a/same")]
    with pytest.raises(IntegrityError, match=r"(?i)unique"), store.begin() as connection:
        upsert(connection, MODEL, rows, key=BY_UID)
    assert _stored(store) == []


def test_driver_level_values_are_read_back_with_their_types(store: Engine) -> None:
    with store.begin() as connection:
        insert(connection, MODEL, [_row(1, 5)])
        rows = [
            {"model_id": 1, "kind": "renamed", "observed_at": "2024-05-06 07:08:09.000010"},
            {"model_id": 1, "kind": "gone", "observed_at": "2024-05-06 07:08:09.000000"},
        ]
        insert(connection, metadata.tables["model_event"], rows)
        row = _row(1, 5, tags='["a", "é"]', is_disabled=1, languages=None)
        upsert(connection, MODEL, [row], key=BY_UID)
    with store.connect() as connection:
        times = connection.execute(select(ModelEvent.observed_at).order_by(ModelEvent.id))
        assert times.scalars().all() == [
            datetime(2024, 5, 6, 7, 8, 9, 10),  # noqa: DTZ001 - the store keeps UTC without zone
            datetime(2024, 5, 6, 7, 8, 9),  # noqa: DTZ001
        ]
        values = connection.execute(
            select(MODEL.c.tags, MODEL.c.is_disabled, MODEL.c.languages)
        ).one()
    assert tuple(values) == (["a", "é"], True, None)


def test_columns_named_like_words_of_sql_can_be_written(store: Engine) -> None:
    sweep = metadata.tables["sweep"]
    with store.begin() as connection:
        for window in ("{}", '{"a": "%s ?"}'):
            row = {
                "id": 1, "name": "s", "hub_id": 1, "subject": "model", "kind": "full",
                "window": window, "page_count": 0, "record_count": 0, "rejected_count": 0,
                "is_complete": 0,
            }  # fmt: skip
            upsert(connection, sweep, [row], key=["name"])
    with store.connect() as connection:
        assert connection.execute(select(sweep.c.window)).scalar() == {"a": "%s ?"}


def test_look_ups_and_deletions_take_any_number_of_values(store: Engine) -> None:
    count = 25_000
    names = [f'o{number}"; \u00e9' for number in range(count)]
    with store.begin() as connection:
        insert(connection, OWNER, [{"hub_id": 1, "name": name} for name in names])
        found = select_rows(
            connection, OWNER, ["name", "id"], "name", [*names, *names, "?"], where={"hub_id": 1}
        )
        assert {row["name"]: row["id"] for row in found} == {
            name: key for key, name in enumerate(names, 1)
        }
        assert len(found) == count
        assert select_rows(connection, OWNER, ["id"], "name", names, where={"hub_id": 2}) == []
        assert select_rows(connection, OWNER, ["id"], "name", []) == []
        delete_where_in(connection, OWNER, "name", names[:100], where={"hub_id": 2})
        delete_where_in(connection, OWNER, "id", range(2, count + 1))
        assert select_rows(connection, OWNER, ["id"], "id", range(count)) == [{"id": 1}]


@only_sqlite
def test_look_ups_in_a_compound_index_search_it(store: Engine) -> None:
    """A scan would read the whole index for every page of a sweep."""
    statements: list[tuple[str, Any]] = []

    @event.listens_for(store, "before_cursor_execute")
    def remember(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        statements.append((sql, values))

    with store.connect() as connection:
        for where in (None, {"hub_id": 1}):
            select_rows(connection, MODEL, ["id"], "name", ["a"], where=where)
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all())
            for sql, values in statements[-2:]
        ]
    assert "SCAN model" in plans[0]
    assert "SEARCH model" in plans[1]


def test_new_keys_go_on_after_the_last(store: Engine) -> None:
    with store.begin() as connection:
        assert next_ids(connection, OWNER, 3) == range(1, 4)
        insert(connection, OWNER, [{"id": 7, "hub_id": 1, "name": "x"}])
        assert next_ids(connection, OWNER, 2) == range(8, 10)
