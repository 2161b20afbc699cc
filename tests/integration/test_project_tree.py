"""What of a checkout is scanned: the project's own files, and no documents about them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from miner.errors import ConfigurationError
from miner.pipelines.scan.file_kinds import FileKind, is_wanted
from miner.pipelines.scan.reports import is_report
from miner.pipelines.scan.source_files import from_folder
from miner.pipelines.scan.tree import TreeChoice

CODE = 'AutoModel.from_pretrained("acme/one")\n'
FILES = (
    "app.py", "src/app.py", "build/lib/app.py", "dist/app.py", ".venv/lib/app.py",
    "env/lib/app.py", "tool-cache/app.py", "node_modules/a/app.js", "ignored/app.py",
    "secret.py", "data/one.py", "data/two.py", "sub/mod.py",
)  # fmt: skip


def paths(root: Path, choice: TreeChoice | None = None) -> set[str]:
    """Paths that are read."""
    found = from_folder(root, is_wanted, choice or TreeChoice())
    return {file.path for file in found if file.data is not None}


def git(root: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always"]
    subprocess.run([*command, "-C", str(root), *words], check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with all that should not be read beside what should."""
    root = tmp_path / "p"
    for name in FILES:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(CODE, encoding="utf-8")
    (root / "env" / "pyvenv.cfg").write_text("home = /usr\n", encoding="utf-8")
    (root / "tool-cache" / "CACHEDIR.TAG").write_text("Signature", encoding="utf-8")
    (root / ".gitignore").write_text("ignored/\nsecret.py\n", encoding="utf-8")
    return root


OWN = {"app.py", "src/app.py", "data/one.py", "data/two.py", "sub/mod.py"}


def test_without_git_what_tools_fill_is_left_out(tree: Path) -> None:
    assert paths(tree) == OWN | {"ignored/app.py", "secret.py"}


def test_what_git_ignores_is_left_out_and_what_it_tracks_is_not(tree: Path) -> None:
    git(tree, "init", "-q")
    assert paths(tree) == OWN
    git(tree, "add", "-f", "build/lib/app.py", "ignored/app.py")
    assert paths(tree) == OWN | {"build/lib/app.py", "ignored/app.py"}
    assert paths(tree / "src") == {"app.py"}
    assert paths(tree / "dist") == {"app.py"}, "what is named is read"


def test_submodules_are_read_when_asked_for(tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "lib.py").write_text(CODE, encoding="utf-8")
    git(other, "init", "-q")
    git(other, "add", ".")
    git(other, "commit", "-qm", "m")
    git(tree, "init", "-q")
    git(tree, "submodule", "add", "-q", str(other), "module")
    git(tree, "add", ".")
    assert "module/lib.py" not in paths(tree)
    assert "module/lib.py" in paths(tree, TreeChoice(with_submodules=True))


def test_a_project_says_what_to_leave_out(tree: Path) -> None:
    (tree / ".minerignore").write_text("data/\n!data/two.py\n# no\nsub/\n", encoding="utf-8")
    (tree / "pyproject.toml").write_text("[tool.miner]\nexclude = ['src/*.py']\n", encoding="utf-8")
    git(tree, "init", "-q")
    assert paths(tree) & OWN == {"app.py", "data/two.py"}
    skipped = [file.path for file in from_folder(tree, is_wanted) if file.skipped == "excluded"]
    assert skipped == ["data/one.py", "src/app.py", "sub/mod.py"]
    assert paths(tree, TreeChoice(with_excludes=False)) & OWN == OWN
    (tree / "pyproject.toml").write_text("[tool.miner]\nexclude = 'src'\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="exclude must be a list"):
        paths(tree)


def test_git_runs_nothing_that_a_checkout_names(tree: Path, tmp_path: Path) -> None:
    git(tree, "init", "-q")
    trap, mark = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.hooksPath", "core.pager", "core.sshCommand"):
        git(tree, "config", key, str(trap))
    mark.unlink(missing_ok=True)
    assert paths(tree) == OWN
    assert not mark.exists()


def test_a_repository_around_that_ignores_the_project_hides_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*\n", encoding="utf-8")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "app.py").write_text(CODE, encoding="utf-8")
    assert paths(tmp_path / "p") == {"app.py"}


def test_a_broken_repository_is_read_as_a_folder(tree: Path) -> None:
    (tree / ".git").mkdir()
    (tree / ".git" / "HEAD").write_text("nothing", encoding="utf-8")
    assert paths(tree) >= OWN


@pytest.mark.parametrize(
    ("kind", "value", "is_one"),
    [
        (FileKind.JSON, {"bomFormat": "CycloneDX", "specVersion": "1.6"}, True),
        (FileKind.JSON, {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT"}, True),
        (FileKind.JSON, {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                         "@graph": []}, True),
        (FileKind.JSON, {"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}, True),
        (FileKind.JSON, {"format_version": 1, "note": "Not legal advice."}, True),
        (FileKind.JSON, {"bomFormat": "none", "model": "acme/one"}, False),
        (FileKind.JSON, {"runs": [{"model": "acme/one"}], "version": "2.1"}, False),
        (FileKind.JSON, {"note": "Not legal advice.", "model": "acme/one"}, False),
        (FileKind.JSON, [{"model": "acme/one"}], False),
        (FileKind.YAML, 'SPDXID: "SPDXRef-DOCUMENT"\nspdxVersion: "SPDX-2.3"\n', True),
        (FileKind.YAML, "model: acme/one\n", False),
        (FileKind.DOCS, "by miner 1, matrix miner 0123. Not legal advice.\n", True),
        (FileKind.DOCS, "This is not legal advice. Not legal advice.\n", False),
    ],
)  # fmt: skip
def test_documents_about_models_are_known_by_their_content(
    kind: FileKind, value: object, *, is_one: bool
) -> None:
    data = value if isinstance(value, str) else json.dumps(value, indent=1)
    assert is_report(data.encode(), kind) is is_one
