"""That a third hub is one folder is the test of the protocol: here is one, written by the test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crawling import ask, copied, differences, environment, settings_for

PROFILE = '''
"""A zoo, as it describes itself."""

from miner.pipelines.sources.hubs.profile import HubProfile

PROFILE = HubProfile(
    name="text-zoo",
    title="Text Zoo",
    home_page="https://zoo.example",
    terms_url="https://zoo.example/terms",
    hourly_requests=100,
    metadata_license="CC0-1.0",
    model_page="https://zoo.example/{name}",
    revision_page="https://zoo.example/{name}/at/{revision}",
    file_page="https://zoo.example/{name}/at/{revision}/{path}",
)
'''
MODULE = '''
"""A zoo that is one text file."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import CatalogCard, CatalogFacts, CatalogModel
from miner.pipelines.sources.hubs.huggingface.records import read_model
from miner.pipelines.sources.hubs.text_zoo.profile import PROFILE


class TextZoo:
    name = "text-zoo"
    profile = PROFILE
    request_count = 1

    @classmethod
    def open(cls, settings, stop):
        return cls()

    def check_token(self):
        pass

    def close(self):
        pass

    def missing_resources(self, answers):
        return [] if answers else ["zoo"]

    def fetch_resource(self, need, held):
        body = Path(__file__).with_name("zoo.txt").read_bytes()
        told = {"need": need}
        url = "https://zoo.example/zoo.txt"
        date = datetime(2026, 1, 1)
        return [ReceivedAnswer("source", url, 200, {}, body, date, told)]

    def read_catalog(self, answers):
        names = answers[0].body.decode().split()
        models = [read_model({"id": name, "sha": "a" * 40, "license": "mit"}) for name in names]
        return CatalogFacts([CatalogModel(facts, 0, card=CatalogCard(0, "a" * 40))
                        for facts in models], [])
'''
RUN = """
import sys
import miner.pipelines.sources.hubs
miner.pipelines.sources.hubs.__path__.append(sys.argv[1])
from miner.cli import main
main(sys.argv[2:])
"""


@pytest.mark.soak
def test_one_folder_is_a_hub(tmp_path: Path) -> None:
    hubs = tmp_path / "hubs"
    folder = hubs / "text_zoo"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    (folder / "profile.py").write_text(PROFILE, encoding="utf-8")
    (folder / "hub.py").write_text(MODULE, encoding="utf-8")
    (folder / "zoo.txt").write_text("a/one a/two three\n", encoding="utf-8")
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:1")

    def miner(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(hubs), *arguments],
            env=environment(settings), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "text-zoo" in miner("crawl", "--help")
    miner("crawl", "--hub", "text-zoo")
    sql = "SELECT h.name, m.name, m.state FROM model m JOIN hub h ON h.id = m.hub_id ORDER BY 2"
    found = ask(settings, sql)
    assert found == [("text-zoo", name, "present") for name in ("a/one", "a/two", "three")]
    (folder / "zoo.txt").write_text("a/one three\n", encoding="utf-8")
    miner("crawl", "--hub", "text-zoo")
    assert [state for _, _, state in ask(settings, sql)] == ["present", "gone", "present"]
    shown = miner("query", "--sql", "SELECT metadata_license FROM hub", "--format", "csv")
    assert "CC0-1.0" in shown
    shown = miner("query", "--sql", "SELECT evidence_url FROM model", "--format", "csv")
    assert f"https://zoo.example/a/one/at/{'a' * 40}" in shown
    assert "https://zoo.example/a/one" in miner("model", "text-zoo:a/one")
    before = copied(settings, tmp_path / "before")
    miner("parse", "--from-archive")
    assert not differences(before, settings.data_dir)
