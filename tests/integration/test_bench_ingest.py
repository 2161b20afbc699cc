"""The ingest bench: real servers and processes, and a crawl that is not miner's."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.bench import ingest

# Reads the listing from its head and stores what the bench looks for.
CRAWLER = """
import json, os, sqlite3, sys, time, httpx2
assert sys.argv[1] == "crawl", sys.argv
started = time.perf_counter()
store = sqlite3.connect(os.path.join(os.environ["MINER_DATA_DIR"], "miner.db"))
store.execute("CREATE TABLE model (sha TEXT)")
store.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, report TEXT)")
url = os.environ["HF_ENDPOINT"] + "/api/models?sort=createdAt&limit=1000&expand=sha"
while url:
    answer = httpx2.get(url).raise_for_status()
    rows = [(record["sha"],) for record in answer.json()[LEFT_OUT:]]
    store.executemany("INSERT INTO model VALUES (?)", rows)
    url = answer.links.get("next", {}).get("url")
report = json.dumps({"seconds_fetch_and_store": time.perf_counter() - started})
store.execute("INSERT INTO run VALUES (1, ?)", [report])
store.commit()
store.close()
"""


def command(folder: Path, left_out: int) -> str:
    script = folder / "crawler.py"
    script.write_text(CRAWLER.replace("LEFT_OUT", str(left_out)), encoding="utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"


@pytest.mark.soak
def test_the_bench_writes_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "performance.md"
    ingest.main(
        ["--sizes", "1500,100", "--baseline-models", "30", "--page", str(page),
         "--command", command(tmp_path, 0)]
    )  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert [row[:2] for row in rows[2:]] == [
        ["| PeaTMOSS's way", "30"],
        ["| miner crawl", "100"],
        ["| miner crawl", "1,500"],
    ]
    assert all(float(row[5]) > 0 for row in rows[3:])


def test_a_store_that_lacks_models_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="holds 99 models of 100"):
        ingest.crawl(100, 1, command(tmp_path, 1), "sort=createdAt&direction=-1&expand=sha")
