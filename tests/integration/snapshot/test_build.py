"""What a snapshot holds, and what keeps one from being made."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import polars
import pytest
import yaml

from miner import __version__
from miner.db.analytics import disk_errors
from miner.db.session import open_store
from miner.errors import CheckFailed, ConfigurationError, InvalidData
from miner.pipelines.scan.names_file import NamesFile
from miner.pipelines.snapshot import build
from miner.pipelines.snapshot.content_checks import Check
from miner.pipelines.snapshot.export_store import export_parquet
from miner.pipelines.snapshot.takedown_places import places
from miner.schema.manifest import MANIFEST, Version, latest, revision
from miner.schema.published import PUBLISHED
from miner.settings import DEMO_MARK, Settings
from tests.crawling import name, settings_for
from tests.snapshots import (
    NAME,
    SHIPPED,
    change,
    contents,
    copy_store,
    make,
    manifest_of,
)


@pytest.fixture
def own(store: Settings, tmp_path: Path) -> Settings:
    """A copy of the store that the test may change."""
    return copy_store(store, tmp_path / "own")


def rows(folder: Path, table: str) -> polars.DataFrame:
    return polars.read_parquet(folder / f"{table}.parquet")


def test_every_table_is_a_file_with_the_rows_of_an_export(
    store: Settings, made: Path, tmp_path: Path
) -> None:
    exported = export_parquet(store, tmp_path / "exported")
    manifest = manifest_of(made)
    assert {table.name: table.rows for table in manifest.tables} == exported.row_counts
    assert exported.row_counts["model"] == 30
    for table in PUBLISHED:
        whole = polars.read_parquet(tmp_path / "exported" / f"{table}.parquet")
        assert rows(made, table).equals(whole), table


def test_the_same_store_gives_the_same_bytes(store: Settings, made: Path, tmp_path: Path) -> None:
    again = make(store, tmp_path / "again").folder
    assert contents(again) == contents(made)


def test_a_copy_of_the_store_elsewhere_gives_the_same_bytes(own: Settings, made: Path) -> None:
    report = make(own, None)
    assert report.folder == own.data_dir / "snapshots" / NAME
    assert contents(report.folder) == contents(made)


def test_the_manifest_says_where_the_data_is_from(made: Path) -> None:
    manifest = manifest_of(made)
    assert (manifest.name, manifest.date) == (NAME, "2026-01-01T12:00:00")
    assert manifest.schema_revision == revision()
    assert manifest.code_version == __version__
    about = manifest.about
    assert [source["name"] for source in about["sources"]] == ["huggingface"]
    assert about["sources"][0]["terms_url"].startswith("https://")
    (sweep,) = about["crawl_windows"]
    assert (sweep["kind"], sweep["record_count"], sweep["is_complete"]) == ("full", 30, True)
    assert about["counts_by_state"]["model"]["state"] == {"present": 30}
    assert about["license"]["name"] == "CC-BY-4.0"
    assert set(about["checks_passed"]) >= {check.name for check in SHIPPED}
    assert len(about["method_accuracy"]) == rows(made, "method_accuracy").height


def test_it_carries_the_names_of_models_and_datasets(made: Path) -> None:
    with NamesFile(made / "names.bin") as names:
        models = rows(made, "model")["name"].to_list()
        assert models
        assert all(name in names for name in models)
        assert "nobody/nothing" not in names


def test_every_file_stands_in_the_manifest_with_its_digest(made: Path) -> None:
    listed = {file.path: (file.size, file.sha256) for file in manifest_of(made).every_file}
    found = {
        path: (len(data), hashlib.sha256(data).hexdigest())
        for path, data in contents(made).items()
        if path != MANIFEST
    }
    assert listed == found
    assert {"README.md", "CITATION.cff", "LICENSE.md", "datapackage.json", "croissant.json",
            "dictionary/models.md", "dictionary/published.schema.json",
            "names.bin"} <= found.keys()  # fmt: skip
    assert not any(path.endswith(".duckdb") for path in found)


def test_the_page_on_the_hub_names_a_configuration_for_each_table_with_rows(made: Path) -> None:
    text = (made / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(text.split("---\n")[1])
    counts = {table.name: table.rows for table in manifest_of(made).tables}
    assert {entry["config_name"]: entry["data_files"] for entry in front["configs"]} == {
        table: f"{table}.parquet" for table, count in counts.items() if count
    }
    assert front["license"] == "cc-by-4.0"
    assert [e["config_name"] for e in front["configs"] if e.get("default")] == ["model"]
    assert manifest_of(made).about["takedown"] in text


def test_license_and_contact_are_the_publishers_choice(store: Settings, tmp_path: Path) -> None:
    contact = "https://example.org/removal"
    folder = make(store, tmp_path / "out", license="ODbL-1.0", contact=contact).folder
    about = manifest_of(folder).about
    assert (about["license"]["name"], about["takedown"]) == ("ODbL-1.0", contact)
    for path in ("README.md", "LICENSE.md"):
        text = (folder / path).read_text(encoding="utf-8")
        assert "Open Data Commons Open Database License" in text
        assert f"To have something removed: {contact}." in text
    assert yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])["license"] == "odbl"
    assert yaml.safe_load((folder / "CITATION.cff").read_text())["license"] == "ODbL-1.0"
    (package,) = json.loads((folder / "datapackage.json").read_bytes())["licenses"]
    assert package["path"] == about["license"]["url"]
    assert json.loads((folder / "croissant.json").read_bytes())["license"] == package["path"]


def test_what_cannot_stand_in_a_manifest_is_refused(store: Settings, tmp_path: Path) -> None:
    for chosen in ({"license": "proprietary"}, {"contact": "a\nb"}, {"contact": "x" * 301}):
        with pytest.raises(ConfigurationError, match=r"published under|one line"):
            make(store, tmp_path / "out", **chosen)
    assert not (tmp_path / "out").exists()


def test_rows_are_sorted_so_that_groups_can_be_skipped(made: Path) -> None:
    for table in PUBLISHED.values():
        frame = rows(made, table.name)
        order = [column for column in table.sorted_by if frame[column].dtype != polars.List]
        assert frame.select(order).equals(frame.sort(order).select(order)), table.name


def test_the_descriptors_name_every_column(made: Path) -> None:
    package = json.loads((made / "datapackage.json").read_bytes())
    card = json.loads((made / "croissant.json").read_bytes())
    columns = {table.name: list(table.column_names) for table in PUBLISHED.values()}
    assert {
        resource["name"]: [field["name"] for field in resource["schema"]["fields"]]
        for resource in package["resources"]
    } == columns
    assert {
        each["name"]: [field["source"]["extract"]["column"] for field in each["field"]]
        for each in card["recordSet"]
    } == columns
    assert {entry["sha256"] for entry in card["distribution"]} == {
        table.file.sha256 for table in manifest_of(made).tables
    }


def test_private_things_are_taken_out_and_counted(own: Settings, tmp_path: Path) -> None:
    token = "hf_" + "aB3" * 12
    change(own, "UPDATE model SET license_name = ? WHERE name = ?",
           f"ask jane.doe@example.org, {token}", name(1))  # fmt: skip
    change(own, "UPDATE model SET license_link = ? WHERE name = ?",
           f"https://jane:secret@hub.example/terms?token={token}", name(2))  # fmt: skip
    change(own, "UPDATE model SET library_name = ? WHERE name = ?",
           "see /" + "home/jane/lib and C:\\Users\\jane\\lib", name(3))  # fmt: skip
    report = make(own, tmp_path / "out")
    models = {row["name"]: row for row in rows(report.folder, "model").to_dicts()}
    assert models[name(1)]["license_name"] == "ask [email], [secret]"
    assert models[name(2)]["license_link"] == "https://[secret]@hub.example/terms?token=[secret]"
    assert models[name(3)]["library_name"] == "see /home/[user]/lib and C:\\Users\\[user]\\lib"
    everything = b"".join(
        polars.read_parquet(path).write_json().encode() for path in report.folder.glob("*.parquet")
    )
    assert b"jane" not in everything
    assert token.encode() not in everything
    redacted = report.manifest.about["texts_redacted"]
    assert redacted["model.license_name"] == {"secret": 1, "e-mail address": 1}
    assert redacted["model.library_name"] == {"path in a home": 1}


def test_a_name_that_looks_like_a_secret_stays(own: Settings, tmp_path: Path) -> None:
    odd = "acme/s" + "k-learn-finetuned-model-with-a-long-name"
    change(own, "UPDATE model SET name = ? WHERE name = ?", odd, name(1))
    report = make(own, tmp_path / "out")
    assert odd in rows(report.folder, "model")["name"].to_list()
    assert report.manifest.about["texts_redacted"] == {}


def test_what_the_takedown_list_names_is_nowhere(own: Settings, tmp_path: Path) -> None:
    digest = hashlib.sha256(name(7).encode()).hexdigest()
    (own.data_dir / "takedown.csv").write_text(
        f"subject,hub,value,why\nmodel,huggingface,{name(0)},asked\n"
        f"model,,sha256:{digest},asked\nowner,,owner-3,asked\nmodel,,no/where,\n"
    )
    report = make(own, tmp_path / "out")
    gone = {name(0), name(7), *(name(n) for n in range(30) if n % 7 == 3)}
    names = set(rows(report.folder, "model")["name"])
    assert names == {name(n) for n in range(30)} - gone
    for table in PUBLISHED:
        text = rows(report.folder, table).write_json()
        assert not [each for each in gone if each in text], table
    assert "owner-3" not in set(rows(report.folder, "owner")["name"])
    assert report.manifest.about["rows_taken_down"]["model"] == len(gone)
    assert report.manifest.about["takedown_entries"] == {"count": 4, "without_match": 1}
    assert [str(entry) for entry in report.unmatched] == ["line 5 (model no/where)"]


def test_every_column_that_refers_to_a_subject_is_looked_at() -> None:
    """A table that is new must not bring back what was taken down."""
    for subject in ("model", "dataset", "repository", "owner"):
        known = {(place.table, place.column) for place in places(subject)}
        refers = {
            (table.name, reference.columns[-1])
            for table in PUBLISHED.values()
            for reference in table.references
            if reference.table == subject
        }
        assert refers - known == set(), subject
        named = {(n, c) for n, t in PUBLISHED.items() for c in t.column_names if c == subject}
        assert named - known == set(), subject


def test_facts_of_a_blob_are_left_out(own: Settings, made: Path, tmp_path: Path) -> None:
    blob = rows(made, "model_card")["blob_sha"].drop_nulls()[0]
    (own.data_dir / "takedown.csv").write_text(f"subject,value\nblob,{blob}\n")
    folder = make(own, tmp_path / "out").folder
    for table in PUBLISHED.values():
        if "blob_sha" in table.column_names:
            assert blob not in set(rows(folder, table.name)["blob_sha"]), table.name


def test_a_takedown_list_that_is_not_understood_stops_the_build(
    own: Settings, tmp_path: Path
) -> None:
    for line in ("person,,jane", "model,,sha256:abc", "blob,,xyz", "model,,"):
        (own.data_dir / "takedown.csv").write_text(f"subject,hub,value\n{line}\n")
        with pytest.raises(InvalidData, match="line 2"):
            make(own, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        make(own, tmp_path / "out", takedown=tmp_path / "absent.csv")


def test_a_table_that_shrinks_stops_the_build_until_allowed(
    own: Settings, made: Path, tmp_path: Path
) -> None:
    change(own, "UPDATE model SET tags = '[]' WHERE id > 20")
    with pytest.raises(
        CheckFailed, match=r"fewer rows than in data-2026\.01\.0.*model_tag"
    ) as caught:
        make(own, tmp_path / "out", against=made)
    assert str(caught.value.next_step).endswith("add --allow model_tag")
    assert not (tmp_path / "out").exists()
    allowed = frozenset({"model_tag", "model_file"})
    report = make(own, tmp_path / "out", against=made, allow=allowed)
    assert (report.last, report.manifest.about["checks_waived"]) == (NAME, ["model_tag"])


def test_what_was_taken_down_does_not_count_as_lost(
    own: Settings, made: Path, tmp_path: Path
) -> None:
    (own.data_dir / "takedown.csv").write_text("subject,value\nowner,OWNER-0\n")
    report = make(own, tmp_path / "out", against=made)
    assert rows(report.folder, "model").height == 25
    assert report.manifest.about["checks_waived"] == []


def test_what_is_allowed_has_to_exist(own: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such table or check"):
        make(own, tmp_path / "out", allow=frozenset({"models"}))


def test_a_damaged_snapshot_is_nothing_to_compare_with(
    own: Settings, made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path / "bad")
    (tmp_path / "bad" / "model.parquet").write_bytes(b"")
    with pytest.raises(InvalidData, match=r"model\.parquet: 0 bytes"):
        make(own, tmp_path / "out", against=tmp_path / "bad")


def test_a_folder_that_cannot_be_made_is_refused(store: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (Path("/proc/x"), Path("/proc/x/y"), tmp_path / "file" / "x"):
        with pytest.raises(ConfigurationError, match="nothing can be written in the folder"):
            make(store, place)
    with pytest.raises(ConfigurationError, match="no name of a snapshot"):
        make(store, tmp_path / "data-2026.99.1")


def test_the_next_name_is_compared_with_the_last(own: Settings) -> None:
    first, second = make(own, None), make(own, None)
    assert (first.manifest.name, first.last) == (NAME, None)
    assert (second.manifest.name, second.last) == ("data-2026.01.1", NAME)


def test_a_check_that_finds_something_stops_the_build_until_allowed(
    own: Settings, tmp_path: Path
) -> None:
    change(own, "UPDATE model SET created_at = '1999-01-01 00:00:00.000000' WHERE name = ?",
           name(4))  # fmt: skip
    with pytest.raises(CheckFailed, match=r"model: 1 rows have a created_at .* range"):
        make(own, tmp_path / "out")
    change(own, "UPDATE model SET created_at = '2027-01-01 00:00:00.000000' WHERE name = ?",
           name(4))  # fmt: skip
    with pytest.raises(CheckFailed, match=rf"checks/dates_in_range finds 1 rows.*{name(4)}"):
        make(own, tmp_path / "out")
    assert list(tmp_path.glob("out*")) == []
    report = make(own, tmp_path / "out", allow=frozenset({"checks/dates_in_range"}))
    assert report.manifest.about["checks_waived"] == ["checks/dates_in_range"]
    assert "checks/dates_in_range" not in report.manifest.about["checks_passed"]


def test_a_word_that_is_no_vocabulary_stops_the_build(own: Settings, tmp_path: Path) -> None:
    change(own, "UPDATE model SET gated = 'perhaps' WHERE name = ?", name(5))
    with pytest.raises(CheckFailed, match="gated that is out of its vocabulary, like 'perhaps'"):
        make(own, tmp_path / "out")


def test_a_negative_count_stops_the_build(own: Settings, tmp_path: Path) -> None:
    change(own, "UPDATE model SET likes = -1 WHERE name = ?", name(5))
    with pytest.raises(CheckFailed, match="likes that is out of its range"):
        make(own, tmp_path / "out")


def test_a_snapshot_is_never_replaced(store: Settings, made: Path, tmp_path: Path) -> None:
    before = contents(made)
    with pytest.raises(ConfigurationError, match="never replaced"):
        make(store, made)
    assert contents(made) == before
    (tmp_path / "link").symlink_to(made)
    with pytest.raises(ConfigurationError, match="never replaced"):
        make(store, tmp_path / "link")
    (tmp_path / "empty").mkdir()
    assert make(store, tmp_path / "empty").manifest.name == NAME


def test_an_unknown_name_is_refused_before_anything_is_built(
    store: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"data-YYYY\.MM\.N"):
        make(store, tmp_path / "out", name="data-2026.13.0")
    assert not (tmp_path / "out").exists()
    assert str(Version.parse("data-2026.12.10")) == "data-2026.12.10"
    assert Version.parse("data-2026.12.10") > Version.parse("data-2026.12.9")


def test_an_empty_store_has_nothing_to_publish(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", "http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="no store"):
        make(settings, tmp_path / "new" / "out")
    assert list(tmp_path.iterdir()) == []
    open_store(settings).dispose()
    with pytest.raises(ConfigurationError, match="nothing that was observed"):
        make(settings, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_document_that_names_this_machine_stops_the_build(
    store: Settings, tmp_path: Path
) -> None:
    with pytest.raises(CheckFailed, match="would name a place of this machine"):
        make(store, tmp_path / "out", contact=f"look into {store.data_dir}")
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_full_when_duckdb_commits_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as failed, disk_errors(tmp_path):
        raise duckdb.TransactionException("Failed to commit: No space left on device")
    assert (failed.value.errno, failed.value.filename) == (errno.ENOSPC, str(tmp_path))
    with pytest.raises(duckdb.CatalogException), disk_errors(tmp_path):
        raise duckdb.CatalogException("Table with name x does not exist")


def test_a_check_that_cannot_run_leaves_nothing(store: Settings, tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error):
        build.build_snapshot(
            store, tmp_path / "out", checks=[Check("checks/odd", "FROM nothing")], judge=None
        )
    assert list(tmp_path.iterdir()) == []


def test_the_store_may_be_of_another_kind_of_name(own: Settings, tmp_path: Path) -> None:
    settings = replace(own, hf_endpoint="https://mirror.example.org")
    assert make(settings, tmp_path / "data-2027.01.3").manifest.name == "data-2027.01.3"


@pytest.mark.parametrize(
    ("kind", "why"), [("partial", "no sweep of models is complete"), ("demo", "bundled sample")]
)
def test_a_part_of_the_data_is_not_named_like_all_of_it(
    own: Settings, tmp_path: Path, kind: str, why: str
) -> None:
    if kind == "demo":
        (own.data_dir / DEMO_MARK).touch()
    else:
        change(own, "UPDATE sweep SET is_complete = 0")
    with pytest.raises(ConfigurationError) as caught:
        make(own, tmp_path / NAME)
    assert why in caught.value.message
    assert f"{NAME}-{kind}" in caught.value.next_step
    manifest = make(own, None).manifest
    assert (manifest.name, manifest.about["kind"]) == (f"{NAME}-{kind}", kind)
    (sweep,) = manifest.about["crawl_windows"]
    assert json.loads(sweep["bounds"])["since"].startswith("2000-01-01")


def test_a_full_snapshot_is_the_latest_whatever_parts_there_are() -> None:
    named = ["data-2026.01.0", "data-2026.03.1-demo", "data-2026.02.0-partial"]
    versions = [Version.parse(text) for text in named]
    assert [str(version) for version in versions] == named
    assert str(latest(versions)) == "data-2026.01.0"
    assert str(latest(versions[1:])) == "data-2026.03.1-demo"
    assert latest([]) is None
