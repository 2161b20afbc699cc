"""A bug in one reader or rule costs the file that it met, is counted, and stays visible."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from miner.cli import cli
from miner.errors import ConfigurationError
from miner.pipelines.derive.licenses.texts import repository_texts
from miner.pipelines.scan import (
    index,
    join,
    link_reader,
    manifests,
    name_classifier,
    prefilter,
    readers,
)
from miner.pipelines.scan import scanner as scan
from miner.pipelines.scan.readers import python_listed
from miner.pipelines.sources.faults import Faults, place_of
from tests.scanning import scanned, used

LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("zoo/{0}")\n'
CELLS = [{"cell_type": "code", "source": LOAD}, {"cell_type": "markdown", "source": "zoo/{0}"}]
COMMAND = '    subprocess.run("huggingface-cli download zoo/{0}-c", shell=True)\n'
CONTENTS = {
    "py": LOAD + f'MODEL = "zoo/{{0}}-b"\nimport subprocess\ndef run():\n{COMMAND}'
    'def load(name):\n    return AutoModel.from_pretrained(name)\nload("zoo/{0}-d")\n'
    'def main():\n    model = __import__("os").environ.get("{0}", "zoo/{0}-e")\n'
    "    AutoModel.from_pretrained(model, revision=True)\n"
    "BUILDERS = {'auto': AutoModel.from_pretrained}\nBUILDERS['auto']('zoo/{0}-f')\n",
    "ipynb": json.dumps({"cells": CELLS}, indent=1).replace("{0}", "{0}"),
    "yaml": "model: zoo/{0}\n",
    "json": '{"model": "zoo/{0}"}',
    "toml": 'model = "zoo/{0}"\n',
    "ini": "[a]\nmodel = zoo/{0}\n",
    "sh": "huggingface-cli download zoo/{0}\nollama run llama3\nollama run {0}\n",
    "js": 'const model = await pipeline("x", "zoo/{0}");\nconst model_id = "zoo/{0}";\n'
    'await pipeline("x", model_id);\n',
    "rs": 'let model = api.model("zoo/{0}".to_string()); // hf_hub\n',
    "java": 'String modelName = "zoo/{0}"; // from_pretrained\n',
    "go": 'model := "zoo/{0}" // hf_hub\n',
    "cs": 'var modelId = "zoo/{0}"; // huggingface.co/\n',
    "http": 'POST http://localhost:11434/api/chat\n\n{"model": "{0}"}\n',
    "md": "See https://huggingface.co/zoo/{0}, arXiv:2301.00001\n",
}
MANIFEST = "requests==2.31\ntransformers>=4\n"


def content(kind: str, name: str) -> str:
    return CONTENTS[kind].replace("{0}", name)


def corpus(*names: str) -> dict[str, str]:
    files = {f"{name}/file.{kind}": content(kind, name) for name in names for kind in CONTENTS}
    return files | {f"{name}/requirements.txt": MANIFEST for name in names}


def modules() -> Iterator[ModuleType]:
    """All readers, found by folder, and the rules that judge what they found."""
    for found in pkgutil.iter_modules(readers.__path__):
        yield importlib.import_module(f"{readers.__name__}.{found.name}")
    yield from (index, join, name_classifier, link_reader, manifests, prefilter)


def callables() -> Iterator[tuple[Any, str]]:
    """Every function and method that is defined in these modules."""
    for module in modules():
        for name, one in vars(module).items():
            if getattr(one, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(one):
                yield module, name
            elif inspect.isclass(one):
                methods = (part for part, method in vars(one).items() if inspect.isfunction(method))
                yield from ((one, part) for part in methods if not part.startswith("__"))


@pytest.fixture
def current(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The item on whose behalf something is called: the last one that a guard was opened for."""
    items = [""]
    of = Faults.of

    def noted(self: Faults, item: str) -> Any:
        items[0] = item
        return of(self, item)

    monkeypatch.setattr(Faults, "of", noted)
    return items


def breaking(function: Callable[..., Any], current: list[str], hits: list[str]) -> Any:
    @functools.wraps(function)
    def broken(*args: Any, **kwargs: Any) -> Any:
        if current[0].startswith("bad/"):
            hits.append(function.__module__)
            raise KeyError("injected")
        return function(*args, **kwargs)

    return broken


@pytest.mark.parametrize(("owner", "name"), [pytest.param(*one, id=f"{one[0].__name__}.{one[1]}")
                                             for one in callables()])  # fmt: skip
