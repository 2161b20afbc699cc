"""The synthetic Hub: the same for the same seed, complete in every order, of the real shape."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench.synthetic.hub import SyntheticHub
from tests.bench.synthetic.listing import Listing, encode_cursor
from tests.bench.synthetic.server import Application, PageFile

Record = dict[str, Any]
FULL = "&".join(
    f"expand={name}"
    for name in (
        "author", "baseModels", "cardData", "config", "createdAt", "disabled", "downloads",
        "gated", "gguf", "lastModified", "library_name", "likes", "pipeline_tag", "safetensors",
        "sha", "siblings", "tags",
    )
)  # fmt: skip
LIGHT = "expand=sha&expand=lastModified&expand=downloads&expand=createdAt&expand=gated"


def application(size: int, seed: int = 1, epoch: int = 0) -> Application:
    return Application(SyntheticHub(size, seed, epoch), "http://hub.test")


def get(app: Application, path: str, query: str = "") -> tuple[int, dict[str, str], bytes]:
    return app.answer(path, query)


def crawl(app: Application, query: str) -> list[Record]:
    """Follow the links from the first page to the last."""
    records: list[Record] = []
    address = query
    while True:
        status, headers, body = get(app, "/api/models", address)
        assert status == 200, body
        records += orjson.loads(body)
        if "link" not in headers:
            return records
        match = re.fullmatch(
            r'<http://hub\.test/api/models\?(.+&cursor=[^&>]+)>; rel="next"', headers["link"]
        )
        assert match, headers["link"]
        address = match[1]


@pytest.fixture(scope="module")
def sample() -> list[Record]:
    return crawl(application(20_000), f"sort=createdAt&direction=1&limit=1000&{FULL}")


def share(records: list[Record], holds: Any) -> float:
    return sum(bool(holds(record)) for record in records) / len(records)


def tagged(prefix: str) -> Any:
    return lambda record: any(tag.startswith(prefix) for tag in record["tags"])


def test_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    query = f"sort=createdAt&direction=1&limit=300&{FULL}"
    first = get(application(1000, seed=7), "/api/models", query)
    assert first == get(application(1000, seed=7), "/api/models", query)
    assert first[2] != get(application(1000, seed=8), "/api/models", query)[2]


@pytest.mark.parametrize("epoch", [0, 2])
def test_every_order_lists_each_model_once(epoch: int) -> None:
    app = application(5000, epoch=epoch)
    up = crawl(app, f"sort=createdAt&direction=1&limit=700&{LIGHT}")
    down = crawl(app, f"sort=createdAt&direction=-1&limit=333&{LIGHT}")
    lately = crawl(app, f"sort=lastModified&direction=-1&limit=450&{LIGHT}")
    ids = [record["_id"] for record in up]
    assert ids == sorted(set(ids))
    assert ids == [record["_id"] for record in reversed(down)]
    assert sorted(record["_id"] for record in lately) == ids
    times = [record["lastModified"] for record in lately]
    assert times == sorted(times, reverse=True)
    assert len({record["id"] for record in up}) == len(up)


def test_a_deep_page_equals_what_a_walk_finds_there(sample: list[Record]) -> None:
    cursor = encode_cursor([13_006])
    query = f"sort=createdAt&direction=1&limit=50&{FULL}&cursor={cursor}"
    assert orjson.loads(get(application(20_000), "/api/models", query)[2]) == sample[13_007:13_057]


def test_the_last_page_of_the_largest_hub_needs_no_walk() -> None:
    cursor = encode_cursor([3_099_989])
    query = f"sort=createdAt&direction=1&{LIGHT}&cursor={cursor}"
    status, headers, body = get(application(3_100_000), "/api/models", query)
    assert (status, len(orjson.loads(body)), headers) == (200, 10, {})


def test_times_are_in_order_and_in_the_id(sample: list[Record]) -> None:
    created = [record["createdAt"] for record in sample]
    assert created == sorted(created)
    assert created[0] == "2022-03-02T23:29:04.000Z"
    assert created[-1].startswith("2026-10-02")
    assert all(record["lastModified"] >= record["createdAt"] for record in sample)
    years = Counter(time[:4] for time in created)
    assert years["2023"] < years["2024"] < years["2025"]


@pytest.mark.parametrize(
    ("prefix", "low", "high"),
    [
        ("base_model:", 0.26, 0.30),
        ("dataset:", 0.38, 0.42),
        ("arxiv:", 0.10, 0.15),
        ("license:apache-2.0", 0.33, 0.37),
        ("license:mit", 0.13, 0.17),
        ("license:", 0.62, 0.66),
    ],
)
def test_shares_of_tags(sample: list[Record], prefix: str, low: float, high: float) -> None:
    assert low < share(sample, tagged(prefix)) < high


def test_shape_of_records(sample: list[Record]) -> None:
    sizes = [len(orjson.dumps(record)) for record in sample]
    assert 2200 < sum(sizes) / len(sizes) < 2800
    assert 7 < sum(len(record["tags"]) for record in sample) / len(sample) < 9
    assert {len(record["siblings"]) for record in sample} <= set(range(5, 13))
    moe = {"mixtral", "qwen3_moe", "deepseek_v3", "gpt_oss", "olmoe"}
    assert 0.02 < share(sample, lambda r: r.get("config", {}).get("model_type") in moe) < 0.08
    downloads = sorted((record["downloads"] for record in sample), reverse=True)
    assert sum(downloads[:200]) > 0.8 * sum(downloads)
    assert 0.35 < share(sample, lambda record: record["downloads"] > 0) < 0.45


def test_trees_are_deep_and_have_heavy_tails(sample: list[Record]) -> None:
    place = {record["_id"]: number for number, record in enumerate(sample)}
    names = {record["id"]: record["_id"] for record in sample}
    depth: list[int] = []
    children: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    for number, record in enumerate(sample):
        bases = record.get("baseModels", {"models": []})["models"]
        assert all(place[base["_id"]] < number for base in bases)
        assert all(names[base["id"]] == base["_id"] for base in bases)
        depth.append(1 + max((depth[place[base["_id"]]] for base in bases), default=-1))
        children.update(base["_id"] for base in bases)
        relations.update([record["baseModels"]["relation"]] if bases else [])
    assert max(depth) >= 4
    assert children.most_common(1)[0][1] > 100
    assert sum(1 for count in children.values() if count == 1) > 0.5 * len(children)
    for relation, expected in {"adapter": 0.43, "finetune": 0.36, "quantized": 0.19}.items():
        assert abs(relations[relation] / relations.total() - expected) < 0.03
    assert 0.01 < relations["merge"] / relations.total() < 0.03


def test_a_later_state_differs_by_what_is_documented_alone() -> None:
    query = f"sort=createdAt&direction=1&{LIGHT}"
    before = {record["_id"]: record for record in crawl(application(10_000), query)}
    after = {record["_id"]: record for record in crawl(application(10_000, epoch=1), query)}
    assert len(before.keys() - after.keys()) == 10
    assert len(after.keys() - before.keys()) == 70
    both = before.keys() & after.keys()
    differing = Counter(
        key for uid in both for key in before[uid] if before[uid][key] != after[uid][key]
    )
    assert differing == {"downloads": 3990, "sha": 100, "lastModified": 100, "id": 5, "gated": 2}
    assert max(record["lastModified"] for record in before.values()) < min(
        after[uid]["lastModified"] for uid in both if before[uid]["sha"] != after[uid]["sha"]
    )


def test_single_records_cards_and_what_is_missing() -> None:
    app = application(5000, epoch=1)
    hub = app.hub
    renamed, deleted = 1071, 561
    old = hub.first_name(hub.facts(renamed))
    status, headers, _ = get(app, f"/api/models/{old}", "expand=sha")
    assert (status, headers["location"]) == (307, f"/api/models/{hub.name(renamed)}?expand=sha")
    status, _, body = get(app, f"/api/models/{hub.name(renamed)}", "expand=usedStorage&expand=sha")
    assert (status, set(orjson.loads(body))) == (200, {"_id", "id", "sha"})
    assert get(app, f"/api/models/{hub.name(deleted)}")[0] == 401
    assert get(app, "/api/datasets/amber-data/reviews-9")[0] == 401
    states: Counter[int] = Counter()
    for number in range(200):
        name, sha = hub.name(number), hub.sha(hub.facts(number))
        status, headers, body = get(app, f"/{name}/resolve/{sha}/README.md")
        states[status] += 1
        if status == 307:
            status, found, body = get(app, *headers["location"].split("?"))
            assert (status, body[:4]) == (200, b"---\n")
            assert found["etag"] == headers["x-linked-etag"]
    assert states[307] > 100 and states[404] > 30 and states[401] > 0


@pytest.mark.parametrize(
    "query",
    ["expand=usedStorage", "expand=sha,tags", "sort=created_at", "limit=0", "cursor=%25"],
)
def test_what_the_hub_refuses(query: str) -> None:
    status, headers, body = get(application(100), "/api/models", query)
    assert status == 400
    assert orjson.loads(body)["error"] == headers["x-error-message"]


def test_prerendered_pages_are_the_same_bytes(tmp_path: Path) -> None:
    query = f"sort=createdAt&direction=1&limit=100&{FULL}"
    fresh = application(450)
    with (tmp_path / "pages").open("w+b") as file:
        pages = PageFile(file)
        app = Application(fresh.hub, fresh.endpoint, pages)
        app.prerender(query, pages)
        app.listing = Listing(SyntheticHub(450, seed=2))  # a page made anew would be another
        kept = crawl(app, query)
    assert len(kept) == 450
    assert kept == crawl(fresh, query)
