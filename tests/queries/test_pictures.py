"""Every question that has a picture draws it from the rows of its own cases."""

from __future__ import annotations

import io
import itertools
import json
import re
import struct
import xml.etree.ElementTree as ET
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from miner.errors import ConfigurationError
from miner.queries import loader
from miner.queries.pictures import look
from miner.queries.pictures.file import SCALE, draw
from miner.schema.warnings import WARNINGS

FOLDER = Path(__file__).parent
QUERIES = loader.load()
DRAWN = sorted(name for name, query in QUERIES.items() if query.picture)
HOSTILE = "</script><script>alert(1)</script>&\"'<b>"


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" for _ in row)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
    )


def _plant(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """Put in the rows of the question's first case that has an answer; return its parameters."""
    cases = yaml.load_all((FOLDER / f"{name}.yaml").read_text("utf-8"), yaml.CSafeLoader)
    case = next(case for case in cases if case["expect"])
    for table, rows in case["given"].items():
        for row in rows:
            _insert(connection, table, row)
    return {key: str(value) for key, value in case.get("params", {}).items()}


def _draw(
    connection: duckdb.DuckDBPyConnection, name: str, params: dict[str, str], form: str = "svg"
) -> bytes:
    stream = io.BytesIO()
    draw(QUERIES[name], params, connection, stream, form)
    return stream.getvalue()


def _words(svg: bytes) -> str:
    """Return the text of an SVG as it is read, wrapped lines joined."""
    return " ".join(" ".join(ET.fromstring(svg).itertext()).split())


def _models(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Put in models; is_moe goes to the architecture too, absent means that nothing is known."""
    for row in rows:
        model = {"hub": "h", "state": "present", "base_count": 0, "downloads": 1, **row}
        is_moe = model.get("is_moe")
        _insert(connection, "model", model)
        if is_moe is not None:
            known = {"hub": model["hub"], "model": model["name"], "is_moe": is_moe}
            _insert(connection, "model_architecture", known)


@pytest.mark.parametrize("name", DRAWN)
def test_a_question_draws_its_own_case(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    query = QUERIES[name]
    assert query.picture is not None
    params = _plant(empty, name)
    words = _words(_draw(empty, name, params))
    for text in (query.title, query.purpose, query.picture.along.words):
        assert " ".join(text.split()) in words
    for show in query.picture.shows:
        assert show.words.lower() in words.lower()  # drawn, or said to have no value
    assert f"miner query {name}" in words
    for key in query.caveats:
        assert WARNINGS[key][1:] in words
    assert "Population: " in words


def test_all_questions_on_experts_have_a_picture() -> None:
    experts = {name for name in QUERIES if name.startswith("moe/")}
    assert len(experts) >= 17
    assert experts <= set(DRAWN)


def test_axes_are_in_words(empty: duckdb.DuckDBPyConnection) -> None:
    for name in DRAWN:
        picture = QUERIES[name].picture
        assert picture is not None
        texts = [picture.along.words, *(show.words for show in picture.shows)]
        texts += [part for show in picture.shows for part in show.names]
        assert not [text for text in texts if "_" in text], name


def test_png_is_of_the_svgs_size_and_not_blank(empty: duckdb.DuckDBPyConnection) -> None:
    params = _plant(empty, "moe/by_task")
    root = ET.fromstring(_draw(empty, "moe/by_task", params))
    png = _draw(empty, "moe/by_task", params, "png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, color = struct.unpack(">IIBB", png[16:26])
    assert (depth, color) == (8, 6)
    assert width == pytest.approx(float(root.attrib["width"]) * SCALE, abs=2)
    assert height == pytest.approx(float(root.attrib["height"]) * SCALE, abs=2)
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        packed += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    lines = zlib.decompress(packed)
    row = width * 4 + 1
    drawn = [
        line for line in range(height) if len(set(lines[line * row + 1 : line * row + row])) > 4
    ]
    assert len(drawn) > height / 4


def test_svg_is_the_same_twice(empty: duckdb.DuckDBPyConnection) -> None:
    params = _plant(empty, "moe/adoption")
    first = _draw(empty, "moe/adoption", params)
    _draw(empty, "moe/adoption", params, "html")
    assert _draw(empty, "moe/adoption", params) == first


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_names_of_strangers_are_text(empty: duckdb.DuckDBPyConnection) -> None:
    _models(empty, [{"name": "x/1", "owner": HOSTILE, "is_moe": True}])
    _models(empty, [{"name": "x/2", "owner": "a\x00b\u202ec", "is_moe": True}])
    svg = _draw(empty, "moe/by_owner", {})
    assert HOSTILE in _words(svg)
    assert "a\ufffdb\ufffdc" in _words(svg)
    assert not [node for node in ET.fromstring(svg).iter() if node.tag.endswith("}script")]
    page = _draw(empty, "moe/by_owner", {}, "html").decode()
    parser = _Tags()
    parser.feed(page)
    assert [tag for tag, _ in parser.tags].count("script") == 2
    assert "<script>alert" not in page


def test_a_page_needs_nothing_else(empty: duckdb.DuckDBPyConnection) -> None:
    page = _draw(empty, "moe/by_task", _plant(empty, "moe/by_task"), "html").decode()
    parser = _Tags()
    parser.feed(page)
    names = [name for tag, attributes in parser.tags for name in attributes]
    assert not {"src", "href", "srcset", "data"} & set(names)
    policy = next(fields["content"] for _, fields in parser.tags if "http-equiv" in fields)
    assert policy and policy.startswith("default-src 'none'") and "http" not in policy
    spec, _ = json.JSONDecoder().raw_decode(page, page.index('vegaEmbed("#picture", ') + 22)
    assert "url" not in json.dumps(spec["vconcat"])
    assert QUERIES["moe/by_task"].title in json.dumps(spec)


def test_unknown_is_never_drawn_as_dense(empty: duckdb.DuckDBPyConnection) -> None:
    _models(
        empty,
        [
            {"name": "a/1", "pipeline_tag": "t", "is_moe": True},
            {"name": "a/2", "pipeline_tag": "t", "is_moe": False},
            {"name": "a/3", "pipeline_tag": "t"},
            {"name": "a/4"},
        ],
    )
    words = _words(_draw(empty, "moe/by_task", {}))
    assert "50 % of 2" in words and "2 of 3" in words
    assert "not stated" in words and "0 of 1" in words
    assert "Hollow: a share of fewer than 10." in words


def test_what_is_not_known_of_one_feature_is_not_added_to_another(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    _models(empty, [{"name": f"a/{i}", "state": "present", "is_moe": True} for i in range(3)])
    for number, experts in enumerate((8, None, None)):
        row = {"hub": "h", "model": f"a/{number}", "is_moe": True, "expert_count": experts}
        _insert(empty, "model_architecture", row)
    words = _words(_draw(empty, "moe/by_design", {}))
    features = ("experts", "granularity", "router", "used share")
    assert all(f"{feature} not known" in words for feature in features)
    assert " 11 " not in words  # 2 + 3 + 3 + 3


def test_only_an_axis_without_a_zero_is_said_to_have_none(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    for day, has_zero in (("2024-02-01", False), ("2024-01-01", True)):
        for table in ("model", "model_architecture", "model_lineage"):
            empty.execute(f"DELETE FROM {table}")
        root = {"name": "a/1", "state": "present", "created_at": "2024-01-10 00:00:00"}
        copy = {"name": "b/1", "state": "present", "created_at": f"{day} 00:00:00"}
        _models(empty, [{**root, "is_moe": True}, {**copy, "is_moe": True, "base_count": 1}])
        for name, form in (("a/1", None), ("b/1", "gguf")):
            row = {"hub": "h", "model": name, "is_moe": True, "weight_format": form}
            _insert(empty, "model_architecture", row)
            lineage = {"hub": "h", "model": name, "root": "a/1"}
            _insert(empty, "model_lineage", lineage)
        words = _words(_draw(empty, "moe/format_lag", {}))
        assert ("An axis of powers of ten has no zero" in words) is not has_zero, words


def test_what_is_not_drawn_is_said(empty: duckdb.DuckDBPyConnection) -> None:
    rows: list[dict[str, Any]] = [
        {"name": f"a/{i}", "pipeline_tag": f"task-{i:02}", "is_moe": True} for i in range(30)
    ]
    _models(empty, [*rows, {"name": "b/1", "hub": "other", "pipeline_tag": "x", "is_moe": True}])
    words = _words(_draw(empty, "moe/by_task", {}))
    assert "Drawn are the first 25 of 30" in words and "the other 5 (MoE models: 5)" in words
    assert "Drawn is the hub h; in the answer are also other (1 rows)" in words
    assert "task-24" in words and "task-25" not in words
    words = _words(_draw(empty, "moe/by_task", {"top": "7"}))
    assert "The answer ends at its limit of 7 rows" in words
    assert "miner query moe/by_task -p top=7" in words


def test_models_without_a_date_are_said(empty: duckdb.DuckDBPyConnection) -> None:
    dated = {"name": "a/1", "created_at": "2024-01-05 00:00:00", "is_moe": True}
    _models(empty, [dated, {"name": "a/2"}])
    words = _words(_draw(empty, "moe/adoption", {}))
    assert "Not drawn, as they have no date: 1 models." in words
    assert "Not drawn, as there is no value: repositories that load one" in words


def test_a_line_does_not_bridge_months_that_are_missing(empty: duckdb.DuckDBPyConnection) -> None:
    for month in (1, 2, 6, 7):
        _models(
            empty,
            [
                {"name": f"a/{month}-{i}", "created_at": f"2024-{month:02}-05", "is_moe": i < 3}
                for i in range(12)
            ],
        )
    svg = _draw(empty, "moe/adoption", {}).decode()
    lines = re.findall(r'aria-roledescription="line mark container".*?<path[^>]* d="([^"]*)"', svg)
    assert lines
    assert all(path.count("M") == 2 for path in lines if path.count("L") == 2)
    assert any(path.count("M") == 2 for path in lines)


def _links(connection: duckdb.DuckDBPyConnection, *pairs: tuple[str | None, str, str, int]) -> None:
    for upstream, downstream, verdict, count in pairs:
        for _ in range(count):
            row = {"relation": "used_by", "distance": 1, "verdict": verdict}
            licenses = {"upstream_license": upstream, "downstream_license": downstream}
            _insert(connection, "license_finding", row | licenses)


def _bands(svg: bytes) -> dict[tuple[str, str, str], float]:
    """Return how wide the bands of a flow are, by both ends and part."""
    marks = [node.get("aria-label", "") for node in ET.fromstring(svg).iter()]
    read = [
        dict(part.split(": ", 1) for part in mark.split("; ")) for mark in marks if "band" in mark
    ]
    return {
        (band["from"], band["to"], band["part"]): float(band["bottom"]) - float(band["top"])
        for band in read
    }


def test_a_flow_is_as_wide_as_its_numbers(empty: duckdb.DuckDBPyConnection) -> None:
    _links(empty, ("mit", "mit", "consistent", 6), ("gpl-3.0", "mit", "inconsistent", 2))
    _links(empty, (None, "apache-2.0", "unknown", 4))
    svg = _draw(empty, "peatmoss/license_pairs", {})
    words = _words(svg)
    for label in ("mit (6)", "no license (4)", "gpl-3.0 (2)", "mit (8)", "apache-2.0 (4)"):
        assert label in words
    assert "needs-review" not in words
    bands = _bands(svg)
    one = bands["mit", "mit", "consistent"] / 6
    assert one > 10
    assert bands == pytest.approx({
        ("mit", "mit", "consistent"): 6 * one,
        ("gpl-3.0", "mit", "inconsistent"): 2 * one,
        ("no license", "apache-2.0", "unknown"): 4 * one,
    })  # fmt: skip
    assert (
        f'fill="{look.COLORS[2]}"'.encode() in svg
    )  # of the third verdict, where the second is none


def test_less_frequent_ends_of_a_flow_are_one(empty: duckdb.DuckDBPyConnection) -> None:
    _links(empty, *((f"license-{n:02}", "mit", "consistent", 1 + (n < 12)) for n in range(20)))
    words = _words(_draw(empty, "peatmoss/license_pairs", {}))
    assert "license-11 (2)" in words and "license-12" not in words
    assert "others (8)" in words and "Others: 8 less frequent (license of the model)" in words


def test_releases_stand_at_their_lines_where_the_axis_has_them(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    months = ("2022-12", "2023-01", "2023-02", "2023-03", "2023-04")
    _models(empty, [{"name": f"a/{month}", "created_at": f"{month}-05"} for month in months])
    words = _words(_draw(empty, "peatmoss/growth", {}))
    assert "LLaMA" in words and "GPT-4" in words
    assert "GPT-3.5" not in words and "PaLM" not in words


def test_an_axis_of_powers_begins_where_its_values_do(empty: duckdb.DuckDBPyConnection) -> None:
    for number, count in enumerate((20_000_000, 3_000_000_000)):
        name, day = f"a/{number}", f"202{3 + number}-02-05"
        _models(empty, [{"name": name, "created_at": day}])
        _insert(empty, "model_architecture", {"hub": "h", "model": name, "parameter_count": count})
    words = _words(_draw(empty, "peatmoss/model_sizes", {}))
    assert "10 M 100 M 1 B" in words


def test_hubs_stand_side_by_side_where_a_picture_tells_them_apart(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    _models(empty, [{"name": "a/1"}, {"name": "a/2"}, {"name": "b/1", "hub": "other"}])
    words = _words(_draw(empty, "peatmoss/domains", {}))
    assert "H Figure 8" in words and "OTHER Figure 8" in words
    assert "100 % of 2" in words and "100 % of 1" in words
    assert "Drawn is the hub" not in words


def test_nothing_to_draw_is_an_error_that_says_what_to_type(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _draw(empty, "moe/repositories", {})
    assert "no repository was scanned" in caught.value.message
    assert "miner crawl --github" in caught.value.next_step
    _models(empty, [{"name": "a/1", "owner": "a", "is_moe": False}])
    with pytest.raises(ConfigurationError) as caught:
        _draw(empty, "moe/by_owner", {})
    assert "no row with a value answers it" in caught.value.message
    assert "-p min_downloads=0" in caught.value.next_step


def test_neighboring_colors_differ_in_gray() -> None:
    def gray(color: str) -> float:
        red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    for one, other in itertools.pairwise(look.COLORS):
        assert abs(gray(one) - gray(other)) > 40
    assert abs(gray(look.KNOWN) - gray(look.UNKNOWN)) > 100
