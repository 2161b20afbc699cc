"""Licenses that the files of repositories state, from a scan of their source to the findings."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from miner.pipelines.derive.licenses.chain_judge import open_judge
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.github.session import ForgeChoice
from miner.pipelines.sources.replay.serve import serving
from miner.queries.loader import macros
from miner.settings import Settings
from tests.crawling import ask, crawl, record
from tests.forges import build, crawl_forge, forge_settings, source
from tests.license_texts import BODY, apache, gpl, mit

WEIGHTS = b"\0" * 64


def text(*parts: str) -> bytes:
    return "\n".join(parts).encode()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    tmp_path = tmp_path_factory.mktemp("licenses")
    catalog = build(0)
    catalog.models.put(
        record(1, id="maker/copyleft", cardData={"license": "agpl-3.0"}, tags=["transformers"])
    )

    def loads(number: int) -> bytes:
        return source("maker/copyleft", number)  # each another: equal files count as copies

    repositories: dict[str, tuple[dict[str, bytes], str | None]] = {
        "a/plain": ({"app.py": loads(0), "LICENSE": mit().encode()}, "MIT"),
        # GitHub knows no license where there are two files; ours are told apart
        "a/two": ({"app.py": loads(1), "LICENSE": apache().encode(),
                   "MODEL_LICENSE": text("DEEPSEEK LICENSE AGREEMENT", BODY)}, "NOASSERTION"),
        "a/none": ({"app.py": loads(5)}, None),
        "a/odd": ({"app.py": loads(2), "LICENSE": text("Our own terms", BODY)}, "NOASSERTION"),
        "a/ships": ({"app.py": loads(3), "LICENSE": mit().encode(), "w/model.safetensors": WEIGHTS},
                    "MIT"),
        "a/differs": ({"app.py": loads(4), "LICENSE": gpl().encode(),
                       "pyproject.toml": b'[project]\nname = "x"\nlicense = "MIT"\n'}, "GPL-3.0"),
    }  # fmt: skip
    for name, (files, license_) in repositories.items():
        catalog.forge.put({"full_name": name, "license": license_}, files)
    listed = tmp_path / "list.txt"
    listed.write_text("".join(f"{name}\n" for name in repositories))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        crawl(settings)
        crawl_forge(settings, ForgeChoice(repositories=listed, with_search=False))
    export_duckdb(settings, settings.duckdb_path, macros=macros(), judge=open_judge())
    return settings


def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.duckdb_path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_code_and_weights_are_told_apart_and_none_from_unrecognized(store: Settings) -> None:
    found = rows(
        store,
        "SELECT repository, code_license, code_license_state, weights_license, weight_file_count "
        "FROM scan ORDER BY 1",
    )
    assert found == [
        ("a/differs", "gpl-3.0", "recognized", None, 0),
        ("a/none", None, "none", None, 0),
        ("a/odd", None, "unrecognized", None, 0),
        ("a/plain", "mit", "recognized", None, 0),
        ("a/ships", "mit", "recognized", None, 1),
        ("a/two", "apache-2.0", "recognized", "deepseek", 0),
    ]
    counted = dict(ask(store, "SELECT r.name, s.file_count FROM scan s JOIN repository r "
                              "ON r.id = s.repository_id"))  # fmt: skip
    assert counted["a/two"] == 1  # license files are read beside the scan, and not counted


def test_every_statement_has_its_place_and_words(store: Settings) -> None:
    statements = rows(
        store,
        "SELECT path, place, scope, state, license, method, quote <> '', evidence_url "
        "FROM repository_license WHERE repository = 'a/two' ORDER BY position",
    )
    assert [row[:6] for row in statements] == [
        ("LICENSE", "license-file", "unknown", "recognized", "apache-2.0", "classifier"),
        ("MODEL_LICENSE", "license-file", "weights", "recognized", "deepseek", "title"),
    ]
    assert all(row[6] and "/blob/" in row[7] for row in statements)


def test_the_files_decide_on_the_use_of_a_model(store: Settings) -> None:
    found = {
        row[0]: row[1:]
        for row in rows(
            store,
            "SELECT downstream, downstream_license, verdict, reason FROM license_finding "
            "WHERE relation = 'used_by'",
        )
    }
    assert found["a/plain"][:2] == ("mit", "needs-review")
    assert found["a/two"][0] == "apache-2.0"  # where GitHub says NOASSERTION
    assert found["a/none"][:2] == (None, "unknown")
    assert found["a/odd"][1] != "consistent"
    # weights lie in it, and nobody says that they are those of the model that it loads
    assert found["a/ships"][:2] == ("mit", "needs-review")


def test_statements_that_differ_are_a_finding(store: Settings) -> None:
    found = rows(
        store,
        "SELECT upstream_kind, upstream_license, downstream, downstream_license, verdict "
        "FROM license_finding WHERE relation = 'self' AND downstream_kind = 'repository'",
    )
    assert ("package-metadata", "mit", "a/differs", "gpl-3.0", "needs-review") in found
    assert {row[2] for row in found} == {"a/differs"}