def test_an_exception_in_any_reader_or_rule_costs_its_file_alone(
    owner: Any, name: str, current: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = scanned(corpus("good"))
    assert alone.state == "scanned"
    hits: list[str] = []
    monkeypatch.setattr(owner, name, breaking(getattr(owner, name), current, hits))
    result = scanned(corpus("bad", "good"))
    monkeypatch.undo()
    kept = [site for site in result.sites if site.path.startswith("good/")]
    assert kept == alone.sites
    dependencies = [one for one in result.dependencies if one.path.startswith("good/")]
    assert dependencies == alone.dependencies
    if hits:
        assert result.state == "partial"
        assert result.faults.total() >= 1
        assert all(place.startswith("KeyError at ") for place in result.faults)
        assert "KeyError at" in str(result.reason)
    else:
        assert not result.faults


def test_the_injections_reach_every_module(
    current: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hits: list[str] = []
    for owner, name in callables():
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, breaking(getattr(owner, name), current, hits))
            scanned(corpus("bad", "good"))
    apart = {python_listed.__name__}  # reads what is left of a large library's own source: below
    assert {module.__name__ for module in modules()} - apart == set(hits)


def test_an_exception_in_a_large_library_costs_its_file_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(path: str, *_: object) -> None:
        raise KeyError(path)

    monkeypatch.setattr(scan, "MAX_OWN", 0)
    monkeypatch.setattr(python_listed, "read", fails)
    library = {"pyproject.toml": '[project]\nname = "timm"\n', "timm/a.py": LOAD}
    result = scanned({**library, "b.py": content("py", "good")})
    assert result.state == "partial"
    assert result.faults.total() == 1
    assert "zoo/good" in {site.model for site in result.sites}


def test_names_that_lost_a_repository_are_read() -> None:
    odd = {
        "a.py": LOAD.format("alpha"),
        "empty.py": 'from transformers import AutoModel\nAutoModel.from_pretrained(f"")\n',
        "..py": LOAD.format("beta"),
        "lone.py": LOAD.format("\\ud800gamma"),
        "package.json": '{"dependencies": {"\\ud800": "\\udc00"}}',
    }
    result = scanned(odd)
    assert (result.state, dict(result.faults)) == ("scanned", {})
    assert used(odd) >= {"zoo/alpha", "zoo/beta"}
    # As what is written: it refuses lone surrogates.
    orjson.dumps([*map(asdict, result.sites), *map(asdict, result.dependencies)])


@pytest.mark.parametrize("format_name", ["jsonl", "json", "csv", "table"])
def test_a_file_name_that_is_no_utf_8_is_written_in_every_format(
    format_name: str, tmp_path: Path
) -> None:
    place = bytes(tmp_path) + b"/bad\xff\xfe.py"
    with open(place, "w", encoding="utf-8") as file:  # noqa: PTH123 (a path in bytes)
        file.write(LOAD.format("alpha"))
    done = CliRunner().invoke(cli, ["scan", str(tmp_path), "--format", format_name])
    assert done.exit_code == 0, done.output
    assert "zoo/alpha" in done.output
    assert "xff" in done.output


def test_the_place_of_an_error_is_the_innermost_line_of_this_project() -> None:
    with pytest.raises(TypeError) as found:
        manifests.normalized(None)  # type: ignore[arg-type] # raises in a library, called from here
    line = manifests.normalized.__code__.co_firstlineno + 2
    assert place_of(found.value) == f"TypeError at manifests.py:{line}"
    assert place_of(ValueError("never raised")) == "ValueError"


def test_an_error_that_a_user_has_to_act_on_is_no_fault_of_a_file() -> None:
    faults = Faults()
    with pytest.raises(ConfigurationError), faults.of("a.py"):
        raise ConfigurationError("the disk is full")
    assert not faults


@pytest.mark.parametrize("broken", ["_declared", "_in_sentences", "detect"])
def test_an_exception_in_a_reader_of_licenses_costs_its_file_alone(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"pyproject.toml": b'license = "MIT"\n', "README.md": b"## License\n\nMIT\n",
             "LICENSE": b"MIT License\n"}  # fmt: skip

    def statements() -> dict[str, repository_texts.RepositoryStatement]:
        reader = repository_texts.LicenseReader()
        for path, data in files.items():
            reader.add(path, data)
        return {one.path: one for one in reader.statements()}

    def fails(*_: object) -> None:
        raise KeyError("injected")

    without = statements()
    monkeypatch.setattr(repository_texts, broken, fails)
    found = statements()
    lost = {path for path in files if found.get(path) != without.get(path)}
    assert len(lost) == 1
    (path,) = lost
    assert found[path].reason.startswith("KeyError at repository_texts.py:")
