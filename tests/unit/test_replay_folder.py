from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError, InvalidData
from miner.pipelines.sources.replay.catalog import Catalog, Repo
from miner.pipelines.sources.replay.folder import load_catalog, observed_date
from miner.pipelines.sources.replay.front_matter import card_data


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/", 1).replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def model(catalog: Catalog, name: str) -> Repo:
    found = catalog.models.find(name)
    assert isinstance(found, Repo)
    return found


def test_a_record_is_served_without_notes_and_with_an_identity(tmp_path: Path) -> None:
    line = (
        '{"id":"a/one","createdAt":"2024-01-02T03:04:05+00:00","_source":"x","_removed":true,'
        '"siblings":[{"rfilename":"w.gguf","size":3}],"model-index":[{"value":NaN}]}'
    )
    card = "---\nlicense: mit\n---\n"
    write(
        tmp_path,
        models_DOT_jsonl=line,
        cards_index_DOT_csv="id,file\na/one,one.md\n",
        cards__one_DOT_md=card,
        configs_index_DOT_csv=("id,file,kind\na/one,c.json,config\na/one,q.json,hf_quant_config\n"),
        configs__c_DOT_json="{}",
        configs__q_DOT_json="[]",
    )
    repo = model(load_catalog([tmp_path]), "a/one")
    assert repo.record["_id"][:8] == f"{1704164645:08x}"
    assert len(repo.record["_id"]) == 24
    assert len(repo.sha) == 40
    assert repo.record["createdAt"] == "2024-01-02T03:04:05.000Z"
    assert repo.record["model-index"] == [{"value": None}]
    names = ["w.gguf", "README.md", "config.json", "hf_quant_config.json"]
    assert repo.record["siblings"] == [{"rfilename": name} for name in names]
    assert {key for key in repo.record if key[0] == "_"} == {"_id"}
    file = repo.file(repo.sha, "README.md")
    assert file is not None
    assert file.read() == card.encode()

    write(tmp_path, cards__one_DOT_md=card + "more")
    assert model(load_catalog([tmp_path]), "a/one").sha != repo.sha, "the card is part of it"


def test_a_card_without_a_record_gets_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        cards_index_DOT_csv="id,file\na/new,a.md\nlegacy,b.md\n",
        cards__a_DOT_md="---\nlicense: mit\ndate: 2024-01-02\n1: [yes]\n---\ntext",
        cards__b_DOT_md="no front matter",
    )
    (tmp_path / "dataset-cards").mkdir()
    (tmp_path / "dataset-cards" / "o__data__x.md").write_text("---\nlicense: cc0-1.0\n---\n")
    catalog = load_catalog([tmp_path])
    record = model(catalog, "a/new").record
    assert set(record) == {"_id", "id", "author", "sha", "siblings", "cardData"}
    assert record["cardData"] == {"license": "mit", "date": "2024-01-02", "1": [True]}
    assert record["_id"].startswith("ffffffff")
    assert set(model(catalog, "legacy").record) == {"_id", "id", "sha", "siblings"}
    data = catalog.datasets.find("o/data__x")
    assert isinstance(data, Repo)
    assert data.record["cardData"] == {"license": "cc0-1.0"}


def test_later_folders_override_records_by_id(tmp_path: Path) -> None:
    one = write(
        tmp_path / "one",
        models_DOT_jsonl='{"id":"a/x","likes":1,"tags":[],"_observed":"2024-05"}\n{"id":"a/y"}',
        cards_index_DOT_csv="id,file\na/x,x.md\n",
        cards__x_DOT_md="card",
        redirects_DOT_csv="old,new\na/old,a/x\n",
    )
    two = write(tmp_path / "two", models_DOT_jsonl='{"id":"a/x","likes":2,"_observed":"2025"}')
    catalog = load_catalog([one, two])
    assert len(catalog.models) == 2
    repo = model(catalog, "a/x")
    assert repo.record["likes"] == 2
    assert "tags" not in repo.record
    assert repo.record["siblings"] == [{"rfilename": "README.md"}]
    assert catalog.models.find("a/old") == "a/x"
    assert repo.observed_at == catalog.date == datetime.fromisoformat("2025-01-01")
    assert model(catalog, "a/y").observed_at == datetime.fromisoformat("2024-05-01")
    assert "siblings" not in model(catalog, "a/y").record


