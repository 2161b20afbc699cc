"""From a small store to files that answer SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest
from sqlalchemy import Connection, insert, update

from miner.db import export as exporting
from miner.db.export import formats
from miner.db.observations import SCHEMA as OBSERVED
from miner.db.session import open_store
from miner.errors import CheckFailed, ConfigurationError
from miner.pipelines.snapshot import export_store
from miner.pipelines.snapshot.export_store import export_duckdb, export_parquet
from miner.queries.loader import macros
from miner.schema.description import Column
from miner.schema.published import PUBLISHED, VIEWS
from miner.schema.tables import metadata
from miner.settings import Settings, load_settings

T1 = datetime(2024, 1, 2, 3, 4, 5, 678000)  # noqa: DTZ001  the store's times carry no zone
T2 = datetime(2024, 6, 1)  # noqa: DTZ001
T = metadata.tables
MACROS = macros()

_MODEL = {
    "state": "present",
    "parse_state": "parsed",
    "hub_id": 1,
    "owner_id": None,
    "uid": None,
    "created_at": None,
    "sha": None,
    "downloads": None,
    "license": None,
    "tags": None,
    "languages": None,
    "architectures": None,
    "files": None,
    "safetensors_parameter_count": None,
    "safetensors_dtypes": None,
    "gguf_parameter_count": None,
    "gguf_architecture": None,
    "model_type": None,
    "observed_at": None,
}


def _models() -> list[dict[str, Any]]:
    bare = [{**_MODEL, "id": n, "name": f"bare-{n:02}"} for n in range(1, 41)]
    return [
        *bare,  # nulls first: the driver infers types from what it sees first
        {
            **_MODEL,
            "id": 50,
            "name": "acmé/großes-模型",
            "owner_id": 1,
            "uid": "u50",
            "created_at": T1,
            "sha": "abc123",
            "downloads": 70,
            "license": "mit",
            "tags": ["a", "license:mit", "a", "b\u0000c"],
            "languages": ["de", "no"],
            "architectures": ["BertModel", "Other"],
            "files": [
                {"path": "README.md", "size_bytes": 10, "sha256": None},
                {"path": "ü.bin", "size_bytes": 2**40, "sha256": "ff"},
            ],
            "safetensors_parameter_count": 110_000_000,
            "safetensors_dtypes": {"F32": 10, "BF16": 90},
            "model_type": "bert",
            "observed_at": T2,
        },
        {
            **_MODEL,
            "id": 51,
            "name": "acmé/child",
            "owner_id": 1,
            "uid": "u51",
            "created_at": T2,
            "sha": "def456",
            "downloads": 5,
            "gguf_parameter_count": 7_000,
            "gguf_architecture": "llama",
        },
        {**_MODEL, "id": 52, "name": "acmé/grandchild", "owner_id": 1, "uid": "u52"},
    ]


def _edge(child: int, parent: str, parent_id: int | None, **more: Any) -> dict[str, Any]:
    edge = {"relation": "finetune", "relation_source": "card", "source": "card", "is_chosen": True}
    place = {"blob_sha": None, "span_start": None, "span_end": None}
    return {**edge, **place, "child_id": child, "parent": parent, "parent_id": parent_id, **more}


def _fill(connection: Connection) -> None:
    def add(table: str, rows: list[dict[str, Any]]) -> None:
        connection.execute(insert(T[table]), rows)

    home = "https://huggingface.co"
    add(
        "hub",
        [
            {
                "id": 1,
                "name": "huggingface",
                "title": "HF",
                "home_page": home,
                "terms_url": home,
                "revision_page": f"{home}/{{name}}/tree/{{revision}}",
                "file_page": f"{home}/{{name}}/blob/{{revision}}/{{path}}",
            }
        ],
    )
    add("owner", [{"id": 1, "hub_id": 1, "name": "acmé"}])
    add("model", _models())
    add(
        "fetched_file",
        [
            {"model_id": 50, "path": "README.md", "state": "fetched", "revision": "rev50",
             "blob_sha": "blob50", "size_bytes": 10, "parse_state": "parsed", "observed_at": T2},
            {"model_id": 51, "path": "README.md", "state": "gated", "revision": None,
             "blob_sha": None, "size_bytes": None, "parse_state": None, "observed_at": T2},
        ],
    )  # fmt: skip
    add(
        "model_edge",
        [
            _edge(51, "acmé/großes-模型", 50, blob_sha="blob51", span_start=3, span_end=9),
            _edge(51, "old-name", 50, source="tag"),
            _edge(51, "acmé/großes-模型", 50, source="tag", is_chosen=False),
            _edge(52, "acmé/child", 51, relation="quantized"),
            _edge(52, "nobody/unseen", None),
        ],
    )
    add(
        "license_statement",
        [{"model_id": 50, "dataset_id": None, "source": "card", "position": 0, "key": " MIT",
          "canonical": "mit", "scope": "weights", "is_chosen": True}],
    )  # fmt: skip
    add("paper", [{"id": 1, "arxiv_id": "2301.00001", "published_on": date(2023, 1, 1)}])
    add(
        "model_paper",
        [{"model_id": 50, "paper_id": 1, "role": "cites", "source": "tag", "is_chosen": True}],
    )
    add(
        "sweep",
        [{"id": 1, "name": "huggingface-model-full-0001", "hub_id": 1, "subject": "model",
          "kind": "full", "window": {}, "started_at": T1, "ended_at": T2, "page_count": 1,
          "record_count": 3, "rejected_count": 0, "is_complete": True}],
    )  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load_settings({"MINER_DATA_DIR": str(tmp_path / "da ta")})
    open_store(made).dispose()
    return made


@pytest.fixture
def filled(settings: Settings) -> Settings:
    engine = open_store(settings)
    with engine.begin() as connection:
        _fill(connection)
    engine.dispose()
    return settings


def _change(settings: Settings, statement: Any) -> None:
    engine = open_store(settings)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def _ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _export(settings: Settings) -> Path:
    return export_duckdb(settings, settings.duckdb_path, macros=MACROS).target


def _tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {table: connection.execute(f"FROM {table}").fetchall() for table in PUBLISHED}


def test_an_empty_store_gives_every_table_and_macro_empty(settings: Settings) -> None:
    report = export_duckdb(settings, settings.duckdb_path, macros=MACROS)
    counts = {name: count for name, count in report.row_counts.items() if count}
    assert set(counts) == {
        "data_warning",
        "engine_support",
        "license",
        "moe_family",
        "task",
        "traced_paper",
    }
    assert report.size_bytes == settings.duckdb_path.stat().st_size
    tables = {name for (name,) in _ask(report.target, "SELECT table_name FROM duckdb_tables()")}
    assert tables == set(PUBLISHED)
    with duckdb.connect(str(report.target), read_only=True) as connection:
        for name in [f"{macro.name}()" for macro in MACROS] + [view.name for view in VIEWS]:
            rows = connection.execute(f"FROM {name}").fetchall()
            assert rows == [] or name in {"collection", "relation"}, name
        asked = "SELECT DISTINCT is_collected FROM collection"
        assert connection.execute(asked).fetchall() == [(False,)]


def test_the_keys_of_the_tables_are_a_view(filled: Settings) -> None:
    asked = "SELECT column_names, to_table, to_columns FROM relation WHERE table_name = 'model_use'"
    found = _ask(_export(filled), asked)
    table = PUBLISHED["model_use"]
    keys: list[object] = [(list(table.key), None, None)]
    keys += [(list(one.columns), one.table, list(one.target)) for one in table.references]
    assert sorted(found, key=str) == sorted(keys, key=str)


def test_values_come_through_as_what_they_are(filled: Settings) -> None:
    path = _export(filled)
    assert _ask(
        path,
        "SELECT owner, created_at, downloads, architectures, file_count, tag_count, evidence_url "
        "FROM model WHERE name LIKE 'acmé/g%' AND license = 'mit'",
    ) == [
        (
            "acmé",
            T1,
            70,
            ["BertModel", "Other"],
            2,
            4,
            "https://huggingface.co/acmé/großes-模型/tree/abc123",
        )
    ]
    assert _ask(path, "SELECT count(*), count(downloads), count(architectures) FROM model") == [
        (43, 2, 1)
    ]
    assert _ask(path, "SELECT tag FROM model_tag") == [("a",), ("b\u0000c",), ("license:mit",)]
    assert _ask(path, "SELECT language FROM model_language") == [("de",), ("no",)]
    assert _ask(path, "SELECT path, size_bytes, sha256 FROM model_file") == [
        ("README.md", 10, None),
        ("ü.bin", 2**40, "ff"),
    ]
    assert _ask(path, "SELECT published_on::VARCHAR, url FROM paper") == [
        ("2023-01-01", "https://arxiv.org/abs/2301.00001")
    ]


_COUNTED = {
    "base_count": "SELECT hub, child, count(*) FROM model_edge WHERE child <> parent GROUP BY ALL",
    "dataset_count": "SELECT hub, model, count(DISTINCT dataset) FROM model_dataset GROUP BY ALL",
    "language_count": "SELECT hub, model, count(*) FROM model_language GROUP BY ALL",
    "paper_count": "SELECT hub, model, count(DISTINCT arxiv_id) FROM model_paper GROUP BY ALL",
}


def test_what_a_model_counts_is_what_the_other_tables_hold(filled: Settings) -> None:
    use = {"model_id": 51, "role": "trained_on", "is_chosen": True}
    for statement in (
        insert(T["model_edge"]).values(_edge(50, "acmé/großes-模型", 50, source="tag")),
        insert(T["dataset"]).values(id=7, hub_id=1, name="a/new", state="present"),
        insert(T["model_dataset"]).values(
            {**use, "dataset": "a/new", "dataset_id": 7, "source": "card"}
        ),
        insert(T["model_dataset"]).values(
            {**use, "dataset": "old", "dataset_id": 7, "source": "tag"}
        ),
        insert(T["model_dataset"]).values(
            {**use, "dataset": "b", "role": "evaluated_on", "source": "tag"}
        ),
        insert(T["model_dataset"]).values({**use, "dataset": "b", "source": "tag"}),
    ):
        _change(filled, statement)
    path = _export(filled)
    for column, query in _COUNTED.items():
        counted = _ask(
            path, f"SELECT hub, name, {column} FROM model WHERE {column} > 0 ORDER BY ALL"
        )
        assert counted == _ask(path, f"{query} ORDER BY ALL"), column
        assert _ask(path, f"SELECT count(*) FROM model WHERE {column} IS NULL") == [(0,)]
    assert _ask(
        path, "SELECT name, base_count, dataset_count FROM model WHERE dataset_count > 0"
    ) == [("acmé/child", 1, 2)]
    states = "SELECT hub, name, card_state FROM model ORDER BY ALL"
    assert _ask(path, states) == _ask(path, "SELECT hub, model, state FROM model_card ORDER BY ALL")


def test_a_dataset_has_one_spelling_in_all_tables(filled: Settings) -> None:
    use = {"model_id": 51, "role": "trained_on", "is_chosen": True}
    written = ["gsm8k", "openai/gsm8k", "datasets/Own_Tales", "own-tales"]
    for name in written:
        _change(
            filled, insert(T["model_dataset"]).values({**use, "dataset": name, "source": "tag"})
        )
    _change(
        filled,
        insert(T["extraction"]).values(
            id=1, model_id=51, extractor="rules", llm="", version="1", blob_sha="a",
            state="extracted", value_count=1, rejected_count=0,
        ),
    )  # fmt: skip
    _change(
        filled,
        insert(T["extracted_field"]).values(
            extraction_id=1, model_id=51, position=99, field="training_dataset", state="stated",
            value_text="GSM8K", agreement=1, is_chosen=True,
        ),
    )  # fmt: skip
    path = _export(filled)
    named = "SELECT dataset FROM model_dataset WHERE role = 'trained_on' ORDER BY ALL"
    assert _ask(path, named) == [("Own_Tales",), ("openai/gsm8k",)]
    declared = _ask(path, "SELECT dataset_declared FROM model_dataset_statement ORDER BY ALL")
    assert {one for (one,) in declared} >= set(written)
    assert _ask(path, "SELECT dataset, named FROM extracted_field WHERE value_text = 'GSM8K'") == [
        ("openai/gsm8k", None)
    ]


def test_every_model_has_a_card_row_and_not_fetched_says_why(filled: Settings) -> None:
    path = _export(filled)
    rows = "SELECT state, count(*), count(reason) FROM model_card GROUP BY state ORDER BY state"
    assert _ask(path, rows) == [("fetched", 1, 0), ("gated", 1, 0), ("not-fetched", 41, 41)]
    assert _ask(path, "SELECT evidence_url FROM model_card WHERE state = 'fetched'") == [
        ("https://huggingface.co/acmé/großes-模型/blob/rev50/README.md",)
    ]


def test_the_architecture_is_chosen_from_the_best_source(filled: Settings) -> None:
    _change(
        filled,
        insert(T["model_config"]).values(
            model_id=51, blob_sha="c", model_type="mistral", architectures=["MistralForCausalLM"]
        ),
    )
    path = _export(filled)
    columns = "model, model_type, architecture, parameter_count, parameter_source, dtype, source"
    assert _ask(path, f"SELECT {columns} FROM model_architecture") == [
        ("acmé/child", "mistral", "MistralForCausalLM", 7_000, "gguf", None, "config"),
        (
            "acmé/großes-模型",
            "bert",
            "BertModel",
            110_000_000,
            "safetensors",
            "BF16",
            "safetensors",
        ),
    ]


@pytest.mark.parametrize(
    ("columns", "weight_format"),
    [
        ({"name": "a/Heron-AWQ", "quantization": "awq"}, "awq"),
        ({"name": "a/Heron-GGUF"}, "gguf"),
        ({"name": "a/heron", "tags": ["gguf"]}, "gguf"),
        ({"name": "a/heron", "files": [{"path": "q4/heron.gguf", "size_bytes": 1}]}, "gguf"),
        ({"name": "a/heron", "gguf_architecture": "llama"}, "gguf"),
        ({"name": "mlx-community/heron-4bit", "library_name": "mlx"}, "mlx"),
        ({"name": "a/heron-NVFP4", "quantization": "modelopt"}, "nvfp4"),
        ({"name": "a/heron-fp8", "quantization": "compressed-tensors"}, "fp8"),
        ({"name": "a/heron", "quantization": "compressed-tensors"}, "compressed-tensors"),
        ({"name": "a/heron", "quantization": "fbgemm_fp8"}, "fp8"),
        ({"name": "a/heron-NVFP4-GGUF"}, "gguf"),
        ({"name": "a/heron-exl2-4.0bpw"}, "exl2"),
        ({"name": "a/mlxfan-heron", "model_type": "llama"}, None),
        ({"name": "gguf/heron", "model_type": "llama"}, None),
    ],
)
def test_the_format_of_weights_is_told_by_method_files_and_name(
    settings: Settings, columns: dict[str, Any], weight_format: str | None
) -> None:
    hub = {"id": 1, "name": "h", "title": "H", "home_page": "u", "terms_url": "u"}
    _change(settings, insert(T["hub"]).values(**hub))
    _change(settings, insert(T["model"]).values(**{**_MODEL, "id": 1, **columns}))
    found = _ask(_export(settings), "SELECT weight_format FROM model_architecture")
    assert found == [(weight_format,)]


def test_edges_are_chosen_resolved_and_placed(filled: Settings) -> None:
    path = _export(filled)
    columns = "child, parent, source, parent_declared, is_parent_held"
    assert _ask(path, f"SELECT {columns} FROM model_edge ORDER BY ALL") == [
        ("acmé/child", "acmé/großes-模型", "card", "acmé/großes-模型", True),
        ("acmé/grandchild", "acmé/child", "card", "acmé/child", True),
        ("acmé/grandchild", "nobody/unseen", "card", "nobody/unseen", False),
    ]
    assert _ask(path, "SELECT count(*) FROM model_edge_statement") == [(5,)]
    assert _ask(path, "SELECT evidence_url, span_start FROM model_edge WHERE span_end = 9") == [
        ("https://huggingface.co/acmé/child/blob/def456/README.md", 3)
    ]
    place = "model, root, depth, base_count, derivative_count, is_in_cycle"
    assert _ask(path, f"SELECT {place} FROM model_lineage ORDER BY depth") == [
        ("acmé/großes-模型", "acmé/großes-模型", 0, 0, 1, False),
        ("acmé/child", "acmé/großes-模型", 1, 1, 1, False),
        ("acmé/grandchild", "acmé/großes-模型", 2, 2, 0, False),
    ]


def _observe(settings: Settings, sweep: str, rows: list[dict[str, Any]]) -> None:
    folder = settings.observations_dir / "model"
    folder.mkdir(parents=True, exist_ok=True)
    empty: dict[str, Any] = dict.fromkeys(OBSERVED)
    frame = polars.DataFrame(
        [{**empty, "hub": "huggingface", "sweep": sweep, "observed_at": T2, **row} for row in rows]
    )
    frame.write_parquet(folder / f"{sweep}.parquet")


def test_observations_of_all_sweeps_are_one_table_under_present_names(filled: Settings) -> None:
    old = {"uid": "u50", "name": "old-name", "downloads": 60, "sha": "aaa", "last_modified_at": T1}
    _observe(filled, "one", [old, {"uid": "x", "name": "unheld"}, old])
    _observe(filled, "two", [{**old, "name": "acmé/großes-模型", "downloads": 70, "sha": "abc123"}])
    path = _export(filled)
    assert _ask(path, "SELECT sweep, model, downloads FROM model_observation") == [
        ("one", "acmé/großes-模型", 60),
        ("one", "unheld", None),
        ("two", "acmé/großes-模型", 70),
    ]
    seen = "SELECT last_seen_at FROM model WHERE uid = 'u50'"
    assert _ask(path, seen) == [(T2,)]
    assert _ask(path, "SELECT sha, committed_at FROM model_commit ORDER BY sha LIMIT 2") == [
        ("aaa", T1),
        ("abc123", T1),
    ]


def test_one_row_changed_changes_the_answer(filled: Settings) -> None:
    question = "SELECT license, models FROM models_by_license(min_downloads := 50)"
    assert _ask(_export(filled), question) == [("mit", 1)]
    statement = T["license_statement"]
    _change(
        filled,
        update(statement).where(statement.c.model_id == 50).values(canonical="apache-2.0"),
    )
    assert _ask(_export(filled), question) == [("apache-2.0", 1)]


def test_two_exports_of_one_store_agree_row_by_row(filled: Settings, tmp_path: Path) -> None:
    first = _export(filled)
    second = export_duckdb(filled, tmp_path / "again.duckdb", macros=()).target
    assert _tables(first) == _tables(second)


def test_descriptions_are_comments_in_the_file(filled: Settings) -> None:
    path = _export(filled)
    uncommented = "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL"
    assert _ask(path, f"{uncommented} AND NOT internal") == []
    (comment,) = _ask(path, "SELECT comment FROM duckdb_tables() WHERE table_name = 'model'")[0]
    assert comment == PUBLISHED["model"].description
    (comment,) = _ask(
        path, "SELECT comment FROM duckdb_functions() WHERE function_name = 'models_by_month'"
    )[0]
    assert comment.startswith("How many models were created")


def test_a_reference_that_does_not_hold_stops_the_export(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _export(filled).read_bytes()
    table = PUBLISHED["model_edge"]
    stricter = replace(
        table, references=tuple(replace(reference, where="") for reference in table.references)
    )
    monkeypatch.setitem(PUBLISHED, "model_edge", stricter)
    with pytest.raises(CheckFailed, match=r"table model_edge: 1 rows refer by \(hub, parent\)"):
        _export(filled)
    assert filled.duckdb_path.read_bytes() == before


def test_a_row_of_the_store_that_refers_to_nothing_stops_the_export(filled: Settings) -> None:
    with closing(sqlite3.connect(filled.data_dir / "miner.db")) as connection, connection:
        connection.execute("DELETE FROM owner")  # foreign keys are off in a plain connection
    with pytest.raises(CheckFailed, match="table model of the store: 3 rows refer by owner_id"):
        _export(filled)
    assert not filled.duckdb_path.exists()


def test_a_key_that_stands_twice_stops_the_export(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PUBLISHED, "model", replace(PUBLISHED["model"], key=("hub", "state")))
    with pytest.raises(CheckFailed, match=r"table model: 1 keys .* stand twice"):
        _export(filled)
    monkeypatch.setitem(PUBLISHED, "model", replace(PUBLISHED["model"], key=("hub", "uid")))
    with pytest.raises(CheckFailed, match="table model: 40 rows have a null in their key"):
        _export(filled)


def test_a_transform_that_is_not_as_described_stops_the_export(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = PUBLISHED["hub"]
    more = (*table.columns, Column("founded_on", "DATE", "When it began"))
    monkeypatch.setitem(PUBLISHED, "hub", replace(table, columns=more))
    with pytest.raises(CheckFailed, match=r"hub\.sql lacks columns .*founded_on"):
        _export(filled)


def test_an_export_that_dies_in_the_middle_leaves_the_old_file(
    filled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _export(filled).read_bytes()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "check_tables", die)
        with pytest.raises(KeyboardInterrupt):
            _export(filled)
    assert filled.duckdb_path.read_bytes() == before
    assert not list(filled.data_dir.glob(".*.building"))
    leftover = filled.data_dir / ".miner.duckdb.building"  # as after kill -9
    leftover.mkdir()
    (leftover / "work.duckdb").write_bytes(b"half a file")
    _export(filled)
    assert not leftover.exists()


def test_a_reader_keeps_the_file_it_has_open(filled: Settings) -> None:
    path = _export(filled)
    with duckdb.connect(str(path), read_only=True) as reader:
        _change(filled, update(T["model"]).where(T["model"].c.id == 50).values(downloads=71))
        _export(filled)
        assert reader.execute("SELECT max(downloads) FROM model").fetchall() == [(70,)]
    assert _ask(path, "SELECT max(downloads) FROM model") == [(71,)]


def test_without_a_store_the_message_says_what_to_type(tmp_path: Path) -> None:
    settings = load_settings({"MINER_DATA_DIR": str(tmp_path)})
    with pytest.raises(ConfigurationError, match="there is no store") as caught:
        _export(settings)
    assert "miner crawl" in caught.value.next_step
    assert not settings.duckdb_path.exists()


def _read_parquet(target: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect() as connection:
        return {
            table: connection.execute(f"FROM '{target / table}.parquet'").fetchall()
            for table in PUBLISHED
        }


_READERS = {"duckdb": _tables, "parquet": _read_parquet}


def test_every_format_has_a_reader_here() -> None:
    assert set(formats()) == set(_READERS)
    assert all(module.DESCRIPTION for module in formats().values())


@pytest.fixture(params=sorted(_READERS))
def format_name(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


def test_formats_hold_the_same_rows_and_replace_the_older(
    filled: Settings, tmp_path: Path, format_name: str
) -> None:
    target = tmp_path / "new" / "target"
    export_store.export(filled, format_name, target, macros=())
    _change(filled, update(T["model"]).where(T["model"].c.id == 50).values(likes=3))
    report = export_store.export(filled, format_name, target, macros=())
    found = _READERS[format_name](target)
    assert found == _tables(_export(filled))
    assert {table: len(rows) for table, rows in found.items()} == report.row_counts
    assert sorted(path.name for path in target.parent.iterdir()) == [".target.lock", "target"]


def test_a_folder_of_someone_else_is_left_alone(filled: Settings, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    with pytest.raises(ConfigurationError, match=r"chapter\.tex"):
        export_parquet(filled, tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"
