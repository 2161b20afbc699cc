"""The corpus crawled from dumps of a half of it: equal to a crawl of all, and cheaper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from miner.pipelines.sources.dump import open_seed
from miner.pipelines.sources.replay.catalog import Repo
from miner.pipelines.sources.replay.folder import load_catalog
from miner.pipelines.sources.replay.serve import ReplayServer, serving
from miner.settings import Settings
from tests.crawling import ask, crawl, differences, requests, settings_for, window
from tests.dumps import write_dump

pytestmark = [pytest.mark.shared, pytest.mark.slow]

FULL = "requests for pages of full records"
FULL_PAGES, SAVED = f"{FULL}, with it", f"{FULL}, saved"
BYTES = "bytes of JSON listings"
LIGHT_PAGES = "requests for the light listing in their place"
SINGLE = "requests for single full records"
DAY = datetime.fromisoformat("2026-08-22")
CHOICE: dict[str, Any] = {"min_downloads": 1_000_000, "configs": "none", "with_datasets": False,
          "lookups_from": 10**9}  # fmt: skip
NOT_COMPARED = ("sweep.*", "observation.*", "model.observed_at", "model.state_at",
                "model.record_digest")  # fmt: skip
"""The dump's rows are dated by the dump and say less than records (the digest is of what was said);
there is a sweep of the dump, and a light one in place of the full one."""


@dataclass(frozen=True)
class Corpus:
    """The corpus served, its records, and a crawl of all of it."""

    server: ReplayServer
    repos: list[Repo]
    plain: Settings
    folder: Path

    def of_august(self) -> list[Repo]:
        found = [repo for repo in self.repos if repo.source.get("_observed", "")[:7] == "2026-08"]
        assert len(found) == 11_318
        return found


@pytest.fixture(scope="module")
def corpus(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    catalog = load_catalog([shared_dir / "hub-corpus"])
    folder = tmp_path_factory.mktemp("seeds")
    with serving(catalog) as server:
        plain = settings_for(folder / "plain", server.endpoint, http_timeout_seconds=60.0)
        crawl(plain, window(since="2000-01-01"), **CHOICE)
        repos = [*catalog.models.order("id", descending=False).repos]
        yield Corpus(server, repos, plain, folder)


@dataclass(frozen=True)
class Read:
    """Pages of the listing that were read, by kind, and their bytes in the archive."""

    pages: dict[str, int]
    size: int
    counts: Mapping[str, int] = field(default_factory=dict)


def _read(settings: Settings, counts: Mapping[str, int] | None = None) -> Read:
    pages = ask(settings, "SELECT kind, sum(page_count) FROM sweep WHERE kind <> 'seed' GROUP BY 1")
    [(size,)] = ask(settings, "SELECT sum(length) FROM answer WHERE kind = 'listing'")
    counted = {
        what.removeprefix("seed: "): n for what, n in (counts or {}).items() if "seed: " in what
    }
    return Read(dict(pages), int(size), counted)


def _crawl_from(corpus: Corpus, name: str, repos: list[Repo]) -> Read:
    """Crawl from a dump of some models; the result is that of the crawl of all."""
    records: list[dict[str, Any]] = [dict(repo.record) for repo in repos]
    dump = write_dump(corpus.folder / f"{name}.parquet", records)
    settings = settings_for(corpus.folder / name, corpus.server.endpoint, http_timeout_seconds=60.0)
    seed = open_seed(settings, str(dump), DAY)
    before = requests(corpus.server, "api")
    counts = crawl(settings, window(since="2000-01-01"), seed=seed, **CHOICE)
    assert counts["seed rows new"] == len(repos)
    assert counts["models new or changed"] == len(corpus.repos) - len(repos)
    read = _read(settings, counts)
    asked = requests(corpus.server, "api") - before
    counted = sum(read.counts[what] for what in (FULL_PAGES, LIGHT_PAGES, SINGLE))
    # of each sweep a page asked ahead may not be needed; two look at what changed meanwhile
    assert asked - counted in {0, 1, 2, 3, 4}
    for found in differences(settings.data_dir, corpus.plain.data_dir, *NOT_COMPARED):
        if found.table == "model":  # what the record says and the listing does not
            assert found.columns == {"used_storage_bytes": read.counts[SINGLE]}
            continue
        # such a dump has no model-index: what models were evaluated on is not known of its rows
        assert (found.table, found.only_a, found.differing) == ("model_dataset", 0, 0)
        assert found.only_b <= 18
        assert {example.key["role"] for example in found.examples} == {"evaluated_on"}
    assert ask(settings, "SELECT count(*) FROM model_event") == [(0,)]
    again = crawl(settings, window(since="2000-01-01"), **CHOICE)
    assert again["models new or changed"] == again["cards fetched"] == 0
    return read


def _saved(read: Read) -> tuple[int, int]:
    """Requests for pages of full records that the dump saved, and bytes; what is told adds up."""
    whole, with_it, saved = (
        read.counts[f"{BYTES}, {what}"]
        for what in ("without it (computed)", "with it", "saved (computed)")
    )
    assert whole - with_it == saved
    assert read.counts[f"{FULL}, without it"] - read.counts[FULL_PAGES] == read.counts[SAVED]
    assert read.counts[FULL_PAGES] == read.pages["delta"]
    assert read.counts[LIGHT_PAGES] == read.pages["light"]
    return read.counts[SAVED], saved


@pytest.mark.soak
def test_the_records_of_august_as_dump_and_the_rest_crawled(corpus: Corpus) -> None:
    """The worst case: nearly all that is missing has no dates, so no listing brings it together.

    All pages are read twice, and the report says that nothing was saved.
    """
    read = _crawl_from(corpus, "august", corpus.of_august())
    undated = [repo for repo in corpus.repos if repo.source.get("lastModified") is None]
    assert len(undated) == 2_560
    assert read.pages == {"light": 15, "delta": 15}
    requests_saved, bytes_saved = _saved(read)
    assert requests_saved == 0
    assert bytes_saved < 0


@pytest.mark.soak
def test_every_second_model_as_dump(corpus: Corpus) -> None:
    """Half of August. What is missing is on every page: nothing is asked for one by one."""
    read = _crawl_from(corpus, "second", corpus.of_august()[::2])
    assert _read(corpus.plain).pages == {"full": 15}
    assert read.pages == {"light": 15, "delta": 15}
    assert _saved(read)[0] == read.counts[SINGLE] == 0


@pytest.mark.soak
def test_the_hub_as_it_was_before_half_of_the_models_changed(corpus: Corpus) -> None:
    """Half of August as dumps are made: what was there on a day. Only newer pages are read."""
    by_time = sorted(corpus.of_august(), key=lambda repo: str(repo.record["lastModified"]))
    newer = {id(repo) for repo in by_time[len(by_time) // 2 :]}
    read = _crawl_from(corpus, "before", [each for each in corpus.repos if id(each) not in newer])
    plain = _read(corpus.plain)
    assert (plain.pages, read.pages) == ({"full": 15}, {"light": 15, "delta": 6})
    requests_saved, bytes_saved = _saved(read)
    assert requests_saved == 9
    assert bytes_saved > 1_000_000
    assert read.size < 0.9 * plain.size


@pytest.mark.soak
def test_a_dump_that_lacks_little_saves_nearly_all(corpus: Corpus) -> None:
    """Five holes in each direction: they are asked for by name, and no page of full records is."""
    by_time = sorted(corpus.of_august(), key=lambda repo: str(repo.record["lastModified"]))
    holes = {id(repo) for repo in (*by_time[:5], *by_time[-5:])}
    read = _crawl_from(corpus, "holes", [each for each in corpus.repos if id(each) not in holes])
    assert read.pages == {"light": 15}
    assert (read.counts[SAVED], read.counts[SINGLE]) == (15, 10)
