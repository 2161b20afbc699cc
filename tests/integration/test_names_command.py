"""``miner names`` and what a scan makes of its file, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from miner.cli import main
from miner.db import analytics
from miner.schema.published import PUBLISHED

TABLES = {
    "model": [("mill/harbor-1b", "present"), ("gone/model", "gone"), ("only/named", "named")],
    "dataset": [("mill/reviews-v2", "present")],
}


@pytest.fixture
def duckdb_file(tmp_path: Path) -> Path:
    """Return a DuckDB file with three models, a former name and a dataset."""
    path = tmp_path / "miner.duckdb"
    with analytics.open_work(path) as connection:
        for table in PUBLISHED.values():
            connection.execute(analytics.create_table(table))
        for table_name, values in TABLES.items():
            for name, state in values:
                connection.execute(
                    f"INSERT INTO {table_name} (hub, name, state) VALUES ('huggingface', ?, ?)",
                    [name, state],
                )
        connection.execute(
            "INSERT INTO model_alias (hub, alias, model) "
            "VALUES ('huggingface', 'old', 'mill/harbor-1b')"
        )
    return path


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    output = capsys.readouterr()
    return int(ended.value.code or 0), output.out, output.err


def test_names_are_built_found_and_asked_by_a_scan(
    duckdb_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "data"))
    code, out, _ = _run(capsys, "names", "find", "gpt2")
    assert (code, out) == (10, "")
    names = tmp_path / "names.bin"
    code, out, err = _run(
        capsys, "names", "build", "--duckdb", str(duckdb_file), "--out", str(names)
    )
    assert (code, out, err.split()[0]) == (0, f"{names}\n", "4")
    code, out, _ = _run(
        capsys, "names", "find", "--names", str(names),
        "mill/harbor-1b", "old", "gone/model", "mill/reviews-v2", "only/named",
    )  # fmt: skip
    assert (code, out.splitlines()) == (1, [
        "mill/harbor-1b\thuggingface", "old\thuggingface", "gone/model\thuggingface",
        "mill/reviews-v2\thuggingface datasets", "only/named\tnot listed",
    ])  # fmt: skip

    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").write_text(
        "from transformers import AutoModel\n"
        'IMAGES = {"folder": "mill/harbor-1b"}\nREPORT_TITLE = "mill/harbor-1b"\n'
        'MODEL = "mill/reviews-v2"\nOTHER_MODEL = "mill/pier-7b"\n'
    )
    scan = ("scan", str(project), "--format", "jsonl", "--executor", "here")
    found = [_uses(_run(capsys, *scan)[1]), _uses(_run(capsys, *scan, "--names", str(names))[1])]
    assert found == [
        {("mill/reviews-v2", 4), ("mill/pier-7b", 5)},
        {("mill/harbor-1b", 2), ("mill/pier-7b", 5)},
    ]
    (tmp_path / "data").mkdir(exist_ok=True)
    names.replace(tmp_path / "data" / "names.bin")  # where it is found without being named
    assert _uses(_run(capsys, *scan)[1]) == found[1]
    code, out, err = _run(capsys, *scan, "--names", str(tmp_path / "nowhere"))
    assert (code, out) == (10, "")
    assert "there is no file" in err
    torn = (tmp_path / "data" / "names.bin").read_bytes()[:-3]
    (tmp_path / "torn").write_bytes(torn)
    code, out, err = _run(capsys, *scan, "--names", str(tmp_path / "torn"))
    assert (code, out) == (13, "")
    assert "is torn" in err
    assert "Traceback" not in err


def _uses(output: str) -> set[tuple[str, int]]:
    sites = map(json.loads, output.splitlines())
    return {(site["model"], site["line"]) for site in sites if site["role"] != "mention"}
