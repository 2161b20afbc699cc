"""Several hubs by the command: which are crawled, what trouble with one does to the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import orjson
import pytest

from miner.db.diff import diff_stores
from miner.pipelines.show.model_view import describe_model
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
from tests.commands import run_miner
from tests.contract.hubs.pytorch_hub import PAGES, StandIn
from tests.crawling import ask, environment, name, one, record, run, settings_for
from tests.postgres import Postgres


@contextmanager
def both(folder: Path) -> Iterator[tuple[Settings, StandIn, ReplayServer]]:
    """Both hubs on one server: ten models there, ten entry points here."""
    hub = StandIn()
    for number in range(10):
        hub.catalog.models.put(record(number, siblings=[]))
    hub.catalog.put_card(name(1), b"---\nlicense: mit\n---\n# One\n")
    with serving(hub.catalog) as server:
        settings = settings_for(
            folder, server.endpoint, github_api_url=server.github_url, github_tokens=("t",)
        )
        yield settings, hub, server


def models_by_hub(settings: Settings) -> dict[str, int]:
    rows = ask(
        settings,
        "SELECT h.name, count(*) FROM model m JOIN hub h ON h.id = m.hub_id GROUP BY h.name",
    )
    return dict(rows)


def test_all_hubs_are_crawled(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, hub, _):
        done = run(settings, "--no-github", "--no-export", "--summary")
    assert done.returncode == 0, done.stderr
    assert models_by_hub(settings) == {"huggingface": 10, "pytorch-hub": len(hub.names())}
    assert f"models_read={10 + len(hub.names())}" in done.stdout
    report = orjson.loads(one(settings, "SELECT report FROM run"))
    assert report["models read"] == 10 + len(hub.names())


def test_one_hub_by_name(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, hub, server):
        done = run(settings, "--hub", "pytorch-hub", "--no-github", "--no-export")
        buckets = server.stats()["buckets"]
    assert done.returncode == 0, done.stderr
    assert set(buckets) == {"core"}, "the other hub is not asked"
    assert models_by_hub(settings) == {"pytorch-hub": len(hub.names())}
    wrong = run(settings, "--hub", "no-hub")
    assert wrong.returncode == 2
    assert "'huggingface', 'modelscope', 'pytorch-hub', 'all'" in wrong.stderr


def test_without_a_token_the_other_hub_has_its_turn(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, _, server):
        bare = replace(settings, github_tokens=())
        done = run(bare, "--no-github", "--no-export")
        assert done.returncode == 0, done.stderr
        assert "pytorch-hub is left out: there is no token for GitHub" in done.stderr
        assert models_by_hub(settings) == {"huggingface": 10}
        alone = run(bare, "--hub", "pytorch-hub", "--no-github")
        assert "core" not in server.stats()["buckets"]
    assert alone.returncode == 10
    assert "next  export GITHUB_TOKEN=" in alone.stderr
    assert "Traceback" not in alone.stderr


@pytest.mark.soak
def test_trouble_with_one_hub_keeps_no_other_from_its_turn(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, hub, _):
        away = replace(settings, hf_endpoint="http://127.0.0.1:1", http_attempts=1)
        done = run(away, "--no-github", "--no-export")
        assert done.returncode == 11, done.stderr
        assert models_by_hub(settings) == {"pytorch-hub": len(hub.names())}
        hub.catalog.forge.put({"full_name": PAGES, "state": "blocked"})
        done = run(settings, "--no-github", "--no-export")
        assert done.returncode == 12, done.stderr
        assert "GitHub refuses the repository pytorch/hub" in done.stderr
        assert models_by_hub(settings) == {"huggingface": 10, "pytorch-hub": len(hub.names())}
        hub.catalog.forge.remove(PAGES)
        done = run(settings, "--no-github", "--no-export")
        assert done.returncode == 0, done.stderr
        assert "pytorch-hub is left out: there are no pages in pytorch/hub" in done.stderr
        assert run(settings, "--hub", "pytorch-hub").returncode == 10
        states = {state for [state] in ask(settings, "SELECT DISTINCT state FROM model")}
        assert states == {"present"}


def test_a_wrong_token_is_one_message(tmp_path: Path) -> None:
    hub = StandIn()
    with serving(hub.catalog, ReplayOptions(tokens=frozenset({"good"}))) as server:
        settings = settings_for(
            tmp_path / "data", server.endpoint, github_api_url=server.github_url,
            github_tokens=("bad",),
        )  # fmt: skip
        done = run(settings, "--hub", "pytorch-hub", "--no-github")
    assert done.returncode == 12
    assert "GitHub accepts none of the tokens" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_of_pytorch_hub_is_shown_by_all_its_names(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, _, _):
        run(settings, "--hub", "pytorch-hub", "--no-github", "--no-export")
    names = ("pytorch/vision:resnet18", "pytorch-hub:pytorch/vision:resnet18",
             "torchvision:resnet18", "PyTorch/Vision:ResNet18")  # fmt: skip
    shown = [describe_model(settings, text, with_quotes=True) for text in names]
    assert [fact["found_by"] for fact in shown] == ["name", "name", "alias", "case"]
    assert [fact["asked"] for fact in shown[::2]] == ["pytorch/vision:resnet18", names[2]]
    typed = run_miner("model", names[2], env=environment(settings))
    assert typed.returncode == 0, typed.stderr
    for words in ("pytorch/vision:resnet18", "resnet18 https://github.com/", "What ResNet does."):
        assert words in typed.stdout
    fact = shown[0]
    assert (fact["hub"], fact["name"]) == ("pytorch-hub", "pytorch/vision:resnet18")
    assert [alias["alias"] for alias in fact["aliases"]] == ["torchvision:resnet18"]
    entry = fact["entry_point"]
    assert (entry["repository"], entry["entry"]) == ("pytorch/vision", "resnet18")
    assert (entry["title"], entry["requirements"]) == ("ResNet", ["torch"])
    assert fact["url"].endswith("/example-lab_vision_resnet.md")
    assert fact["card"]["url"] == fact["url"]
    [stated] = fact["license"]["statements"]
    assert (stated["key"], stated["source"]) == ("Apache-2.0", "api")
    assert stated["evidence"]["url"] == f"https://github.com/pytorch/vision/tree/{fact['sha']}"
    assert fact["documentation"] == "documented"
    depth = describe_model(settings, "example-lab/depth:DepthHuge", with_quotes=True)
    [paper] = depth["papers"]
    assert paper["evidence"]["quote"] == "1907.01341"
    assert paper["evidence"]["url"].startswith("https://github.com/pytorch/hub/blob/")
    assert describe_model(settings, "pytorch/vision:resnet50")["documentation"] == "not-documented"


def test_a_repository_that_moved_keeps_the_models_identity(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, hub, _):
        run(settings, "--hub", "pytorch-hub", "--no-github", "--no-export")
        before = one(settings, "SELECT id FROM model WHERE name = 'example-lab/depth:DepthHuge'")
        hub.catalog.saw(datetime.fromisoformat("2026-01-02T12:00:00"))
        hub.catalog.forge.rename("example-lab/depth", "example-org/depth")
        hub.pages["example-lab_depth_net.md"] = hub.pages["example-lab_depth_net.md"].replace(
            b"example-lab/depth", b"example-org/depth"
        )
        hub.publish()
        done = run(settings, "--hub", "pytorch-hub", "--no-github", "--no-export")
    assert done.returncode == 0, done.stderr
    after = one(settings, "SELECT id FROM model WHERE name = 'example-org/depth:DepthHuge'")
    assert after == before
    renamed = "SELECT count(*) FROM model_event WHERE kind = 'renamed'"
    assert one(settings, renamed) == 3
    assert one(settings, "SELECT count(*) FROM model_event WHERE kind IN ('new', 'gone')") == 0
    alias = "SELECT source FROM model_alias WHERE alias = 'example-lab/depth:DepthHuge'"
    assert one(settings, alias) == "rename"


def test_a_limit_takes_no_model_for_gone(tmp_path: Path) -> None:
    with both(tmp_path / "data") as (settings, hub, _):
        run(settings, "--hub", "pytorch-hub", "--no-github", "--no-export")
        run(settings, "--hub", "pytorch-hub", "--limit", "3", "--no-github", "--no-export")
    assert models_by_hub(settings) == {"pytorch-hub": len(hub.names())}
    assert one(settings, "SELECT count(*) FROM model_event") == 0
    assert one(settings, "SELECT count(*) FROM sweep WHERE NOT is_complete") == 1


@pytest.mark.soak
def test_a_store_on_postgresql_holds_the_same(tmp_path: Path, postgres: Postgres) -> None:
    with both(tmp_path / "sqlite") as (settings, hub, server), postgres.database() as url:
        other = replace(settings, data_dir=tmp_path / "postgres", database_url=url)
        for day in (1, 2):
            for each in (settings, other):
                done = run(each, "--no-github", "--no-export")
                assert done.returncode == 0, done.stderr
            hub.catalog.saw(datetime.fromisoformat(f"2026-01-0{day + 1}T12:00:00"))
            if day == 1:
                for change in (hub.add, hub.remove, hub.spoil):
                    change()
        tables = diff_stores(settings.database_url, other.database_url)
        assert [table for table in tables if table.count] == []
        assert {"entry_point", "model_alias"} <= {table.table for table in tables if table.rows_a}
        files = [
            export_duckdb(each, each.duckdb_path, macros=()).target for each in (settings, other)
        ]
        rows = []
        for file in files:
            with duckdb.connect(str(file), read_only=True) as connection:
                sql = "SELECT * FROM entry_point JOIN model USING (hub) WHERE model = name"
                rows.append(connection.execute(f"{sql} ORDER BY ALL").fetchall())
        assert rows[0] == rows[1]
        assert rows[0]
    assert server.stats()["buckets"]["core"]["refused"] == 0
