"""Models asked for by name: by a check that has no data, and by ``miner crawl --models``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from miner.cli import main
from miner.db.lookup import open_lookup
from miner.pipelines.crawl.parse import parse_archive
from miner.pipelines.snapshot.export_store import export_duckdb
from miner.pipelines.sources.replay.catalog import Catalog
from miner.pipelines.sources.replay.options import ReplayOptions
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.progress import Silent
from miner.settings import load_settings
from tests.checking import write_project
from tests.crawling import FOREIGN, card, copied, differences, model_names, record, requests
from tests.snapshots import NAME, make, make_store

LOADED = ("acme/tuned", "shy/gated", "nobody/knows")


def few_models() -> Catalog:
    """A hub with a chain of three, one of them under a former name, and what nobody asks for."""
    catalog = Catalog()
    bases = {"acme/tuned": "old/name", "big/base": "root/first"}
    for number, name in enumerate(("acme/tuned", "big/base", "root/first", "shy/gated", "not/me")):
        data: dict[str, Any] = {"license": "apache-2.0"}
        data |= {"base_model": bases[name]} if name in bases else {}
        data |= {"datasets": ["acme/pages", "gone/data"]} if name == "acme/tuned" else {}
        gated = "manual" if name == "shy/gated" else False
        catalog.models.put(record(number, id=name, cardData=data, gated=gated, tags=["pytorch"]))
        catalog.put_card(name, card(name, "apache-2.0"))
    catalog.models.redirect("old/name", "big/base")
    catalog.datasets.put({"id": "acme/pages", "cardData": {"license": "cc-by-4.0"}})
    return catalog


@dataclass
class Trial:
    """A user with an empty data directory, a project and a hub."""

    server: ReplayServer
    folder: Path
    run: Callable[..., tuple[int, str, str]]

    def check(self, *options: str) -> tuple[int, dict[str, Any], str]:
        code, out, err = self.run("check", str(self.folder / "p"), "--format", "json", *options)
        return code, json.loads(out), err

    @property
    def asked(self) -> int:
        return requests(self.server, "api") + requests(self.server, "resolvers")


User = Callable[[ReplayServer], Trial]


@pytest.fixture
def user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[User]:
    """Make a user of a hub: ``user(server)``."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MINER_HTTP_ATTEMPTS", "1")

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        shown = capsys.readouterr()
        return int(end.value.code or 0), shown.out, shown.err

    def trial_of(server: ReplayServer) -> Trial:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        return Trial(server, tmp_path, run)

    write_project(tmp_path / "p", *LOADED)
    yield trial_of


