"""ModelScope by the command, on an invented folder that is replayed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from miner.errors import SourceRefused
from miner.pipelines.sources.hubs import default_hubs, hub_names
from miner.pipelines.sources.hubs.modelscope.hub import require_order
from miner.pipelines.sources.hubs.modelscope.model_records import MOST_LISTED, read_listing
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
from tests.commands import run_miner
from tests.crawling import ask, environment, settings_for

FOLDER = Path(__file__).parents[1] / "data" / "modelscope"


def settings_to(folder: Path, server: ReplayServer) -> Settings:
    services = (("MODELSCOPE_ENDPOINT", server.variables()["MODELSCOPE_ENDPOINT"]),)
    return settings_for(folder, "http://127.0.0.1:1", services=services)


def miner(settings: Settings, *arguments: str) -> str:
    done = run_miner(*arguments, env=environment(settings))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_crawls_shows_and_exports_it(tmp_path: Path) -> None:
    with serving(load_catalog([FOLDER])) as server:
        settings = settings_to(tmp_path / "data", server)
        crawl = ("crawl", "--hub", "modelscope", "--no-github", "--configs", "all")
        miner(settings, *crawl)
        before = ask(settings, "SELECT count(*) FROM answer WHERE kind = 'file'")
        miner(settings, *crawl)
        again = ask(settings, "SELECT count(*) FROM answer WHERE kind = 'file'")
    assert before == again, "no file is fetched twice"
    edges = "SELECT p.name FROM model_edge e JOIN model p ON p.id = e.parent_id"
    assert ask(settings, edges) == [("invented-lab/heron-7b",)]
    sql = "SELECT hub, name, license, gated FROM model ORDER BY name"
    shown = miner(settings, "query", "--sql", sql, "--format", "csv")
    assert shown.splitlines()[1:4] == [
        "modelscope,invented-lab/heron-7b,apache-2.0,no",
        "modelscope,invented-lab/heron-7b-chat,apache-2.0,no",
        "modelscope,made-up-studio/glass-ocr,,yes",
    ]
    address = "https://modelscope.cn/models/invented-lab/heron-7b/summary"
    assert "invented-lab/heron-7b" in miner(settings, "model", address)


def test_a_crawl_of_all_hubs_leaves_it_out() -> None:
    assert "modelscope" in hub_names()
    assert "modelscope" not in default_hubs()


def test_a_listing_in_another_order_is_refused() -> None:
    dates = ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"]
    models = [{"id": f"invented/{number}", "created_at": date} for number, date in enumerate(dates)]
    body = orjson.dumps({"success": True, "data": {"models": models, "total_count": 2}})
    address = "https://modelscope.test/openapi/v1/models?sort=created_at&direction="
    require_order(f"{address}asc", body)
    with pytest.raises(SourceRefused, match="does not sort its listing by created_at, desc"):
        require_order(f"{address}desc", body)


def test_more_than_the_service_lists_is_no_whole_page() -> None:
    page = {"models": [], "total_count": MOST_LISTED + 1, "page_number": 1, "page_size": 100}
    listing = read_listing(orjson.dumps({"success": True, "data": page}), "model", "full")
    assert not listing.is_whole
    assert [problem.reason for problem in listing.problems] == ["cut-short"]
