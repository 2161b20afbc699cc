"""A bug in any reader of a crawl costs the item that it met: state, count, and the rest as ever."""

from __future__ import annotations

import inspect
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from miner.cli import main
from miner.pipelines.derive.architecture import architecture_stage as architectures
from miner.pipelines.derive.architecture import precedence
from miner.pipelines.derive.cards import extraction_stage as extraction
from miner.pipelines.derive.cards import rule_extractor as extractor
from miner.pipelines.derive.job import deriving
from miner.pipelines.executors import open_executor
from miner.pipelines.intake import files
from miner.pipelines.intake.batch import Batch
from miner.pipelines.sources.faults import Faults, unexpected
from miner.pipelines.sources.hubs.huggingface import listing
from miner.pipelines.sources.hubs.huggingface import records as record
from miner.pipelines.sources.hubs.huggingface.listing import read_listing
from miner.pipelines.sources.hubs.pytorch_hub import entry_points, hub_page, hubconf
from miner.pipelines.sources.records import card, config, front_matter, statements, values
from miner.pipelines.sources.replay import listing as replayed
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from miner.schema.vocab import FileState
from tests.crawling import ask, build, crawl, environment, name, one, settings_for
from tests.crawling import record as record_of
from tests.unit.sources.test_entry_points import CONF, PAGE, by_name, catalog

PLACE = "KeyError at "


def functions(*modules: ModuleType) -> list[Any]:
    """Every function that is defined in these modules."""
    return [
        pytest.param(module, called, id=f"{module.__name__.rpartition('.')[2]}.{called}")
        for module in modules
        for called, one in vars(module).items()
        if inspect.isfunction(one) and one.__module__ == module.__name__
    ]


def breaking(function: Callable[..., Any], is_due: Callable[[], bool], hits: list[str]) -> Any:
    def broken(*args: Any, **kwargs: Any) -> Any:
        if is_due():
            hits.append(function.__name__)
            raise KeyError("injected")
        return function(*args, **kwargs)

    return broken


def page_of(*names: str) -> bytes:
    items = [record_of(number, id=one) for number, one in enumerate(names)]
    for fields in items:
        fields["baseModels"] = {"relation": "finetune", "models": [{"id": "zoo/base"}]}
        fields["config"] = {"architectures": ["A"], "quantization_config": {"quant_method": "x"}}
        fields["tags"] = ["arxiv:2401.00001", "dataset:squad", "license:mit"]
        fields["siblings"] = [{"rfilename": "a", "size": 1}]
    return orjson.dumps(items)


