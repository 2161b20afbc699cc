"""The benches over a filled store: what they write of their measurements."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random

from miner.schema import tables
from tests.bench import moe, snapshot
from tests.bench.filled import Filled, environment, fill, forget
from tests.bench.moe import Asked, MoeRun
from tests.bench.snapshot import Stage
from tests.bench.synthetic.code import rows_of

FILLED = Filled(
    1000, 90.0, 10.0, 2.0, 2**30,
    {"model_edge": 200, "repository": 50, "use_site": 300, "model_architecture": 1000},
)  # fmt: skip


def moe_run(*asked: Asked) -> MoeRun:
    base = (
        Asked("start", 1, 0, 0, 0.3, 0.2, 0.4, 2**20),
        Asked("join", 1, 0, 0, 1.5, 1, 1.9, 2**20),
    )
    return MoeRun(FILLED, 2.0, 1.5, 0.005, 30.0, 10**6, [*base, *asked])


def test_questions_that_take_too_long_are_named() -> None:
    quick = Asked("moe/quick", 5, 0.1, 0.2, 0.5, 0.9, 0.99, 2**20)
    slow = Asked("moe/slow", 5, 0.1, 0.2, 0.5, 0.9, 1.0, 2**20)
    text = moe.render([moe_run(quick, slow)], "python")
    assert "not below: moe/slow." in text
    assert "| moe/slow | 5 | 0.10 | 0.20 | 0.50 | 0.90 | 1.00 | 1 |" in text
    assert "all are below" in moe.render([moe_run(quick)], "python")


def test_judging_stands_beside_the_rules_alone() -> None:
    assert "| 1,000 | 10.0 | 2.0 | 1.5 | 500 | 1,500 | 5,000 | 1,024 |" in moe.render(
        [moe_run()], "python"
    )


def test_a_step_stands_beside_its_bar() -> None:
    stages = [
        Stage("bare", 3.0, 5.0, None, None, 2**20, 10**6),
        Stage("built", 24.0, 40.0, 8.0, 10.0, 2**21, 2 * 10**6),
        Stage("asked", 0.25, 0.2, None, 1.0),
    ]
    text = snapshot.render([(1000, stages)], "python")
    assert "| bare | 1,000 | 3.00 | 5.0 |  |  | 1 | 1 |" in text
    assert "| built | 1,000 | 24.0 | 40.0 | 8.0 | 10 | 2 | 2 |" in text
    assert "| asked | 1,000 | 0.25 | 0.2 |  | 1 s |  |  |" in text


def test_a_store_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "filled.json").write_text(
        '{"models": 5, "crawl_seconds": 1, "judging_seconds": 1, "reading_seconds": 1, '
        '"peak_bytes": 7, "rows": {"scan": 1}}'
    )
    assert fill(10**9, 1, tmp_path) == Filled(5, 1, 1, 1, 7, {"scan": 1})


def test_what_is_forgotten_can_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"kept")
    forget(tmp_path)
    forget(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").read_bytes() == b"kept"


def test_commands_of_a_bench_work_on_its_own_data_alone(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert env["MINER_DATA_DIR"] == str(tmp_path)
    assert not env["MINER_DATABASE_URL"]
    assert not env["MINER_SNAPSHOT_SOURCE"]


def test_uses_of_a_synthetic_repository_are_those_of_its_sites() -> None:
    models = [(number, f"o/m{number}") for number in range(1, 200)]
    for number in range(1, 60):
        rows = list(rows_of(number, Random(number), models))
        assert rows == list(rows_of(number, Random(number), models)), "by seed alone"
        sites = [row for table, row in rows if table is tables.UseSite]
        loaded = {row["model"] for row in sites if row["role"] != "mention"}
        uses = {row["model"]: row for table, row in rows if table is tables.ModelUse}
        assert uses.keys() == loaded
        (scan,) = [row for table, row in rows if table is tables.Scan]
        assert scan["site_count"] == len(sites)
        assert all(isinstance(row["first_seen_at"], datetime) for row in uses.values())
        keys = {name: key for key, name in models}
        assert all(row["model_id"] == keys.get(name) for name, row in uses.items())