def test_broken_lines_are_skipped_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path) / "models.jsonl"
    path.write_bytes(b'{"id":"a/b"}\n\n{"id":\n[1]\n{"id":7}\n{"id":""}\n\xff\xfe\n{"id":"a/c"}')
    with caplog.at_level(logging.WARNING):
        catalog = load_catalog([tmp_path])
    assert len(catalog.models) == 2
    lines = [int(r.message.split(":")[1]) for r in caplog.records if ": skipped:" in r.message]
    assert lines == [3, 4, 5, 6, 7]
    assert caplog.records[-1].message == f"{path}: 5 lines skipped"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"cards_index_DOT_csv": "id,file\na/b,none.md\n"}, r"cards_index.csv:2: .*none.md is not"),
        ({"cards_index_DOT_csv": "id,name\n"}, r"cards_index.csv:1: no column file"),
        ({"cards_index_DOT_csv": "id,file\na/b,../x.md\n"}, r"cards_index.csv:2: "),
        ({"cards_index_DOT_csv": "id,file\na/b\n"}, r"cards_index.csv:2: "),
        ({"configs_index_DOT_csv": "id,file,kind\n,x.json,config\n"}, r"configs_index.csv:2: "),
        ({"redirects_DOT_csv": "old,new\na,\n"}, r"redirects.csv:2: old or new is empty"),
    ],
)
def test_an_unusable_index_is_named(tmp_path: Path, files: dict[str, str], message: str) -> None:
    (tmp_path / "x.md").write_text("outside")
    folder = write(tmp_path / "folder", models_DOT_jsonl='{"id":"a/b"}', **files)
    with pytest.raises(InvalidData, match=message):
        load_catalog([folder])


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a folder"):
        load_catalog([tmp_path / "none"])
    with pytest.raises(ConfigurationError, match="nothing to serve"):
        load_catalog([tmp_path])


def test_front_matter_that_cannot_be_used_is_none() -> None:
    bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
    )
    for text in (
        "", "no", "- a list", "a: [", "a: 2024-13-45", "\0", "a: &x [*x]", "!!python/object:os a",
        "[" * 5_000, bomb, "a: b\n" * 90_000,
    ):  # fmt: skip
        assert card_data(f"---\n{text}\n---\n".encode()) is None, text[:40]
    assert card_data(b"text only") is None
    assert card_data(b"\xef\xbb\xbf---\r\na: 1\r\n---") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023", "2023-01-01"), ("2024-05", "2024-05-01"), ("2024-05-07", "2024-05-07"),
        ("2024-2025", "2024-01-01"), ("2024-05-07T10:00:00Z", "2024-05-07"), ("x", None),
        (None, None), (2024, None), ("0000", None),
    ],
)  # fmt: skip
def test_partial_dates(text: Any, expected: str | None) -> None:
    assert observed_date(text) == (datetime.fromisoformat(expected) if expected else None)


def test_changes_while_it_runs() -> None:
    catalog = Catalog()
    catalog.put_model({"id": "a/one", "likes": 1})
    before = model(catalog, "a/one")
    catalog.put_card("a/one", b"text")
    after = model(catalog, "a/one")
    assert after.sha != before.sha
    assert after.record["_id"] == before.record["_id"]
    catalog.rename_model("a/one", "b/two")
    renamed = model(catalog, "b/two")
    assert (renamed.sha, renamed.record["_id"]) == (after.sha, after.record["_id"])
    assert renamed.record["author"] == "b"
    assert catalog.models.find("a/one") == "b/two"
    assert catalog.models.find("B/TWO") == "b/two"
    catalog.remove_model("b/two")
    assert catalog.models.find("b/two") is None
    with pytest.raises(KeyError):
        catalog.put_card("b/two", b"text")


def test_revisions() -> None:
    sha = hashlib.sha1(b"x").hexdigest()
    catalog = Catalog()
    catalog.put_model({"id": "a/one", "sha": sha})
    repo = model(catalog, "a/one")
    assert repo.revision("main") == repo.revision(sha) == repo.revision(sha[:7]) == sha
    assert repo.revision(sha[:6]) is repo.revision("other") is None
