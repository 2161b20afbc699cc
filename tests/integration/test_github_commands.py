"""The commands of the GitHub half, as a person runs them, against a replayed GitHub."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.crawl.github.run import scan_stored
from miner.pipelines.sources.replay.serve import serving
from miner.progress import Silent
from tests.crawling import ask
from tests.forges import build, forge_settings, miner, name, put, run_forge, source


@pytest.mark.soak
def test_the_commands(tmp_path: Path) -> None:
    catalog = build(4)
    catalog.models.put({"id": "maker-0/harbor-00", "createdAt": "2024-01-01T00:00:00.000Z"})
    catalog.forge.rename(name(1), "moved/one")
    (tmp_path / "names.txt").write_text(f"{name(1)}  # by its old name\nno/where\n")
    with serving(catalog) as server:
        settings = forge_settings(tmp_path / "data", server)
        done = run_forge(settings, "--repositories", str(tmp_path / "names.txt"))
        assert done.returncode == 0, done.stderr
        assert "scans scanned" in done.stderr
        assert "uses resolved to a model held" in done.stderr
        shown = miner(settings, "repository", name(1), "--format", "json")
        shown_record: dict[str, Any] = json.loads(shown.stdout)
        assert (shown_record["name"], shown_record["found_by"]) == ("moved/one", "alias")
        [site] = shown_record["sites"]
        assert site["evidence_url"] == (
            f"https://github.com/moved/one/blob/{site['commit']}/app.py#L3"
        )
        text = miner(settings, "repository", "moved/one").stdout
        assert "app.py:3" in text
        assert "maker-1/harbor-01" in text
        again = miner(settings, "scan", name(2), "--format", "jsonl")
        [row] = [json.loads(line) for line in again.stdout.splitlines()]
        assert (row["path"], row["line"], row["model"]) == ("app.py", 3, "maker-2/harbor-02")
        assert (row["resolved"], row["method"]) == (True, "literal")
        assert "app.py:3" in miner(settings, "scan", name(2)).stdout
        nothing = miner(settings, "scan", "no/such/thing here")
        assert nothing.returncode == 10
        assert "nothing at this path" in nothing.stderr
        measured = ask(settings, "SELECT precision FROM method_accuracy WHERE method LIKE 'scan%'")
        assert len(measured) >= 7
        missing = miner(settings, "repository", "project/none")
        assert missing.returncode == 13
        assert "Traceback" not in missing.stderr
        status = json.loads(miner(settings, "status", "--json").stdout)
        assert status["held"]["repositories"]["by_state"] == {"present": 4, "gone": 1}
        doctor = miner(settings, "doctor").stdout
        assert "GITHUB_TOKEN" in doctor
        broken = run_forge(forge_settings(tmp_path / "c", server, github_tokens=()))
        assert broken.returncode == 10
        assert "GITHUB_TOKEN" in broken.stderr
        (tmp_path / "names.txt").write_text("this is no name\n")
        wrong = run_forge(settings, "--repositories", str(tmp_path / "names.txt"))
        assert wrong.returncode == 10
        assert "no name of a repository" in wrong.stderr


def test_one_repository_by_name(tmp_path: Path) -> None:
    catalog = build(3)
    catalog.forge.put({"full_name": "some/gone", "state": "gone"}, {"a.py": b""})
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)

        def scan(*names: str) -> dict[str, int]:
            return dict(scan_stored(settings, names, Silent(), threading.Event()))

        assert scan(f"https://github.com/{name(0)}")["scans scanned"] == 1
        assert len(ask(settings, "SELECT * FROM model_use")) == 1
        put(catalog, 0, files={"app.py": source("maker/anchor"), "b.py": source("maker/b")})
        catalog.forge.rename(name(1), "moved/one")
        counts = scan(name(0), name(1), "some/gone")
        assert counts["scans scanned"] == 2
        assert counts["not scanned: gone"] == 1
        assert scan(name(0))["scans scanned"] == 1
        with pytest.raises(ConfigurationError, match="no name"):
            scan("no name at all")
    assert len(ask(settings, "SELECT * FROM model_use")) == 3
    assert {row[0] for row in ask(settings, "SELECT command FROM run")} == {"scan"}


def test_models_that_repositories_use_are_asked_for(tmp_path: Path) -> None:
    """Models before the window, and a renamed one, are held once enough repositories use them."""
    catalog = build(0)
    for model in ("maker/older", "maker/current", "maker/rare"):
        catalog.models.put({"id": model, "createdAt": "2023-01-01T00:00:00.000Z", "downloads": 9})
    catalog.models.redirect("maker/former", "maker/current")
    for number in range(3):
        files = {"a.py": source("maker/older"), "b.py": source("maker/former")}
        put(catalog, number, files=files | ({"c.py": source("maker/rare")} if not number else {}))
    with serving(catalog) as server:
        settings = forge_settings(tmp_path, server)
        for _ in range(2):
            done = run_forge(settings, "--since", "2024-01")
            assert done.returncode == 0, done.stderr
    rows = ask(settings, "SELECT DISTINCT u.model, m.name FROM model_use u "
               "LEFT JOIN model m ON m.id = u.model_id ORDER BY 1")  # fmt: skip
    assert rows == [
        ("maker/former", "maker/current"), ("maker/older", "maker/older"), ("maker/rare", None),
    ]  # fmt: skip
