"""PeaTMOSS imported: what comes in, what is refused, what a crawl knows better, and twice."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.cli.refresh import refresh
from miner.db.session import open_store
from miner.errors import ConfigurationError, InvalidData, MinerError
from miner.pipelines.derive.cards.extraction_rows import drop_outdated
from miner.pipelines.imports.peatmoss import import_peatmoss
from miner.pipelines.imports.report import ImportReport
from miner.pipelines.intake.repositories import IngestContext, write_named
from miner.pipelines.intake.runs import running
from miner.pipelines.scan.scan_rows import Scanned, resolve_uses, write_scans
from miner.pipelines.scan.site import ScannedSite, ScanResult
from miner.pipelines.show.repository_view import describe_repository
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.peatmoss.fields import read_fields
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Progress, Silent
from miner.settings import Settings
from tests.crawling import AfterRecords, ask, build, crawl, differences, name, one, settings_for
from tests.peatmoss import write_peatmoss
from tests.peatmoss_rows import DAY, LATER, ROWS, model
from tests.stores import only_sqlite


def imported(settings: Settings, path: Path, progress: Progress | None = None) -> ImportReport:
    return import_peatmoss(settings, path, progress=progress or Silent(), stop=threading.Event())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, ImportReport, Path]:
    folder = tmp_path_factory.mktemp("peatmoss")
    path = write_peatmoss(folder / "PeaTMOSS.db", ROWS)
    settings = settings_for(folder / "data", "http://127.0.0.1:9")
    return settings, imported(settings, path), path


def test_models_come_with_what_their_hub_said_in_2023(
    store: tuple[Settings, ImportReport, Path],
) -> None:
    settings, _, _ = store
    columns = (
        "name, sha, downloads, likes, license, library_name, pipeline_tag, languages, architectures"
    )
    rows = ask(settings, f"SELECT {columns} FROM model ORDER BY name")
    assert rows == [
        ("123", None, None, None, None, None, None, None, None),
        ("acme/tuned", None, 120, 3, "mit", "keras", None, None, None),
        ("bert-base-uncased", "a" * 40, 48_000_000, 900, "apache-2.0", "transformers", "fill-mask",
         '["en","fr"]', '["BertForMaskedLM"]'),
        ("pytorch/vision:resnet18", None, None, None, None, None, None, None, None),
    ]  # fmt: skip
    hubs = "SELECT DISTINCT h.name, m.observed_at FROM model m JOIN hub h ON h.id = m.hub_id"
    assert sorted(ask(settings, hubs)) == [("huggingface", DAY), ("pytorch-hub", DAY)]
    assert ask(settings, "SELECT dataset, source FROM model_dataset ORDER BY dataset") == [
        ("acme/data", "tag"), ("wikipedia", "tag"),
    ]  # fmt: skip
    papers = ask(settings, "SELECT arxiv_id FROM paper ORDER BY arxiv_id")
    assert papers == [("1810.04805",), ("1910.01108",)]


def test_uses_come_with_their_files_and_say_that_nobody_measured_them(
    store: tuple[Settings, ImportReport, Path],
) -> None:
    settings, report, _ = store
    sites = ask(
        settings,
        "SELECT r.name, s.model, s.path, s.line, s.confidence, s.kind, s.role, s.method, "
        "s.first_seen_at FROM use_site s JOIN repository r ON r.id = s.repository_id "
        "ORDER BY s.model, s.path",
    )
    assert [site[:3] for site in sites] == [
        ("old/name", "acme/tuned", "a.py"),
        ("joe/my_app", "bert-base-uncased", "src/load.py"),
        ("joe/my_app", "bert-base-uncased", "tests/test_it.py"),
        ("joe/my_app", "pytorch/vision:resnet18", "demo.ipynb"),
    ]
    assert {site[3:5] for site in sites} == {(None, None)}
    assert [site[5:7] for site in sites] == [
        ("file", "use"), ("file", "use"), ("file", "test"), ("notebook", "example"),
    ]  # fmt: skip
    assert {site[7:] for site in sites} == {("peatmoss", DAY)}
    uses = ask(
        settings,
        "SELECT r.name, u.hub, u.use_site_count, u.role, u.roles, m.name FROM model_use u "
        "JOIN repository r ON r.id = u.repository_id JOIN model m ON m.id = u.model_id "
        "ORDER BY r.name, m.name",
    )
    assert uses == [
        ("ann/tool", "huggingface", 0, "use", "{}", "bert-base-uncased"),
        ("joe/my_app", "huggingface", 2, "use", '{"use":1,"test":1}', "bert-base-uncased"),
        ("joe/my_app", "pytorch-hub", 1, "example", '{"example":1}', "pytorch/vision:resnet18"),
        ("old/name", "huggingface", 1, "use", '{"use":1}', "acme/tuned"),
    ]
    assert report.tables["model_to_reuse_repository"].stored == 4
    assert report.tables["reuse_file"].stored == 4
    found = ask(settings, "SELECT DISTINCT source, detail, observed_at FROM repository_finding")
    assert found == [("dataset", "PeaTMOSS", DAY)]


def test_history_and_discussions_come_with_logins_and_without_addresses(
    store: tuple[Settings, ImportReport, Path],
) -> None:
    settings, report, _ = store
    commits = "SELECT sha, committed_at, title, observed_at FROM model_commit ORDER BY sha"
    assert ask(settings, commits) == [
        ("1" * 40, "2022-05-01 10:00:00.000000", "initial commit", DAY),
        ("a" * 40, None, "by [email]", DAY),
    ]
    assert ask(settings, "SELECT sha, author FROM model_commit_author") == [("1" * 40, "acme")]
    refs = ask(settings, "SELECT kind, ref, sha FROM model_ref ORDER BY kind")
    assert refs == [("branch", "main", "a" * 40), ("tag", "v1", "1" * 40)]
    columns = "number, kind, title, state, author, closed_at, event_count, events_state, merge_sha"
    assert ask(settings, f"SELECT {columns} FROM model_discussion ORDER BY number") == [
        (3, "discussion", "Which data?", "closed", "acme", "2023-06-02 00:00:00.000000", 2,
         "fetched", None),
        (5, "pull-request", "Add weights", "merged", None, None, None, "not-fetched", "a" * 40),
    ]  # fmt: skip
    columns = "event, kind, author, text, is_edited, new_state"
    assert ask(settings, f"SELECT {columns} FROM discussion_event ORDER BY position") == [
        ("e1", "comment", "acme", "Write to [email]", 1, None),
        ("peatmoss-2", "status-change", None, None, None, "closed"),
    ]
    assert report.tables["discussion_event"].stored == 2


def test_issues_come_with_comments_labels_and_the_models_that_they_name(
    store: tuple[Settings, ImportReport, Path],
) -> None:
    settings, report, _ = store
    columns = (
        "r.name, i.number, i.kind, i.title, i.body, i.state, i.author, i.labels, i.libraries, "
        "i.linked, i.updated_at, i.closed_at, i.read_comment_count, i.comment_state, i.observed_at"
    )
    of_repository = "JOIN repository r ON r.id = i.repository_id ORDER BY r.name, i.number"
    assert ask(settings, f"SELECT {columns} FROM repository_issue i {of_repository}") == [
        ("ann/tool", 8, "issue", None, None, "closed", None, "[]", "[]", None, None, None, 0,
         "read", DAY),
        ("joe/my_app", 7, "issue", "`bert-base-uncased` fails",
         "Ask [email], or see https://huggingface.co/acme/tuned", "closed", "joe",
         '["bug","help wanted"]', "[]", None, "2022-05-03 10:00:00.000000",
         "2022-05-02 10:00:00.000000", 1, "read", DAY),
        ("joe/my_app", 10, "pull-request", "Use transformers in src/load.py", None, "merged", None,
         '["bug"]', '["transformers"]', None, None, "2023-01-01 00:00:00.000000", 1, "read", DAY),
        ("pytorch/vision", 1, "issue", "of a repository that publishes models", None, "open", None,
         "[]", "[]", None, None, None, 0, "read", DAY),
    ]  # fmt: skip
    columns = "i.number, i.node_id, i.author, i.body, i.is_hidden, i.hidden_reason, i.created_at"
    assert ask(settings, f"SELECT {columns} FROM issue_comment i ORDER BY i.node_id") == [
        (7, "peatmoss-1", "joe", "acme/tuned works, [email]", 1, "spam",
         "2022-05-01 11:00:00.000000"),
        (10, "peatmoss-4", None, "merged", None, None, None),
    ]  # fmt: skip
    columns = "number, place, comment, model, method"
    assert ask(settings, f"SELECT {columns} FROM issue_model ORDER BY number, place") == [
        (7, "body", "", "acme/tuned", "address"),
        (7, "comment", "peatmoss-1", "acme/tuned", "known-name"),
        (7, "title", "", "bert-base-uncased", "bare-name"),
        (10, "title", "", "bert-base-uncased", "file"),
    ]
    columns = "r.name, i.kind, i.state, i.reason, i.read_count, i.read_until"
    of_repository = "JOIN repository r ON r.id = i.repository_id ORDER BY r.name, i.kind"
    assert ask(settings, f"SELECT {columns} FROM issue_listing i {of_repository}") == [
        ("ann/tool", "issue", "partial", "PeaTMOSS", 1, None),
        ("joe/my_app", "issue", "partial", "PeaTMOSS", 1, None),
        ("joe/my_app", "pull-request", "partial", "PeaTMOSS", 1, None),
        ("pytorch/vision", "issue", "partial", "PeaTMOSS", 1, None),
    ]
    counts = {
        name: (table.rows, table.stored, table.known, dict(table.refused))
        for name, table in report.tables.items()
        if "issue" in name or "pull" in name or name.startswith("github_")
    }
    assert {name: count for name, count in counts.items() if count[0]} == {
        "github_comment": (6, 2, 1, {"orphan": 3}),
        "github_issue": (6, 3, 1, {"orphan": 1, "wrong-type": 1}),
        "github_label": (4, 3, 0, {"no-name": 1}),
        "github_pull_request": (1, 1, 0, {}),
        "github_review": (1, 0, 0, {}),
        "github_user": (2, 1, 0, {"wrong-type": 1}),
        "ptm_issue_to_issue": (1, 1, 0, {}),
        "ptm_issues": (1, 1, 0, {}),
        "reuse_repo_to_issue": (3, 1, 0, {"orphan": 2}),
        "reuse_repo_to_pull_request": (1, 1, 0, {}),
    }
    assert report.tables["github_review"].left_out == "miner stores nothing of this kind"


FIELDS = {
    "bert-base-uncased": {
        "domain": ["natural-language-processing"],
        "model_task": ["fill-mask"],
        "datasets": [{"dataset_name": "BookCorpus", "url": ""}, {"dataset_name": "", "url": ""}],
        "license": "apache-2.0",
        "paper": [{"paper title": "", "paper_url": "https://arxiv.org/abs/1810.04805"}],
        "parameter_count": "110M",
        "hardware": {"hardware_name": "4 cloud TPUs", "hours_used": "96", "cloud_provider": ""},
        "hyper_parameters": [{"hyper_parameter": "epochs", "value": 40}],
        "evaluation": [{"test/metric": "accuracy", "dataset": "GLUE", "result": "79.6"}],
        "grant": "N/A",
        "demo": "Client Error: 404",
        "limitation_and_bias": "ask joe@example.com",
    },
    "acme/tuned": {"model_type": "nlp", "upstream_model": "bert-base-uncased", "evaluation": ""},
    "broken/one": "Error code: 400 - maximum context length",
    "not/there": {"license": "mit"},
    "123": None,
}


def test_fields_that_a_language_model_read_stand_beside_and_are_never_chosen(
    store: tuple[Settings, ImportReport, Path], tmp_path: Path
) -> None:
    _, _, path = store
    fields_path = tmp_path / "final_result.json"
    fields_path.write_text(json.dumps(FIELDS), encoding="utf-8")
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    report = import_peatmoss(
        settings, path, fields=fields_path, progress=Silent(), stop=threading.Event()
    )
    shown = report.tables["extracted fields"]
    assert (shown.rows, shown.stored) == (5, 2)
    assert dict(shown.refused) == {"unparsable": 2, "orphan": 1}
    rows = ask(
        settings,
        "SELECT e.llm, f.field, f.value_text, f.qualifiers FROM extracted_field f "
        "JOIN extraction e ON e.id = f.extraction_id ORDER BY f.id",
    )
    large, small = "gpt-4-1106-preview", "gpt-3.5-turbo"
    assert rows == [
        (large, "task", "fill-mask", None),
        (large, "training_dataset", "BookCorpus", None),
        (large, "license", "apache-2.0", None),
        (large, "paper", "https://arxiv.org/abs/1810.04805", None),
        (large, "parameter_count", "110M", None),
        (large, "hardware", "4 cloud TPUs", None),
        (large, "training_time", "96", None),
        (large, "hyperparameter", "40", '{"name":"epochs"}'),
        (large, "evaluation", "79.6", '{"metric":"accuracy","dataset":"GLUE"}'),
        (large, "limitation_and_bias", "ask [email]", None),
        (small, "base_model", "bert-base-uncased", None),
    ]
    common = "SELECT DISTINCT method, confidence, is_chosen, source FROM extracted_field"
    assert ask(settings, common) == [("peatmoss", None, 0, "card-llm")]
    engine = open_store(settings)
    with engine.begin() as connection:
        assert drop_outdated(connection) == 0
    engine.dispose()
    again = import_peatmoss(
        settings, path, fields=fields_path, progress=Silent(), stop=threading.Event()
    )
    assert again.notes[0] == "this very file was imported before: nothing is changed"


@pytest.mark.parametrize("content", ["[1]", "{", ""])
def test_a_file_of_fields_that_is_none_gets_one_message(tmp_path: Path, content: str) -> None:
    fields_path = tmp_path / "fields.json"
    fields_path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        list(read_fields(fields_path))
    assert "leave out --fields" in caught.value.render()


def test_the_exported_file_has_them_without_line_and_address(
    store: tuple[Settings, ImportReport, Path],
) -> None:
    settings, _, _ = store
    refresh(settings, threading.Event())
    with duckdb.connect(str(settings.duckdb_path), read_only=True) as connection:
        sites = connection.execute(
            "SELECT repository, model_resolved, line, commit, evidence_url, is_copy FROM use_site "
            "WHERE method = 'peatmoss' ORDER BY path, model"
        ).fetchall()
        uses = connection.execute("FROM uses_most_used_models()").fetchall()
        seen = connection.execute(
            "SELECT downloads, observed_at FROM model_observation WHERE model = 'acme/tuned'"
        ).fetchall()
    assert sites[0] == ("old/name", "acme/tuned", None, None, None, False)
    assert len(sites) == 4
    assert uses
    assert [(count, f"{at:%Y-%m-%d}") for count, at in seen] == [(120, "2023-08-31")]
    view = describe_repository(settings, "joe/my_app")
    assert {site["evidence_url"] for site in view["sites"]} == {None}


def test_no_e_mail_address_comes_with_it(store: tuple[Settings, ImportReport, Path]) -> None:
    settings, _, _ = store
    with closing(sqlite3.connect(settings.data_dir / "miner.db")) as connection:
        content = "\n".join(connection.iterdump())
    assert "joe@" not in content
    assert "me@example" not in content
    assert ask(settings, "SELECT name FROM owner ORDER BY name") == [("acme",), ("pytorch",)]


def test_everything_refused_is_counted_with_its_reason(
    store: tuple[Settings, ImportReport, Path],
) -> None:
    settings, report, _ = store
    refused = {name: dict(table.refused) for name, table in report.tables.items() if table.refused}
    assert refused == {
        "discussion": {"orphan": 1, "wrong-type": 1},
        "discussion_event": {"orphan": 2},
        "discussion_to_author": {"wrong-type": 1},
        "github_comment": {"orphan": 3},
        "github_issue": {"orphan": 1, "wrong-type": 1},
        "github_label": {"no-name": 1},
        "github_user": {"wrong-type": 1},
        "hf_commit": {"no-name": 1, "orphan": 1},
        "hf_commit_to_author": {"wrong-type": 1},
        "hf_git_ref_to_tag": {"orphan": 1},
        "model": {"no-name": 3, "orphan": 2},
        "model_to_author": {"wrong-type": 1},
        "model_to_paper": {"unparsable": 1},
        "model_to_reuse_repository": {"orphan": 3},
        "reuse_file": {"no-name": 1, "orphan": 1},
        "reuse_repo_to_issue": {"orphan": 2},
        "reuse_repository": {"no-name": 1},
        "model_to_tag": {"orphan": 4},
    }
    for table in report.tables.values():
        if not table.left_out and table.rows is not None:
            assert table.stored + table.known <= table.rows, table
    listed = ask(
        settings, "SELECT subject, name, field, reason FROM rejected_record ORDER BY subject, id"
    )
    assert ("model", "of/no-hub", "", "orphan") in listed
    assert ("model", "123", "downloads", "wrong-type") in listed
    assert ("model_to_tag", "model_id refers to no model", "", "orphan") in listed
    assert sum(subject == "model" and not field for subject, _, field, _ in listed) == 5


def test_the_same_file_again_changes_nothing(
    store: tuple[Settings, ImportReport, Path], tmp_path: Path
) -> None:
    settings, report, path = store
    fresh = settings_for(tmp_path / "fresh", "http://127.0.0.1:9")
    imported(fresh, path)
    again = imported(settings, path)
    assert differences(settings.data_dir, fresh.data_dir) == []
    assert again.tables == report.tables
    assert again.notes == ["this very file was imported before: nothing is changed"]


def test_a_copy_without_types_and_indexes_is_the_same(
    store: tuple[Settings, ImportReport, Path], tmp_path: Path
) -> None:
    settings, _, _ = store
    texts = {
        table: [
            {column: str(value) if column.endswith("id") and column != "context_id"
             and value is not None else value for column, value in row.items()}
            for row in rows
        ]
        for table, rows in ROWS.items()
    }  # fmt: skip
    other = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    imported(other, write_peatmoss(tmp_path / "copy.db", texts, typed=False))
    assert differences(settings.data_dir, other.data_dir, "sweep.window") == []


def test_a_later_crawl_is_not_overwritten_and_former_names_are_known(tmp_path: Path) -> None:
    catalog = build(4, cards=0)
    rows = {
        "model": [
            model(1, name(0), downloads=1, sha="b" * 40),
            model(2, name(1), downloads=7),
            model(3, "gone/since", downloads=5),
        ]
    }
    path = write_peatmoss(tmp_path / "PeaTMOSS.db", rows)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        crawl(settings)
        catalog.models.rename(name(1), "other/name")
        crawl(settings)
        columns = "SELECT name, uid, sha, downloads, observed_at FROM model ORDER BY name"
        before = ask(settings, columns)
        report = imported(settings, path)
        after = ask(settings, columns)
        assert [row for row in after if row[0] != "gone/since"] == before
        assert (report.tables["model"].stored, report.tables["model"].known) == (1, 2)
        seen = Path(settings.observations_dir / "model").glob("huggingface-model-seed-*.parquet")
        frame = pl.read_parquet(next(iter(seen))).sort("downloads")
        renamed = next(row[1] for row in before if row[0] == "other/name")
        assert frame.select("name", "uid", "downloads").rows() == [
            (name(0), None, 1), ("gone/since", None, 5), (name(1), renamed, 7),
        ]  # fmt: skip
        crawl(settings)
    assert one(settings, "SELECT state FROM model WHERE name = 'gone/since'") == "gone-or-private"
    assert [row for row in ask(settings, columns) if row[0] != "gone/since"] == before


def test_a_crawl_after_the_import_reads_full_records(tmp_path: Path) -> None:
    catalog = build(6, cards=2)
    rows = {"model": [model(key + 1, name(key), downloads=key) for key in range(3)]}
    path = write_peatmoss(tmp_path / "PeaTMOSS.db", rows)
    with serving(catalog) as server:
        settings = settings_for(tmp_path / "data", server.endpoint)
        imported(settings, path)
        crawl(settings)
        plain = settings_for(tmp_path / "plain", server.endpoint)
        crawl(plain)
    assert differences(settings.data_dir, plain.data_dir, "sweep.*", "observation.*") == []


def scan(settings: Settings, repository: str, *sites: ScannedSite) -> None:
    """Write what a scan of today found in a repository."""
    engine = open_store(settings)
    try:
        with engine.begin() as connection:
            context = IngestContext(connection, 1, None)
            [key] = write_named(context, [repository]).values()
            result = ScanResult("scanned", sites=list(sites))
            write_scans(connection, [Scanned(key, "c" * 40, result, 0, LATER)], 1)
        resolve_uses(engine)
    finally:
        engine.dispose()


def test_a_later_scan_stands_whichever_came_first(tmp_path: Path) -> None:
    path = write_peatmoss(tmp_path / "PeaTMOSS.db", ROWS)
    same = ScannedSite(
        hub="huggingface", model="bert-base-uncased", path="src/load.py", line=3,
        kind="call-literal", role="use", api="from_pretrained", confidence=0.9, resolved=True,
        argument=None, signature=None, blob_sha="d" * 40, method="literal",
    )  # fmt: skip
    other = dataclasses.replace(same, model="acme/new", path="src/new.py")
    first = settings_for(tmp_path / "import-first", "http://127.0.0.1:9")
    imported(first, path)
    scan(first, "joe/my_app", same, other)
    last = settings_for(tmp_path / "scan-first", "http://127.0.0.1:9")
    open_store(last).dispose()
    engine = open_store(last)
    with running(engine, "crawl", {}):
        pass
    engine.dispose()
    scan(last, "joe/my_app", same, other)
    report = imported(last, path)
    assert report.tables["reuse_file"].known == 3
    seen = "SELECT model, path, line, first_seen_at FROM use_site WHERE scan_id > 0 ORDER BY path"
    assert ask(last, seen) == [
        ("bert-base-uncased", "src/load.py", 3, DAY), ("acme/new", "src/new.py", 3, LATER),
    ]  # fmt: skip
    assert differences(first.data_dir, last.data_dir, "repository.run_id") == []


def test_an_import_that_is_ended_goes_on(tmp_path: Path) -> None:
    rows = {"model": [model(key, f"acme/model-{key}", likes=key) for key in range(1, 6_001)]}
    path = write_peatmoss(tmp_path / "PeaTMOSS.db", rows)
    whole = settings_for(tmp_path / "whole", "http://127.0.0.1:9")
    imported(whole, path)
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    stop = threading.Event()
    with pytest.raises(Stopped):
        import_peatmoss(settings, path, progress=AfterRecords(1_000, stop.set), stop=stop)
    assert 0 < one(settings, "SELECT count(*) FROM model") < 6_000
    report = imported(settings, path)
    assert "models of huggingface went on after number 2,000 of the file" in report.notes
    assert differences(whole.data_dir, settings.data_dir) == []


def broken(path: Path, what: str) -> Path:
    """A file that cannot be used."""
    if what == "text":
        path.write_bytes(b"id,name\n1,bert\n" * 20)
    elif what == "zip":
        path.write_bytes(b"PK\x03\x04" + bytes(200))
    elif what == "empty":
        path.write_bytes(b"")
    elif what == "other":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE model (id INTEGER PRIMARY KEY, name VARCHAR)")
    elif what == "lacks":
        write_peatmoss(path, ROWS, without=["model_hub"])
    elif what == "cut":
        write_peatmoss(path, ROWS)
        path.write_bytes(path.read_bytes()[:-5_000])
    elif what == "damaged":
        many = [model(key, f"acme/model-{key}") for key in range(1, 3_000)]
        write_peatmoss(path, {"model": many})
        content = bytearray(path.read_bytes())
        for page in range(len(content) // 4096 - 15, len(content) // 4096):
            content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
        path.write_bytes(bytes(content))
    elif what == "open":
        path = write_peatmoss(path, ROWS)
        path.with_name(f"{path.name}-wal").write_bytes(b"changes")
    return path


@pytest.mark.parametrize(
    ("what", "kind", "words"),
    [
        ("absent", ConfigurationError, "there is no file"),
        ("text", InvalidData, "no SQLite database"),
        ("zip", InvalidData, "no SQLite database (it is packed)"),
        ("empty", InvalidData, "no SQLite database"),
        ("other", InvalidData, "it lacks model.context_id, model.model_hub_id, model_hub"),
        ("lacks", InvalidData, "it lacks model_hub"),
        ("cut", InvalidData, "is cut short"),
        ("damaged", InvalidData, "is damaged in the table"),
        ("open", ConfigurationError, "was not closed in order"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, kind: type[MinerError], words: str
) -> None:
    path = broken(tmp_path / "PeaTMOSS.db", what)
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    result = CliRunner().invoke(cli, ["import", "peatmoss", str(path), "--no-export"])
    assert type(result.exception) is kind
    assert words in result.exception.render()
    assert "next" in result.exception.render()


def test_tables_that_are_absent_are_no_error(tmp_path: Path) -> None:
    path = write_peatmoss(tmp_path / "small.db", ROWS, without=["tag", "model_to_paper", "author"])
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    report = imported(settings, path)
    assert report.tables["model"].stored == 4
    assert "tag" not in report.tables or report.tables["tag"].rows is None
    assert one(settings, "SELECT count(*) FROM model_paper") == 0


def test_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    path = write_peatmoss(folder / "PeaTMOSS.db", ROWS, typed=False)
    content = path.read_bytes()
    folder.chmod(0o500)
    try:
        imported(settings_for(tmp_path / "data", "http://127.0.0.1:9"), path)
    finally:
        folder.chmod(0o700)
    assert path.read_bytes() == content
    assert [entry.name for entry in folder.iterdir()] == ["PeaTMOSS.db"]


@only_sqlite
def test_the_command_prints_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_kind: str
) -> None:
    path = write_peatmoss(tmp_path / "PeaTMOSS.db", ROWS)
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / store_kind))
    result = CliRunner().invoke(cli, ["import", "peatmoss", str(path), "--no-export"])
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.strip()}
    assert lines["model"][1:5] == ["9", "4", "0", "5"]
    assert "model_to_tag" in lines
