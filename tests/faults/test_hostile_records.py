"""Records with wrong types everywhere: each ends as parsed, partial, or set aside with a reason."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from miner.settings import Settings
from tests.crawling import ask, crawl, model_names, name, one, raw_hub, record, settings_for

DEEP = "[" * 900 + "]" * 900
TOO_DEEP = "[" * 200_000 + "]" * 200_000

HOSTILE: dict[str, tuple[str, str, dict[str, str]]] = {
    # name: (the record, what becomes of it, {field: reason})
    "plain": ('{"id": "a/b", "_id": "1", "tags": ["x"]}', "parsed", {}),
    "only a name": ('{"id": "a/b"}', "parsed", {}),
    "modelId": ('{"modelId": "a/b"}', "parsed", {}),
    "null everywhere": (
        '{"id": "a/b", "_id": null, "sha": null, "tags": null, "cardData": null, "config": null,'
        ' "siblings": null, "gguf": null, "safetensors": null, "gated": null, "downloads": null,'
        ' "createdAt": null, "baseModels": null, "author": null, "disabled": null}', "parsed", {},
    ),
    "self as a key": (
        '{"id": "a/b", "cardData": {"self": "x", "cls": 1, "license": "mit", "__class__": 5},'
        ' "self": 7}', "parsed", {},
    ),
    "numbers for texts": (
        '{"id": "a/b", "sha": 5, "library_name": 6, "pipeline_tag": [], "author": {}}', "partial",
        dict.fromkeys(["sha", "library_name", "pipeline_tag", "author"], "wrong-type"),
    ),
    "texts for numbers": (
        '{"id": "a/b", "downloads": "many", "likes": "3", "usedStorage": {}}', "partial",
        dict.fromkeys(["downloads", "likes", "usedStorage"], "wrong-type"),
    ),
    "numbers that cannot be": (
        '{"id": "a/b", "downloads": -1, "likes": 1e300, "usedStorage": 9223372036854775808}',
        "partial", dict.fromkeys(["downloads", "likes", "usedStorage"], "out-of-range"),
    ),
    "NaN": ('{"id": "a/b", "downloads": NaN, "likes": Infinity}', "partial",
            dict.fromkeys(["downloads", "likes"], "wrong-type")),
    "a fraction": ('{"id": "a/b", "downloads": 1.5, "likes": 2.0, "downloadsAllTime": true}',
                   "partial", dict.fromkeys(["downloads", "downloadsAllTime"], "wrong-type")),
    "tags: 7": ('{"id": "a/b", "tags": 7}', "partial", {"tags": "wrong-type"}),
    "tags of everything": ('{"id": "a/b", "tags": [1, null, "x", {"a": 1}, ["y"], "x", ""]}',
                           "partial", {"tags": "wrong-type"}),
    "a text for tags": ('{"id": "a/b", "tags": "x"}', "parsed", {}),
    "a huge list": ('{"id": "a/b", "tags": [' + ",".join(['"t"'] * 30_000) + "]}", "partial",
                    {"tags": "too-long"}),
    "a huge text": ('{"id": "a/b", "library_name": "' + "x" * 1_000_000 + '"}', "partial",
                    {"library_name": "too-long"}),
    "flags": ('{"id": "a/b", "private": "no", "disabled": 0, "gated": "maybe"}', "partial",
              dict.fromkeys(["private", "disabled", "gated"], "wrong-type")),
    "card data that is a list": ('{"id": "a/b", "cardData": ["license"]}', "partial",
                                 {"cardData": "wrong-type"}),
    "card data that is JSON in a text": ('{"id": "a/b", "cardData": "{}"}', "partial",
                                         {"cardData": "wrong-type"}),
    "a license that is an object": ('{"id": "a/b", "cardData": {"license": {"name": "mit"}}}',
                                    "partial", {"license": "wrong-type"}),
    "language no": ('{"id": "a/b", "cardData": {"language": false}}', "parsed", {}),
    "languages": ('{"id": "a/b", "cardData": {"language": [false, "en", 5, {"x": 1}]}}',
                  "partial", {"language": "wrong-type"}),
    "bases": ('{"id": "a/b", "cardData": {"base_model": [null, 5, {"a": "b"}, "c/d", "", "  "],'
              ' "base_model_relation": ["x"]}}', "partial",
              {"base_model": "wrong-type", "base_model_relation": "wrong-type"}),
    "base models that are none": ('{"id": "a/b", "baseModels": [5]}', "partial",
                                  {"baseModels": "wrong-type"}),
    "base models of anything": (
        '{"id": "a/b", "baseModels": {"relation": 7, "models": [5, {"id": 6}, {"id": "c/d"}]}}',
        "parsed", {},
    ),
    "datasets": ('{"id": "a/b", "cardData": {"datasets": [{"name": "x"}, ["y"], "z/z"]}}',
                 "partial", {"datasets": "wrong-type"}),
    "a model-index of anything": (
        '{"id": "a/b", "model-index": [5, {"results": 7}, {"results": [1, {"dataset": 2},'
        ' {"dataset": {"type": 5}}, {"dataset": {"type": "x"}}]}]}', "parsed", {},
    ),
    "safetensors without total": ('{"id": "a/b", "safetensors": {"parameters": {"F32": 5}}}',
                                  "parsed", {}),
    "safetensors": ('{"id": "a/b", "safetensors": {"parameters": ["F32"], "total": "5"}}',
                    "partial", {"safetensors.parameters": "wrong-type",
                                "safetensors.total": "wrong-type"}),
    "safetensors beyond 64 bits": (
        '{"id": "a/b", "safetensors": {"parameters": {"F32": 99999999999999999999999, "x": "y",'
        ' "I8": true}, "total": 99999999999999999999999}}', "partial",
        {"safetensors.total": "out-of-range"},
    ),
    "siblings": ('{"id": "a/b", "siblings": [5, {}, {"rfilename": 5}, {"rfilename": "ok"},'
                 ' {"rfilename": "x", "size": -1, "lfs": []}]}', "partial",
                 {"siblings": "wrong-type"}),
    "siblings that are none": ('{"id": "a/b", "siblings": "README.md"}', "partial",
                               {"siblings": "wrong-type"}),
    "siblings beyond 64 bits": (
        '{"id": "a/b", "siblings": [{"rfilename": "x", "size": 99999999999999999999999,'
        ' "lfs": {"sha256": "\\ud800"}}]}', "parsed", {},
    ),
    "config": ('{"id": "a/b", "config": {"architectures": 5, "model_type": {"x": 1},'
               ' "quantization_config": "4bit"}, "gguf": 5}', "partial",
               {"config.architectures": "wrong-type", "config.model_type": "wrong-type",
                "config.quantization_config": "wrong-type", "gguf": "wrong-type"}),
    "odd dates": (
        '{"id": "a/b", "createdAt": "yesterday", "lastModified": "2024-02-30T00:00:00.000Z"}',
        "partial", dict.fromkeys(["createdAt", "lastModified"], "bad-date"),
    ),
    "dates that are numbers": (
        '{"id": "a/b", "createdAt": 1700000000, "lastModified": []}', "partial",
        dict.fromkeys(["createdAt", "lastModified"], "wrong-type"),
    ),
    "dates far away": (
        '{"id": "a/b", "createdAt": "0001-01-01T00:00:00+14:00",'
        ' "lastModified": "9999-12-31T23:59:59-14:00"}', "partial",
        dict.fromkeys(["createdAt", "lastModified"], "bad-date"),
    ),
    "a date of another zone": ('{"id": "a/b", "createdAt": "2024-01-01T01:00:00+02:00"}',
                               "parsed", {}),
    "lone surrogates": (
        '{"id": "a/b", "sha": "\\ud800", "author": "x\\udfff",'
        ' "tags": ["\\ud800", "license:\\udc00"],'
        ' "cardData": {"license": "\\ud801", "base_model": "c/\\ud800"},'
        ' "createdAt": "2024\\ud800", "siblings": [{"rfilename": "\\ud800"}],'
        ' "baseModels": {"models": [{"id": "e/\\ud800"}]},'
        ' "model-index": [{"results": [{"dataset": {"type": "d\\ud800"}}]}]}',
        "partial",
        {"createdAt": "bad-date"} | dict.fromkeys(
            ["sha", "author", "tags", "license", "base_model", "siblings", "baseModels"], "altered"
        ),
    ),
    "NUL": (
        '{"id": "a/b", "sha": "\\u0000", "tags": ["a\\u0000b", "dataset:x\\u0000"],'
        ' "cardData": {"license": "m\\u0000t", "base_model": "c/\\u0000"},'
        ' "siblings": [{"rfilename": "\\u0000"}], "createdAt": "\\u0000",'
        ' "safetensors": {"parameters": {"\\u0000": 5}}}', "partial",
        {"createdAt": "bad-date"} | dict.fromkeys(
            ["sha", "tags", "license", "base_model", "siblings", "safetensors.parameters"],
            "altered",
        ),
    ),
    "an endless number": ('{"id": "a/b", "downloads": ' + "9" * 5000 + "}", "", {"": "not-json"}),
    "deep": ('{"id": "a/b", "cardData": {"license": ' + DEEP + "}}", "partial",
             {"license": "wrong-type"}),
    "too deep": ('{"id": "a/b", "cardData": {"license": ' + TOO_DEEP + "}}", "", {"": "not-json"}),
    "a broken record": ('{"id": "a/b", "tags": ["x", }', "", {"": "not-json"}),
    "a broken record with bases inside": (
        '{"_id": "5", "id": "a/b", "baseModels": {"models": [{"_id": "9", "id": "phantom/x"}]},'
        ' "tags": [}', "", {"": "not-json"},
    ),
    "no name": ('{"_id": "5", "tags": []}', "", {"": "no-name"}),
    "an empty name": ('{"id": ""}', "", {"": "no-name"}),
    "a name of blanks": ('{"id": "  "}', "", {"": "no-name"}),
    "a name with a blank": ('{"id": "a/b c"}', "", {"": "no-name"}),
    "a name with a line end": ('{"id": "a/b\\n"}', "", {"": "no-name"}),
    "a name with NUL": ('{"id": "a/\\u0000"}', "", {"": "no-name"}),
    "a name that is a lone surrogate": ('{"id": "a/\\ud800"}', "", {"": "no-name"}),
    "a name that is too long": ('{"id": "' + "x" * 5000 + '"}', "", {"": "no-name"}),
    "a name that is a number": ('{"id": 7}', "", {"": "no-name"}),
    "a number": ("7", "", {"": "not-an-object"}),
    "null": ("null", "", {"": "not-an-object"}),
    "a text": ('"\\ud800"', "", {"": "not-an-object"}),
    "a list": ("[[1]]", "", {"": "not-an-object"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A crawl of a hub that has one good and one hostile record on each page."""
    pages = []
    for number, (text, _, _) in enumerate(HOSTILE.values()):
        hostile_one = text.replace('"a/b', f'"a{number}/b')
        good = json.dumps(record(number, _id=f"good{number}", id=f"good/{number}", siblings=[]))
        pages.append(f"[{hostile_one}, {good}]".encode("utf-8", "surrogatepass"))
    settings_folder = tmp_path_factory.mktemp("hostile")
    with raw_hub(pages) as endpoint:
        settings = settings_for(settings_folder, endpoint)
        counts = crawl(settings, configs="none", lookups_from=1000, with_datasets=False)
        counted = {
            "records read in part": sum(
                bool(state) and bool(found) for _, state, found in HOSTILE.values()
            ),
            "fields set aside": sum(len(found) for _, state, found in HOSTILE.values() if state),
        }
        assert {what: counts[what] for what in counted} == counted
    assert counts["pages"] == len(pages)
    assert counts["records set aside"] == sum(not state for _, state, _ in HOSTILE.values())
    return settings


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_record_is_a_state(hostile: Settings, title: str) -> None:
    place = list(HOSTILE).index(title)
    _, state, reasons = HOSTILE[title]
    assert ask(hostile, "SELECT parse_state FROM model WHERE name = ?", f"good/{place}") == [
        ("parsed",)
    ], "its neighbor is not harmed"
    states = ask(hostile, "SELECT parse_state FROM model WHERE name = ?", f"a{place}/b")
    assert states == ([(state,)] if state else [])
    rows = ask(
        hostile,
        "SELECT r.field, r.reason, r.name, length(r.detail) FROM rejected_record r "
        "JOIN answer a ON a.id = r.answer_id WHERE a.url LIKE ? AND r.position = 0",
        f"%cursor={place}" if place else "%sort=createdAt&direction=1%",
    )
    assert {row[0]: row[1] for row in rows} == reasons
    for field, _, model, length in rows:
        assert model == (f"a{place}/b" if field else None)
        assert 0 < length <= 200


