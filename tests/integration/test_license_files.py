"""License files beside weights: fetched once, kept, read, and evidence beside tag and card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from miner.db.lookup import DuckdbLookup, KnownModel, open_lookup
from miner.db.session import open_store
from miner.pipelines.check import license_terms
from miner.pipelines.check.chain import follow
from miner.pipelines.check.chain_findings import above
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.derive.licenses.matrices import open_matrix
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.settings import Settings
from tests.crawling import copied, crawl, differences, record, requests, settings_for
from tests.license_texts import apache, mit

_SILENT = {"tags": ["pytorch"], "cardData": {}}
_OTHER = {"tags": ["license:other"], "cardData": {"license": "other"}}
_MIT = {"tags": ["license:mit"], "cardData": {"license": "mit"}}
OWN_WORDS = b"Terms of our own\n\nYou may look at the weights and nothing else.\n" * 20


def shelf() -> Catalog:
    """A hub whose models have license files."""
    catalog = Catalog()
    texts: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = {
        "a/silent": (_SILENT, {"LICENSE": apache().encode()}),
        "a/other": (_OTHER, {"LICENSE.md": apache().encode(), "NOTICE": b"By many hands\n"}),
        "a/same": (_MIT, {"LICENSE": mit().encode()}),
        "a/conflict": (_MIT, {"LICENSE": apache().encode()}),
        "a/own": (_SILENT, {"LICENSE": OWN_WORDS}),
        "a/own-tagged": (_MIT, {"LICENSE": OWN_WORDS}),
        "a/below": (_SILENT, {"LICENSE": mit().encode()}),
        "a/none": (_SILENT, {}),
    }
    for number, (name, (fields, files)) in enumerate(texts.items(), 1):
        siblings = [{"rfilename": path} for path in ("README.md", *files, "model.safetensors")]
        downloads = 10 if name == "a/below" else 1000
        catalog.models.put(
            record(number, id=name, siblings=siblings, downloads=downloads, **fields)
        )
        catalog.put_card(name, b"# A model\n")
        for path, data in files.items():
            catalog.models.put_file(name, path, data)
    return catalog


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with serving(shelf()) as running:
        yield running


@pytest.fixture(scope="module")
def crawled(server: ReplayServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_for(tmp_path_factory.mktemp("store"), server.endpoint)
    crawl(settings, min_downloads=50, configs="none")
    return settings


@pytest.fixture(scope="module")
def lookup(crawled: Settings) -> Iterator[DuckdbLookup]:
    export_duckdb(crawled, crawled.duckdb_path, macros=())
    with open_lookup(crawled.duckdb_path) as found:
        yield found


def model(lookup: DuckdbLookup, name: str) -> KnownModel:
    found = lookup.model("huggingface", name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "state", "text"),
    [
        ("a/silent", "stated", "apache-2.0"),
        ("a/other", "stated", "apache-2.0"),
        ("a/same", "stated", "mit"),
        ("a/conflict", "stated", "mit"),
        ("a/own", "unresolved", ""),
        ("a/own-tagged", "stated", "mit"),
        ("a/below", "not-known", ""),
        ("a/none", "not-stated", ""),
    ],
)
def test_a_file_is_evidence_beside_tag_and_card(
    name: str, state: str, text: str, lookup: DuckdbLookup
) -> None:
    found = model(lookup, name)
    terms = license_terms.terms_of_model(found)
    assert (terms.state, terms.text) == (state, text)
    if name in {"a/silent", "a/other"}:
        assert terms.source == "license-file"
        assert terms.url.endswith(f"/blob/{found.sha}/{(found.license_files or ('',))[0]}")
    if name == "a/below":
        assert "was not read" in terms.detail


def test_only_a_recognized_other_license_conflicts(lookup: DuckdbLookup) -> None:
    matrix = open_matrix("miner")
    found = {
        name
        for name in ("a/silent", "a/other", "a/same", "a/conflict", "a/own-tagged")
        for one in above(follow(model(lookup, name), lookup), "p", matrix)
        if one.relation == "self"
    }
    assert found == {"a/conflict"}


def test_the_second_crawl_asks_for_no_file_and_a_new_revision_for_its_sha(
    server: ReplayServer, crawled: Settings, tmp_path: Path
) -> None:
    settings = replace(crawled, data_dir=copied(crawled, tmp_path / "again"))
    settings = replace(settings, database_url=f"sqlite:///{settings.data_dir / 'miner.db'}")
    before = requests(server, "resolvers")
    crawl(settings, min_downloads=50, configs="none")
    assert requests(server, "resolvers") == before
    changed = server.catalog.models.find("a/silent")
    assert changed is not None
    assert not isinstance(changed, str)
    source = {**changed.source, "sha": "f" * 40, "lastModified": "2026-01-01T00:00:00.000Z"}
    server.catalog.models.put(source)
    crawl(settings, min_downloads=50, configs="none")
    assert requests(server, "resolvers") == before + 2  # card and license: the sha is known
    server.catalog.models.put(changed.source)


def test_the_archive_rebuilds_what_files_state(crawled: Settings, tmp_path: Path) -> None:
    before = copied(crawled, tmp_path / "before")
    settings = replace(crawled, data_dir=copied(crawled, tmp_path / "built"))
    settings = replace(settings, database_url=f"sqlite:///{settings.data_dir / 'miner.db'}")
    engine = open_store(settings)
    with engine.connect() as connection:
        count = connection.exec_driver_sql(
            "SELECT count(*) FROM license_statement WHERE source = 'license-file'"
        ).scalar()
    engine.dispose()
    assert count == 6
    parse_archive(settings, Silent())
    assert not differences(before, settings.data_dir)