@pytest.mark.parametrize("subject", ["model", "dataset"])
@pytest.mark.parametrize(("module", "called"), functions(record, statements, values))
def test_an_exception_costs_the_record_that_it_met(
    module: ModuleType, called: str, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a listing page; single records are read by the same functions."""
    current: list[object] = [""]
    hits: list[str] = []

    def noting(read: Callable[..., Any]) -> Callable[..., Any]:
        def noted(fields: dict[str, Any], position: int = 0) -> Any:
            current[0] = fields["id"]
            return read(fields, position)

        return noted

    alone = read_listing(page_of("zoo/good"), subject, "full")
    broken = breaking(getattr(module, called), lambda: current[0] == "zoo/bad", hits)
    monkeypatch.setattr(module, called, broken)
    for read in ("read_model", "read_dataset"):
        monkeypatch.setattr(listing, read, noting(getattr(record, read)))
    found = read_listing(page_of("zoo/good", "zoo/bad"), subject, "full")
    kept = found.models or found.datasets
    expected = alone.models or alone.datasets
    assert kept[0] == expected[0]
    assert len(kept) == (1 if hits else 2)
    lost = [(one.reason, one.position) for one in found.problems]
    assert lost == ([("unexpected-error", 1)] if hits else [])
    assert all(one.detail.startswith(PLACE) for one in found.problems)


class Written:
    """Stands for the store: what would be written of files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: dict[object, dict[str, object]] = {}
        self.content: dict[object, object] = {}
        self.faults = Faults()
        monkeypatch.setattr(files, "_write_rows", self._rows)
        monkeypatch.setattr(files, "_write_cards", lambda *args: self.content.update(args[2]))
        monkeypatch.setattr(files, "_write_configs", lambda *args: self.content.update(args[2]))
        monkeypatch.setattr(files, "_write_problems", lambda *_: None)

    def _rows(self, _: object, rows: list[dict[str, object]]) -> None:
        self.rows = {row["model_id"]: row for row in rows}


BODIES = {
    "README.md": b"---\nlicense: mit\nbase_model: [zoo/base]\nlanguage: en\ndatasets: squad\n"
    b"tags: [a]\n---\nSee arXiv:2401.00001 and https://github.com/zoo/code\n",
    "config.json": b'{"model_type": "llama", "n_ctx": 5, "text_config": {"vocab_size": 7}}',
}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    ("module", "called"), functions(card, config, front_matter, statements, values)
)
def test_an_exception_costs_the_card_or_config_that_it_met(
    module: ModuleType, called: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    current: list[int] = [0]
    hits: list[str] = []
    items = [
        files.FileAnswer(key, f"zoo/{key}", path, "r", FileState.FETCHED, None, BODIES[path],
                         None, key)
        for key in (1, 2)
    ]  # fmt: skip

    def noted(read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*args: Any) -> Any:
            current[0] += 1
            return read(*args)

        return reading

    def write() -> Written:
        written = Written(monkeypatch)
        batch = Batch(None, 1, 1, "", None, faults=written.faults)  # type: ignore[arg-type]
        current[0] = 0
        files.write_files(batch, items)
        return written

    without = write()
    broken = breaking(getattr(module, called), lambda: current[0] == 2, hits)
    monkeypatch.setattr(module, called, broken)
    monkeypatch.setattr(files, "read_card", noted(card.read_card))
    monkeypatch.setattr(files, "read_config", noted(config.read_config))
    found = write()
    assert found.rows[1] == without.rows[1]
    assert found.content[1] == without.content[1]
    assert found.faults.counts.total() == len(hits)
    state, reason = found.rows[2]["parse_state"], found.rows[2]["parse_reason"]
    if hits:
        assert (state, str(reason)[: len(PLACE)]) == ("unparsable", PLACE)
    else:
        assert found.rows[2] == without.rows[2]


CATALOG_READERS = functions(hub_page, hubconf, front_matter, values) + [
    pytest.param(entry_points, called, id=f"entry_points.{called}")
    for called in ("_read_metadata", "_models", "_model", "_facts", "_best", "_aliases")
]


@pytest.mark.parametrize(("module", "called"), CATALOG_READERS)
def test_an_exception_costs_the_page_or_hubconf_that_it_met(
    module: ModuleType, called: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {f"other_{path}": body.replace(b"lab/", b"other/") for path, body in PAGE.items()}
    conf = {path: body.replace(b"net_", b"xyz_") for path, body in CONF.items()}
    without = by_name(catalog(PAGE, lab__net=CONF))
    current = [""]
    hits: list[str] = []

    def noting(owner: ModuleType, read: str) -> None:
        function = getattr(owner, read)

        def noted(*args: Any, **kwargs: Any) -> Any:
            before, current[0] = current[0], repr(args[0])
            try:
                found = function(*args, **kwargs)
                return list(found) if isinstance(found, Iterator) else found
            finally:
                current[0] = before

        monkeypatch.setattr(owner, read, noted)

    def is_due() -> bool:
        return "other/" in current[0] or "xyz_" in current[0]

    monkeypatch.setattr(module, called, breaking(getattr(module, called), is_due, hits))
    for read in ("read_page", "is_page", "read_hubconf", "_read_metadata", "_models"):
        noting(entry_points, read)
    found = catalog({**PAGE, **pages}, lab__net=CONF, other__net=conf)
    kept = {key: one for key, one in by_name(found).items() if key.startswith("lab/")}
    assert {key: one.facts for key, one in kept.items()} == {
        key: one.facts for key, one in without.items()
    }
    lost = [one for _, one in found.problems if one.reason == "unexpected-error"]
    assert bool(lost) == bool(hits)
    assert all(one.detail.startswith(PLACE) for one in lost)
    if lost:
        assert found.unread == [""]  # nothing is let go by a catalog that is not whole


def fails(*_: object, **__: object) -> Any:
    raise KeyError("injected")


def breaks_on(module: ModuleType, called: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a function fail where its first argument speaks of something."""
    function = getattr(module, called)

    def broken(first: object, *args: Any, **kwargs: Any) -> Any:
        return (fails if text in repr(first) else function)(first, *args, **kwargs)

    monkeypatch.setattr(module, called, broken)


def test_a_crawl_with_bugs_in_its_readers_ends_and_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Records of the listing and one by one, cards, configs; what --summary and --strict say."""
    with serving(build(12)) as server:
        chosen = settings_for(tmp_path, server.endpoint)
        for key, text in environment(chosen).items():
            monkeypatch.setenv(key, text)
        breaks_on(listing, "read_model", name(3), monkeypatch)
        breaks_on(files, "read_card", "Model 4", monkeypatch)
        breaks_on(files, "read_config", "1005", monkeypatch)
        words = ["crawl", "--hub", "huggingface", "--min-downloads", "0", "--configs", "all",
                 "--no-datasets", "--no-export", "--summary"]  # fmt: skip
        with pytest.raises(SystemExit) as ended:
            main([*words, "--strict"])
    output = capsys.readouterr()
    assert ended.value.code == 14
    assert "unexpected_errors=3" in output.out
    assert "3 lost to unexpected errors (--strict)" in output.err
    assert one(chosen, "SELECT count(*) FROM model WHERE parse_state IS NOT NULL") == 11
    found = ask(chosen, "SELECT reason, detail FROM rejected_record")
    assert [(reason, detail[: len(PLACE)]) for reason, detail in found] == [
        ("unexpected-error", PLACE)
    ]
    rows = ask(chosen, "SELECT path, parse_reason FROM fetched_file WHERE parse_state = "
               "'unparsable' ORDER BY path")  # fmt: skip
    assert [(path, reason[: len(PLACE)]) for path, reason in rows] == [
        ("README.md", PLACE), ("config.json", PLACE)
    ]  # fmt: skip
    report = orjson.loads(one(chosen, "SELECT report FROM run"))
    assert unexpected(report) == 3


def test_a_listing_page_that_its_reader_breaks_on_costs_that_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sweep goes on behind it, and is not complete: what the page listed was not seen."""
    with serving(build(12)) as server:
        chosen = settings_for(tmp_path, server.endpoint)
        for key, text in environment(chosen).items():
            monkeypatch.setenv(key, text)
        monkeypatch.setattr(replayed, "MAX_PAGE", 4)
        breaks_on(listing, "decode_page", f'"{name(5)}"', monkeypatch)
        with pytest.raises(SystemExit) as ended:
            main(["crawl", "--hub", "huggingface", "--no-datasets", "--configs", "none",
                  "--min-downloads", "9999999", "--no-export", "--summary"])  # fmt: skip
    assert ended.value.code == 0
    assert "unexpected_errors=1" in capsys.readouterr().out
    assert one(chosen, "SELECT count(*) FROM model") == 8
    found = ask(chosen, "SELECT reason FROM rejected_record ORDER BY position")
    assert [reason for (reason,) in found] == ["unexpected-error", "cut-short"]
    kept = "SELECT is_complete, rejected_count FROM sweep WHERE subject = 'model'"
    assert ask(chosen, kept) == [(0, 2)]


def test_cards_and_models_that_rules_break_on_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What workers do, done in this process."""
    with serving(build(6)) as server:
        chosen = settings_for(tmp_path, server.endpoint)
        crawl(chosen, with_datasets=False)
    with closing(sqlite3.connect(chosen.data_dir / "miner.db")) as connection, connection:
        for table in ("extracted_field", "extraction", "model_architecture"):
            connection.execute(f"DELETE FROM {table}")
    breaks_on(extractor, "read_document", "Model 2", monkeypatch)
    breaks_on(precedence, "architecture", name(3), monkeypatch)
    breaks_on(architectures, "evidence_of", name(4), monkeypatch)
    with (
        deriving(chosen, "extract", {}, threading.Event()) as work,
        open_executor("here") as executor,
    ):
        extraction.extract_stored(work, executor, Silent())
        architectures.derive_architectures(work, executor, Silent())
    assert unexpected(work.counts) == 3
    assert (work.counts["cards failed"], work.counts["cards extracted"]) == (1, 5)
    states = Counter(row[0] for row in ask(chosen, "SELECT state FROM extraction"))
    assert states == {"extracted": 5, "failed": 1}
    assert one(chosen, "SELECT count(*) FROM model_architecture") == 6
