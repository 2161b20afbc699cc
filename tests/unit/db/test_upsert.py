"""Set-based writes and look-ups, on real rows of real tables."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import IntegrityError

from miner.db.upsert import delete_where_in, insert, next_ids, select_in, upsert
from miner.schema.tables import ModelEvent, metadata
from tests.stores import only_sqlite

OWNER = metadata.tables["owner"]
MODEL = metadata.tables["model"]
COLUMNS = ["hub_id", "uid", "name", "state", "parse_state", "downloads"]
BY_UID = ["hub_id", "uid"]


def _row(number: int, downloads: int, name: str = "") -> tuple[object, ...]:
    return (1, f"uid{number}", name or f"a/m{number}", "present", "parsed", downloads)


def _held(store: Engine) -> list[tuple[object, ...]]:
    statement = select(MODEL.c.uid, MODEL.c.name, MODEL.c.downloads).order_by(MODEL.c.uid)
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(statement)]


def test_known_keys_are_updated_and_new_ones_inserted(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, [_row(1, 5), _row(2, 6)], key=BY_UID)
        upsert(connection, MODEL, COLUMNS, [_row(2, 60, "a/new"), _row(3, 7)], key=BY_UID)
    assert _held(store) == [("uid1", "a/m1", 5), ("uid2", "a/new", 60), ("uid3", "a/m3", 7)]


def test_the_surrogate_key_of_an_updated_row_stays(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, [_row(1, 5), _row(2, 6)], key=BY_UID)
        before = select_in(connection, MODEL, ["id"], "uid", ["uid1"])
        upsert(connection, MODEL, COLUMNS, [_row(1, 50)], key=BY_UID)
        assert select_in(connection, MODEL, ["id"], "uid", ["uid1"]) == before


def test_only_the_columns_named_are_updated(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, [_row(1, 5)], key=BY_UID)
        upsert(connection, MODEL, COLUMNS, [_row(1, 50, "a/x")], key=BY_UID, update=["downloads"])
    assert _held(store) == [("uid1", "a/m1", 50)]


def test_no_column_to_update_leaves_known_rows_as_they_are(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, [_row(1, 5)], key=BY_UID)
        upsert(connection, MODEL, COLUMNS, [_row(1, 50), _row(2, 6)], key=BY_UID, update=[])
    assert _held(store) == [("uid1", "a/m1", 5), ("uid2", "a/m2", 6)]


def test_the_last_row_of_a_batch_counts(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, [_row(1, 5), _row(1, 6), _row(1, 7)], key=BY_UID)
    assert _held(store) == [("uid1", "a/m1", 7)]


def test_of_rows_with_one_key_the_first_is_inserted_and_the_next_update_it(store: Engine) -> None:
    for number, update in enumerate([["downloads"], []], 1):
        rows = [_row(number, 5, f"a/first-{number}"), _row(number, 6, "a/other")]
        with store.begin() as connection:
            upsert(connection, MODEL, COLUMNS, rows, key=BY_UID, update=update)
    assert _held(store) == [("uid1", "a/first-1", 6), ("uid2", "a/first-2", 5)]


def test_a_key_with_a_null_meets_no_other(store: Engine) -> None:
    rows = [(1, None, f"a/m{number}", "present", "parsed", number) for number in range(3)]
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, rows, key=BY_UID)
    assert [row[2] for row in sorted(_held(store), key=str)] == [0, 1, 2]


def test_look_ups_give_what_was_written(store: Engine) -> None:
    """Text, numbers and JSON text on both kinds of store, so that they can be compared."""
    columns = [*COLUMNS, "id", "created_at", "is_disabled", "tags"]
    for number, time in enumerate(["2024-05-06 07:08:09.000010", "2024-05-06 07:08:09.000000"]):
        row = (*_row(number, 5), number, time, number, '["a",  "\\u0000é"]')
        with store.begin() as connection:
            insert(connection, MODEL, columns, [row])
            assert select_in(connection, MODEL, columns, "id", [number]) == [row]
            paper = (number, f"2301.0000{number}", "2023-01-01")
            names = ["id", "arxiv_id", "published_on"]
            insert(connection, metadata.tables["paper"], names, [paper])
            assert select_in(connection, metadata.tables["paper"], names, "id", [number]) == [paper]


def test_no_rows_are_no_statement(store: Engine) -> None:
    with store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, [], key=BY_UID)
        insert(connection, MODEL, COLUMNS, [])
    assert _held(store) == []


def test_another_constraint_than_the_key_is_an_error(store: Engine) -> None:
    rows = [_row(1, 5, "a/same"), _row(2, 6, "a/same")]
    with pytest.raises(IntegrityError, match=r"(?i)unique"), store.begin() as connection:
        upsert(connection, MODEL, COLUMNS, rows, key=BY_UID)
    assert _held(store) == []


def test_driver_level_values_are_read_back_with_their_types(store: Engine) -> None:
    with store.begin() as connection:
        insert(connection, MODEL, COLUMNS, [_row(1, 5)])
        rows = [
            (1, "renamed", "2024-05-06 07:08:09.000010"),
            (1, "gone", "2024-05-06 07:08:09.000000"),
        ]
        insert(
            connection, metadata.tables["model_event"], ["model_id", "kind", "observed_at"], rows
        )
        upsert(
            connection,
            MODEL,
            [*COLUMNS, "tags", "is_disabled", "languages"],
            [(*_row(1, 5), '["a", "é"]', 1, None)],
            key=BY_UID,
        )
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
    columns = [
        "id", "name", "hub_id", "subject", "kind", "window",
        "page_count", "record_count", "rejected_count", "is_complete",
    ]  # fmt: skip
    with store.begin() as connection:
        for window in ("{}", '{"a": "%s ?"}'):
            row = (1, "s", 1, "model", "full", window, 0, 0, 0, 0)
            upsert(connection, sweep, columns, [row], key=["name"])
    with store.connect() as connection:
        assert connection.execute(select(sweep.c.window)).scalar() == {"a": "%s ?"}


def test_look_ups_and_deletions_take_any_number_of_values(store: Engine) -> None:
    count = 25_000
    names = [f'o{number}"; \u00e9' for number in range(count)]
    with store.begin() as connection:
        insert(connection, OWNER, ["hub_id", "name"], [(1, name) for name in names])
        found = select_in(
            connection, OWNER, ["name", "id"], "name", [*names, *names, "?"], where={"hub_id": 1}
        )
        assert sorted(found) == sorted((name, id_) for id_, name in enumerate(names, 1))
        assert select_in(connection, OWNER, ["id"], "name", names, where={"hub_id": 2}) == []
        assert select_in(connection, OWNER, ["id"], "name", []) == []
        delete_where_in(connection, OWNER, "name", names[:100], where={"hub_id": 2})
        delete_where_in(connection, OWNER, "id", range(2, count + 1))
        assert select_in(connection, OWNER, ["id"], "id", range(count)) == [(1,)]


@only_sqlite
def test_look_ups_in_a_compound_index_search_it(store: Engine) -> None:
    """A scan would read the whole index for every page of a sweep."""
    plans: list[str] = []

    @event.listens_for(store, "before_cursor_execute", retval=True)
    def explain(
        _connection: object, _cursor: object, sql: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return sql.replace("SELECT", "EXPLAIN QUERY PLAN SELECT", 1), parameters

    with store.connect() as connection:
        for where in (None, {"hub_id": 1}):
            plans.append(str(select_in(connection, MODEL, ["id"], "name", ["a"], where=where)))
    assert "SCAN model" in plans[0]
    assert "SEARCH model" in plans[1]


def test_new_keys_go_on_after_the_last(store: Engine) -> None:
    with store.begin() as connection:
        assert next_ids(connection, OWNER, 3) == range(1, 4)
        insert(connection, OWNER, ["id", "hub_id", "name"], [(7, 1, "x")])
        assert next_ids(connection, OWNER, 2) == range(8, 10)
