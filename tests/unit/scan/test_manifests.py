"""What manifests name, and what that opens."""

from __future__ import annotations

import json

import pytest

from miner.pipelines.scan import manifests
from tests.scanning import scanned, site_of, used

MANIFESTS = {
    "requirements.txt": (
        "# comment\n-r other.txt\ntransformers[torch]>=4.40,<5  # why\nsentence_transformers\n"
        "git+https://example.org/x.git\n",
        [("transformers", ">=4.40,<5", 3), ("sentence-transformers", None, 4)],
    ),
    "pyproject.toml": (
        '[project]\nname = "own-thing"\nlicense = "MIT"\ndependencies = [\n  "vllm>=0.6",\n'
        ']\nkeywords = ["timm"]\n[project.optional-dependencies]\ngpu = ["peft"]\n',
        [("own-thing", "self", 2), ("vllm", ">=0.6", 5), ("peft", None, 9)],
    ),
    "Pipfile": ('[packages]\nflair = "*"\n', [("flair", "*", 2)]),
    "setup.py": (
        'setup(\n    name="own",\n    author="spacy",\n    install_requires=["stanza==1.8"],\n)\n',
        [("own", "self", 2), ("stanza", "==1.8", 4)],
    ),
    "setup.cfg": (
        "[metadata]\nname = own\n[options]\ninstall_requires =\n    timm>=1\n",
        [("own", "self", 2), ("timm", ">=1", 5)],
    ),
    "package.json": (
        json.dumps({"dependencies": {"@huggingface/transformers": "^3"}}, indent=1),
        [("@huggingface/transformers", "^3", 3)],
    ),
    "Cargo.toml": (
        '[package]\nname = "own"\n[dependencies]\nhf-hub = { version = "0.3" }\n'
        "[dependencies.ort]\nversion = '2'\n",
        [("own", "self", 2), ("hf-hub", '{ version = "0.3" }', 4), ("ort", None, 5)],
    ),
    "go.mod": (
        "module x\nrequire (\n\tgithub.com/ollama/ollama v0.3.1\n)\n",
        [("github.com/ollama/ollama", "v0.3.1", 3)],
    ),
    "pom.xml": (
        "<dependency>\n<groupId>ai.djl</groupId><artifactId>api</artifactId>"
        "<version>0.29</version></dependency>\n",
        [("ai.djl:api", "0.29", 1)],
    ),
    "build.gradle": (
        "dependencies {\n  implementation 'ai.djl:api:0.29.0'\n}\n",
        [("ai.djl:api", "0.29.0", 2)],
    ),
    "build.sbt": (
        'libraryDependencies += "ai.djl" % "api" % "0.29"\n',
        [("ai.djl:api", "0.29", 1)],
    ),
    "app.csproj": (
        '<PackageReference Include="LLamaSharp" Version="0.16" />\n',
        [("LLamaSharp", "0.16", 1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_names_its_dependencies_with_lines(name: str) -> None:
    text, wanted = MANIFESTS[name]
    found = [(one.name, one.requirement, one.line) for one in manifests.read(f"sub/{name}", text)]
    assert found == wanted


@pytest.mark.parametrize("name", MANIFESTS)
def test_broken_manifests_do_no_harm(name: str) -> None:
    for text in ("", "{", "[[[", "\0", '{"dependencies": 5}', "name = " + "[" * 1000):
        assert isinstance(manifests.read(name, text), list)


def test_a_dependency_opens_its_language_for_names_that_say_nothing() -> None:
    table = 'static T: [&str; 1] = [f("zoo/alpha-onnx")];\n'
    assert used({"src/t.rs": table}) == set()
    manifest = '[dependencies]\nhf-hub = "0.3"\n'
    assert used({"src/t.rs": table, "Cargo.toml": manifest}) == {"zoo/alpha-onnx"}


def test_copies_and_a_librarys_own_source_are_marked() -> None:
    code = 'MODEL = "zoo/alpha-{}"\n'
    found = scanned(
        {
            "pyproject.toml": '[project]\nname = "vllm"\n',
            "vllm/registry.py": code.format(1),
            "examples/run.py": code.format(2),
            "third_party/x/a.py": code.format(3),
            "app/transformers/modeling_utils.py": code.format(4),
            "app/transformers/configuration_utils.py": 'model = "zoo/b-1"\n',
            "app/transformers/tokenization_utils_base.py": 'model = "zoo/c-1"\n',
        }
    )
    marks = {
        name: (site.is_vendored, site.is_registry)
        for name in ("zoo/alpha-1", "zoo/alpha-2", "zoo/alpha-3", "zoo/alpha-4")
        for site in [site_of(found, name)]
    }
    assert marks == {
        "zoo/alpha-1": (False, True),
        "zoo/alpha-2": (False, False),
        "zoo/alpha-3": (True, False),
        "zoo/alpha-4": (True, False),
    }
