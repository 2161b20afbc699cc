"""What a file or a repository may cost: names, code and time are cut as they come, and counted."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest

from miner.pipelines.scan import flow, join
from miner.pipelines.scan import scanner as scan
from miner.pipelines.scan.readers import python, python_parse
from tests.scanning import scanned

LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("zoo/alpha")\n'
COUNT = 30_000
MANY = {
    "loads.py": "".join(f'AutoModel.from_pretrained("a/m{n:06d}")\n' for n in range(COUNT)),
    "table.py": "MODELS = [\n" + "".join(f'"zoo/m{n:06d}",\n' for n in range(COUNT)) + "]\n",
    "script.sh": "".join(f"huggingface-cli download zoo/m{n:06d}\n" for n in range(COUNT)),
    "comments.sh": "".join(f"# https://hf.co/zoo/m{n:06d}\n" for n in range(COUNT)),
    "list.md": "".join(f"see https://hf.co/zoo/m{n:06d}\n" for n in range(COUNT)),
    "models.yaml": "".join(f"model_{n}: zoo/m{n:06d}\n" for n in range(COUNT)),
    "models.json": json.dumps({f"model_{n}": f"zoo/m{n:06d}" for n in range(COUNT)}),
    "models.toml": "".join(f'model_{n} = "zoo/m{n:06d}"\n' for n in range(COUNT)),
    "models.ini": "[a]\n" + "".join(f"model_{n} = zoo/m{n:06d}\n" for n in range(COUNT)),
    "models.js": "".join(f'const model_{n} = "zoo/m{n:06d}";\n' for n in range(COUNT)),
    "book.ipynb": json.dumps(
        {"cells": [{"cell_type": "code", "source": [
            f'AutoModel.from_pretrained("a/m{n:06d}")\n' for n in range(COUNT)]}]}
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", MANY)
def test_a_file_of_very_many_names_is_cut_and_says_so(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "MAX_NAMES", 1_000)
    begun = time.thread_time()
    result = scanned({path: MANY[path], "a.py": LOAD})
    assert time.thread_time() - begun < 10
    assert len([site for site in result.sites if site.path == path]) <= 2_000
    assert "zoo/alpha" in {site.model for site in result.sites}
    if result.state == "scanned":
        pytest.fail("names were left out, and nothing says so")
    assert result.state == "too-large"
    assert "left out" in str(result.reason) or "too-much-code" in result.skipped


def test_code_that_would_make_a_huge_tree_is_read_by_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(python_parse, "MAX_MARKS", 5_000)
    dense = LOAD + "a=b\n" * 5_000
    result = scanned({"a.py": dense})
    assert dict(result.skipped) == {"too-much-code": 1}
    assert (result.state, result.reason) == ("too-large", "1 files with more code than is parsed")
    assert [site.model for site in result.sites] == ["zoo/alpha"]


def test_a_tree_within_the_bound_stays_within_memory() -> None:
    tracemalloc.start()
    try:
        python.read("a.py", "a=b\n" * (python_parse.MAX_MARKS // 2 - 1), "")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200e6


def test_comments_are_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_parse, "MAX_MARKS", 1_000)
    comments = "# (a, b), [c]: d = e\n" * 5_000 + '"""\n' + "(a, b), [c]\n" * 5_000 + '"""\n'
    result = scanned({"a.py": comments + LOAD})
    assert (result.state, dict(result.skipped)) == ("scanned", {})


def test_a_loader_that_very_many_names_reach_is_classified_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(join, "MAX_CLASSIFIED", 500)
    files = {"load.py": "def load_model(name):\n    return AutoModel.from_pretrained(name)\n"}
    for part in range(3):
        files[f"f{part}.py"] = "".join(f'load_model("zoo/m{part}{n:04d}")\n' for n in range(500))
    result = scanned({"first.py": LOAD, **files})
    assert result.state == "too-large"
    assert "left out" in str(result.reason)
    assert 100 < len(result.sites) <= 501


def test_a_repository_has_a_time_after_which_files_are_counted_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scan, "MAX_SECONDS", 0.5)
    comments = LOAD + "# zoo/model is a model, AutoModel.from_pretrained(name)\n" * 20_000
    begun = time.thread_time()
    result = scanned({"a.py": LOAD} | {f"f{n}.py": comments for n in range(200)})
    assert time.thread_time() - begun < 5
    assert result.state == "too-large"
    assert 0 < result.skipped["time"] < 200
    assert "files left out" in str(result.reason)
    assert "zoo/alpha" in {site.model for site in result.sites}


def test_methods_that_call_each_other_by_one_name_are_looked_into_once() -> None:
    """Path by path it would be 40 to the power of the calls that are followed."""
    classes = "".join(
        f"class Part{n}(Base):\n    def parts(self):\n        return super().parts()\n"
        for n in range(40)
    )
    begun = time.thread_time()
    result = scanned({"a.py": LOAD + classes + "for one in Part1().parts():\n    load(one[0])\n"})
    assert time.thread_time() - begun < 5
    assert [site.model for site in result.sites] == ["zoo/alpha"]
