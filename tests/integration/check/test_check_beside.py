"""What a project uses beside models of hubs, and what changed since an earlier report of it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.cli import main
from miner.pipelines.check.report import CheckReport
from tests.check_reports import render
from tests.checking import WEIGHTS, WEIGHTS_DIGEST, write_project

CODE = """
import argparse
from datasets import load_dataset
from huggingface_hub import snapshot_download
from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--dataset_name", default="acme/study-only")
load_dataset(parser.parse_args().dataset_name, revision="{commit}")
load_dataset("acme/pages")
load_dataset("csv", data_files="rows.csv")
load_dataset("./rows")
snapshot_download("acme/open", repo_type="dataset")
OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[])
nvidia = OpenAI(base_url="https://integrate.api.nvidia.com/v1")
# model="gpt-4o" is not what is called here
"""
CONFIG = """
datasets:
  - path: nobody/knows-data
url: https://huggingface.co/datasets/acme/pages/resolve/main/rows.parquet
llm: us.anthropic.claude-3-5-sonnet-20241022-v2:0
"""

Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def run(
    duckdb_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Check the project ``p``: code, JSON, stderr."""
    monkeypatch.setenv("MINER_DATA_DIR", str(tmp_path / "none"))
    project = write_project(tmp_path / "p", "odd/weighed")

    def checked(*words: str) -> tuple[int, dict[str, Any], str]:
        with pytest.raises(SystemExit) as end:
            main(["check", str(project), "--duckdb", str(duckdb_file), "--format", "json", *words])
        shown = capsys.readouterr()
        return int(end.value.code or 0), json.loads(shown.out) if shown.out else {}, shown.err

    return checked