def by_name(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {model["resolved"]: model for model in report["models"]}


def test_a_check_without_data_asks_for_the_models_it_finds(user: User) -> None:
    with serving(few_models()) as server:
        trial = user(server)
        code, report, messages = trial.check()
        assert code == 0, messages
        models = by_name(report)
        tuned = models["acme/tuned"]
        assert tuned["terms"]["text"] == "apache-2.0"
        assert [base["name"] for base in tuned["bases"]] == ["big/base", "root/first"]
        assert {one["reason"] for one in tuned["findings"]} >= {"DATA_NOT_HELD"}
        assert models["shy/gated"]["gated"] == "manual"
        unknown = models["nobody/knows"]
        assert unknown["verdict"] == "unknown"
        assert "has no model of this name" in unknown["findings"][0]["explanation"]
        assert "0 of the project's models not answered for" in messages
        lookups = load_settings({"MINER_DATA_DIR": str(trial.folder / "data" / "lookups")})
        assert model_names(lookups) == {"acme/tuned", "big/base", "root/first", "shy/gated"}

        first = trial.asked
        assert first <= 18  # 6 records of models, 2 of data, and up to 2 for each card
        again = trial.check()
        assert again[:2] == (code, {**report, "created": again[1]["created"]})
        assert trial.check("--offline")[1]["counts"] == report["counts"]
        assert trial.asked == first, "what was answered for is used for a day"
        trial.check("--refresh")
        assert first < trial.asked <= 2 * first

        # all of it went through archive and intake: read again, it is the same store
        before = copied(lookups, trial.folder / "before")
        parse_archive(lookups, Silent())
        assert not differences(before, lookups.data_dir)


@pytest.mark.parametrize(
    ("options", "trouble", "code", "why"),
    [
        (("--offline",), ReplayOptions(), 10, "was not asked (--offline)"),
        ((), ReplayOptions(rate_429=1.0), 11, "did not answer for it"),
        ((), ReplayOptions(rate_503=1.0), 11, "did not answer for it"),
    ],
    ids=["offline", "429", "503"],
)
def test_what_nobody_answered_for_never_passes(
    options: tuple[str, ...], trouble: ReplayOptions, code: int, why: str, user: User
) -> None:
    with serving(few_models(), trouble) as server:
        trial = user(server)
        ended, report, messages = trial.check(*options)
        assert ended == code
        assert "nothing is known of the 3 models" in messages
        for model in report["models"]:
            assert model["verdict"] == "unknown"
            assert why in model["findings"][0]["explanation"], model["findings"]


def test_an_outage_is_not_remembered(user: User) -> None:
    with serving(few_models(), ReplayOptions(rate_503=1.0)) as server:
        assert user(server).check()[0] == 11
    with serving(few_models()) as server:
        code, report, _ = user(server).check()
    assert code == 0
    assert by_name(report)["acme/tuned"]["terms"]["text"] == "apache-2.0"


def unsettled(folder: Path) -> None:
    """Write a project of which no rule says whether its names are models."""
    (folder / "own.py").write_text('THINGS = ["big/net-1", "route/sub-page-2"]\n')


def test_a_hub_decides_on_names_that_no_rule_settles(user: User) -> None:
    catalog = few_models()
    catalog.models.put(record(9, id="big/net-1", cardData={"license": "mit"}))
    with serving(catalog) as server:
        trial = user(server)
        unsettled(trial.folder / "p")
        code, report, messages = trial.check()
        assert code == 0, messages
        assert by_name(report).keys() == {*LOADED, "big/net-1"}
        (site,) = by_name(report)["big/net-1"]["sites"]
        assert (site["path"], site["line"]) == ("own.py", 1)
        assert not any("unverified" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("options", "trouble", "code"),
    [(("--offline",), ReplayOptions(), 0), ((), ReplayOptions(rate_503=1.0), 11)],
    ids=["offline", "503"],
)
def test_a_name_that_nobody_answered_for_stays_unverified(
    options: tuple[str, ...], trouble: ReplayOptions, code: int, user: User
) -> None:
    with serving(few_models(), trouble) as server:
        trial = user(server)
        for path in (trial.folder / "p").rglob("*.py"):
            path.unlink()
        unsettled(trial.folder / "p")
        ended, report, messages = trial.check(*options)
    assert (ended, report["models"]) == (code, [])
    (note,) = [one for one in report["notes"] if "unverified" in one]
    assert "big/net-1, route/sub-page-2" in note
    assert ("stay unverified" in messages) == (code == 11)


def test_a_scan_asks_where_it_shall(user: User) -> None:
    catalog = few_models()
    catalog.models.put(record(9, id="big/net-1", cardData={"license": "mit"}))
    with serving(catalog) as server:
        trial = user(server)
        unsettled(trial.folder / "p")
        words = ("scan", str(trial.folder / "p"), "--format", "json")
        code, out, err = trial.run(*words)
        assert (code, trial.asked) == (0, 0)
        assert "2 unverified names" in err
        before = json.loads(out)
        code, out, err = trial.run(*words, "--verify")
        assert code == 0, err
        (added,) = [row for row in json.loads(out) if row not in before]
        assert (added["model"], added["method"]) == ("big/net-1", "listed")
        assert "unverified" not in err


def test_a_scan_says_that_the_hub_is_away(user: User) -> None:
    with serving(few_models(), ReplayOptions(rate_503=1.0)) as server:
        trial = user(server)
        unsettled(trial.folder / "p")
        words = ("scan", str(trial.folder / "p"), "--format", "json")
        code, out, err = trial.run(*words, "--verify")
        assert code == 11
        assert "big/net-1, route/sub-page-2" in err
        assert out == trial.run(*words)[1]


def test_a_hub_answers_for_a_list_of_names(user: User) -> None:
    with serving(few_models()) as server:
        trial = user(server)
        listed = trial.folder / "names.txt"
        listed.write_text("acme/tuned  # the first\n\nshy/gated\n", encoding="utf-8")
        code, _, messages = trial.run(
            "crawl", "--models", str(listed), "--models", "nobody/knows,a b"
        )
        assert code == 0
        assert "nobody/knows: gone" in messages
        assert "a b: no-name" in messages
        settings = load_settings()
        assert model_names(settings) == {"acme/tuned", "big/base", "root/first", "shy/gated"}
        with open_lookup(settings.duckdb_path) as lookup:
            tuned = lookup.model("huggingface", "acme/tuned")
        assert tuned is not None
        assert [(base.name, base.is_known) for base in tuned.bases] == [("big/base", True)]
        # a crawl of the window begins as if there had been no look-up
        assert trial.run("crawl", "--since", "2024-01", "--no-github")[0] == 0
        assert "not/me" in model_names(settings)
        for options in (("--since", "2024-01"), ("--hub", "pytorch-hub")):
            assert trial.run("crawl", "--models", "a/b", *options)[0] == 2


def test_data_are_named_wherever_they_are(user: User, tmp_path: Path) -> None:
    store = make_store(tmp_path / "held", few_models())
    snapshot = make(store, tmp_path / NAME).folder
    duckdb_file = tmp_path / "some.duckdb"
    export_duckdb(store, duckdb_file, macros=())
    with serving(few_models()) as server:
        trial = user(server)
        folder = store.data_dir
        for place in (duckdb_file, folder, folder / "miner.db", store.database_url, snapshot):
            code, report, messages = trial.check("--data", str(place))
            assert code == 0, messages
            known = {name for name, model in by_name(report).items() if model["owner"]}
            assert by_name(report)["acme/tuned"]["terms"]["text"] == "apache-2.0", place
            assert "shy/gated" in known
        assert trial.asked == 0
        project = str(tmp_path / "p")
        code, _, messages = trial.run("check", project, "--data", str(tmp_path / "none"))
        assert code == 10
        assert "no data on models" in messages
        assert trial.run("check", project, "--refresh", "--offline")[0] == 2