def test_a_finding_is_one_row_however_often_it_is_read(tmp_path: Path) -> None:
    odd = '{"_id": "1", "id": "a/b", "createdAt": "no date", "downloads": -1, "tags": {}}'
    pages = [f"[{odd}, 7]".encode(), b'[7, {"id": 9}]']
    with raw_hub(pages) as endpoint:
        settings = settings_for(tmp_path, endpoint)
        for _ in range(3):
            crawl(settings, configs="none", lookups_from=1000, with_datasets=False)
    rows = ask(settings, "SELECT coalesce(name, ''), field, reason FROM rejected_record")
    assert sorted(rows) == [
        ("", "", "no-name"), ("", "", "not-an-object"), ("", "", "not-an-object"),
        ("a/b", "createdAt", "bad-date"), ("a/b", "downloads", "out-of-range"),
        ("a/b", "tags", "wrong-type"),
    ]  # fmt: skip


def test_what_hostile_records_leave_is_sound(hostile: Settings) -> None:
    assert ask(hostile, "PRAGMA integrity_check") == [("ok",)]
    assert ask(hostile, "PRAGMA foreign_key_check") == []
    assert not model_names(hostile, "name LIKE 'phantom%'")
    parents = {row[0] for row in ask(hostile, "SELECT parent FROM model_edge")}
    assert "c/d" in parents
    for table in ("model", "model_edge", "license_statement", "model_dataset", "rejected_record"):
        for row in ask(hostile, f"SELECT * FROM {table}"):
            assert "\0" not in "".join(value for value in row if isinstance(value, str))


@pytest.mark.parametrize("cut", [1, 40, 300, 1001, 1700])
def test_a_page_that_ends_in_the_middle_keeps_what_it_holds(tmp_path: Path, cut: int) -> None:
    records = [
        record(number, siblings=[], baseModels={"models": [{"_id": "9", "id": "phantom/x"}]})
        for number in range(4)
    ]
    whole = json.dumps(records).encode()
    with raw_hub([whole[:-cut], json.dumps([record(9, siblings=[])]).encode()]) as endpoint:
        settings = settings_for(tmp_path, endpoint, http_attempts=1)
        counts = crawl(settings, configs="none", lookups_from=1000)
    starts = [len(json.dumps(records[:number]).encode()) - 1 for number in range(5)]
    complete = max(number for number, start in enumerate(starts) if start <= len(whole) - cut)
    assert model_names(settings) == {name(number) for number in [*range(complete), 9]}
    assert counts["records set aside"] == 1
    reasons = Counter(row[0] for row in ask(settings, "SELECT reason FROM rejected_record"))
    assert reasons == {"cut-short": 1}, "also behind a whole record more may have stood"
    first = "SELECT state FROM answer WHERE kind = 'listing' ORDER BY id LIMIT 1"
    assert one(settings, first) == "partial"