def test_datasets_and_hosted_models_are_listed_apart(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p" / "train.py").write_text(CODE.format(commit="a" * 40), encoding="utf-8")
    (tmp_path / "p" / "conf.yaml").write_text(CONFIG, encoding="utf-8")
    code, report, _ = run()
    assert code == 0
    found = {one["resolved"]: one for one in report["datasets"]}
    assert {name: (one["verdict"], one["terms"]["text"]) for name, one in found.items()} == {
        "acme/study-only": ("needs-review", "cc-by-nc-4.0"),
        "acme/pages": ("needs-review", "cc-by-sa-4.0"),
        "acme/open": ("unknown", ""),
        "nobody/knows-data": ("unknown", ""),
    }
    assert [site["line"] for site in found["acme/study-only"]["sites"]] == [8]
    assert found["acme/study-only"]["unpinned"] == []
    assert found["acme/pages"]["unpinned"] == ["conf.yaml:4", "train.py:10"]
    assert "model" not in found["acme/study-only"]["finding"]["explanation"]
    warned = {(one["subject"], one["level"]) for one in report["gate"]["items"]}
    assert ("acme/study-only", "warn") in warned
    assert {(one["service"], one["name"]) for one in report["hosted"]} == {
        ("openai", "gpt-4o-mini"),
        ("bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
    }
    assert [model["name"] for model in report["models"]] == ["odd/weighed"]


def test_weight_files_are_read_by_their_headers_and_digests(run: Run, tmp_path: Path) -> None:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text("general.architecture")
    files = {
        "w/model.safetensors": WEIGHTS,
        "w/small.gguf": head + struct.pack("<I", 8) + text("llama"),
        "w/net.onnx": b"\x08\x08\x12\x07pytorch\x3a\x02\x0a\x00",
        "w/broken.safetensors": b"\xff" * 40,
        "w/left.gguf": b"version https://git-lfs.github.com/spec/v1\noid sha256:"
        + b"a" * 64 + b"\nsize 12345\n",
    }  # fmt: skip
    for path, data in files.items():
        place = tmp_path / "p" / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    (tmp_path / "p" / "w" / "link.gguf").symlink_to("/etc/hostname")
    found = {one["path"]: one for one in run()[1]["weights"]}
    own = found["w/model.safetensors"]
    assert (own["architecture"], own["parameter_count"], own["sha256"]) == (
        "a-net", 6, WEIGHTS_DIGEST,
    )  # fmt: skip
    assert own["hub_files"] == [
        {"hub": "huggingface", "model": "odd/weighed", "path": "model.safetensors"}
    ]
    assert found["w/small.gguf"]["architecture"] == "llama"
    assert found["w/net.onnx"]["architecture"] == "exported by pytorch"
    assert "not that of a safetensors" in found["w/broken.safetensors"]["detail"]
    left = found["w/left.gguf"]
    assert (left["is_pointer"], left["size_bytes"], left["sha256"]) == (True, 12345, "a" * 64)
    assert not found.get("w/link.gguf", {}).get("sha256")


def test_every_format_has_them_where_its_standard_has_a_place(judged: CheckReport) -> None:
    bom = json.loads(render("cyclonedx", judged))
    parts = {one["bom-ref"]: one for one in bom["components"]}
    weights = parts["file/project/w/own.safetensors"]
    assert weights["hashes"] == [{"alg": "SHA-256", "content": WEIGHTS_DIGEST}]
    file_of = {"name": "miner:file-of", "value": "huggingface odd/weighed model.safetensors"}
    assert file_of in weights["properties"]
    data = parts["dataset/huggingface/acme/study-only"]
    assert (data["type"], data["evidence"]["occurrences"][0]["location"]) == ("data", "app.py")
    (service,) = bom["services"]
    assert service["name"] == "openai"
    assert service["properties"][0]["value"].startswith("gpt-4o-mini (app.py:")
    used = next(one for one in bom["dependencies"] if one["ref"] == "project")["dependsOn"]
    assert {service["bom-ref"], data["bom-ref"], weights["bom-ref"]} <= set(used)

    (run,) = json.loads(render("sarif", judged))["runs"]
    assert [one.get("hashes") for one in run["artifacts"]][-1] == {"sha-256": WEIGHTS_DIGEST}
    assert "acme/study-only" in {one["properties"].get("dataset") for one in run["results"]}
    assert run["properties"]["hostedModels"][0].startswith("openai: gpt-4o-mini (app.py:")

    old = json.loads(render("spdx-2.3", judged))
    (package,) = [one for one in old["packages"] if one["name"] == "w/own.safetensors"]
    assert package["checksums"] == [{"algorithm": "SHA256", "checksumValue": WEIGHTS_DIGEST}]
    kinds = {one["relatedSpdxElement"]: one["relationshipType"] for one in old["relationships"]}
    assert kinds[package["SPDXID"]] == "CONTAINS"
    new = render("spdx", judged)
    for text in (WEIGHTS_DIGEST, '"relationshipType": "contains"', "openai: gpt-4o-mini (app.py:"):
        assert text in new
    notice = render("notice", judged)
    assert "w/own.safetensors\n  the same bytes as in odd/weighed (model.safetensors)" in notice
    page = render("markdown", judged)
    for title in ("Datasets (1)", "Weight files in the tree (2)", "Models that services run"):
        assert f"<summary>{title}" in page


def test_only_what_is_new_fails(run: Run, tmp_path: Path) -> None:
    app, old = tmp_path / "p" / "app.py", tmp_path / "old.json"
    loads = app.read_text(encoding="utf-8")

    def load(name: str) -> str:
        return f'AutoModel.from_pretrained("{name}")\n'

    app.write_text(loads + load("lab/tuned") + load("odd/choice"), encoding="utf-8")
    assert run("--write", f"json={old}")[0] == 14
    code, report, err = run("--compare", str(old))
    assert (code, report["comparison"]["new"]) == (0, [])
    assert "in the earlier report too" in err
    assert run("--compare", str(old), "--fail-on", "inconsistent")[0] == 0
    app.write_text(loads + load("lab/tuned") + load("odd/silent"), encoding="utf-8")
    code, report, _ = run("--compare", str(old))
    changed = report["comparison"]
    assert code == 14
    assert ("odd/silent", "MODEL_UNLICENSED") in {
        (one["subject"], one["code"]) for one in changed["new"]
    }
    assert [one["subject"] for one in changed["gone"]] == ["odd/choice"]
    app.write_text(loads, encoding="utf-8")
    (tmp_path / "p" / "pyproject.toml").write_text("", encoding="utf-8")
    code, report, _ = run("--compare", str(old))
    assert code == 0
    assert {one["subject"] for one in report["comparison"]["gone"]} == {"odd/choice", "lab/tuned"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format_version": 1}', "nonsense"])
def test_an_earlier_report_that_is_none_is_named(content: str, run: Run, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(content, encoding="utf-8")
    code, _, err = run("--compare", str(old))
    assert code == 10
    assert "old.json cannot be compared with" in err
    assert run("--compare", str(tmp_path / "none.json"))[0] == 10
