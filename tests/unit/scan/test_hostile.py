"""Source that was not written to be read: each is a state or a count, and nothing stops a scan."""

from __future__ import annotations

import json
import time

import pytest

from tests.scanning import scanned, used

USE = 'from transformers import AutoModel\nAutoModel.from_pretrained("zoo/alpha")\n'

BROKEN = {
    "Python 2": 'print "loading"\nmodel = AutoModel.from_pretrained("zoo/beta-2")\n',
    "syntax error": 'def f(:\n    AutoModel.from_pretrained("zoo/beta-2")\n',
    "template": 'model = AutoModel.from_pretrained("zoo/beta-2")\n{% if cookiecutter.more %}\n',
    "nul bytes": 'AutoModel.from_pretrained("zoo/beta-2")\n\0\n',
    "merge conflict": '<<<<<<< HEAD\nAutoModel.from_pretrained("zoo/beta-2")\n=======\n',
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN.keys())
def test_python_that_does_not_parse_is_read_by_lines_and_counted(code: str) -> None:
    result = scanned({"a.py": USE, "b.py": code})
    assert {site.model for site in result.sites if site.model} >= {"zoo/alpha", "zoo/beta-2"}
    assert result.skipped == {"unparsable": 1}


HOSTILE = {
    "deep nesting.py": "x = " + "(" * 5000 + "'zoo/beta'" + ")" * 5000,
    "deep attributes.py": "from_pretrained(" + "a." * 20_000 + "b)",
    "deep sum.py": "model = 'zoo/x-1'" + " + 'a'" * 20_000,
    "long line.py": "from_pretrained = '" + "a/b" * 200_000 + "'",
    "minified.js": "var m='zoo/beta-1';" * 60_000,
    "alias bomb.yaml": "a: &a [zoo/x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [" + f"*{chr(97 + n)}," * 9 + "]\n" for n in range(9))
    + "model: *j\n",
    "template.yaml": "{{- if .Values.x }}\nmodel: zoo/helm-1\n{{- end }}\n",
    "broken.json": '{"model": "zoo/cut-1", "b": [1, 2',
    "deep.json": "[" * 100_000,
    "broken.ipynb": '{"cells": [{"cell_type": "code", "source": ["x',
    "not a notebook.ipynb": '{"cells": 5, "from_pretrained": 1}',
    "odd notebook.ipynb": json.dumps({"cells": [None, 5, {"cell_type": "code", "source": 7}],
                                      "x": "from_pretrained"}),
    "no.toml": "model = [[[[\n= = =\n",
    "quotes.sh": "vllm serve 'zoo/quote\nollama run \"\n",
    "strings.rs": 'let a = r#"hf_hub " zoo/x-1',
    "slashes.js": "/" * 100_000 + '"zoo/x-1"',
    "brackets.ts": "(" * 50_000 + '"zoo/x-1"' + ")" * 50_000,
    "bidi.py": 'model = "zoo/\u202ealpha"\n',
    "dashes.md": "-" * 500_000 + " from_pretrained " + "a/" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize(("path", "content"), HOSTILE.items(), ids=HOSTILE.keys())
def test_hostile_files_do_no_harm(path: str, content: str) -> None:
    begun = time.process_time()
    result = scanned({path: content, "a.py": USE})
    # Bounded, however slow the machine: what grows faster than its file would take minutes.
    assert time.process_time() - begun < 20
    assert "zoo/alpha" in {site.model for site in result.sites}
    assert result.state == "scanned"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_encodings_are_read(encoding: str) -> None:
    code = f"# caf\xe9\n{USE}"
    assert used({"a.py": code.encode(encoding)}) == {"zoo/alpha"}


def test_lines_of_other_systems_count_the_same() -> None:
    (site,) = [s for s in scanned({"a.py": USE.replace("\n", "\r\n").encode()}).sites if s.model]
    assert site.line == 2


def test_nothing_at_all_is_an_empty_repository() -> None:
    assert scanned({}).state == "empty"


def test_a_notebook_with_large_outputs_is_read_at_its_own_lines() -> None:
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [{"output_type": "stream", "text": ["model = 'zoo/shown-1'\n"] * 20_000}],
        "source": ["!pip install transformers\n", *USE.splitlines(keepends=True)],
    }
    raw = json.dumps({"cells": [cell], "nbformat": 4}, indent=1)
    (site,) = [site for site in scanned({"a.ipynb": raw}).sites if site.model]
    assert (site.model, site.kind) == ("zoo/alpha", "notebook")
    assert "zoo/alpha" in raw.split("\n")[site.line - 1]


def test_a_cell_that_writes_a_file_of_settings_is_read_as_that_file() -> None:
    cells = [
        {"cell_type": "code", "source": USE},
        {
            "cell_type": "code",
            "source": [
                "%%writefile serving.properties\n", "engine=MPI\n", "option.model_id=zoo/beta-2\n",
            ],
        },
        {"cell_type": "code", "source": ["%%file -a 'notes.txt'\n", "option.model_id=zoo/no-3\n"]},
    ]  # fmt: skip
    raw = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    found = {site.model: site for site in scanned({"a/b.ipynb": raw}).sites if site.model}
    assert set(found) == {"zoo/alpha", "zoo/beta-2"}
    assert found["zoo/beta-2"].path == "a/b.ipynb"
    assert "zoo/beta-2" in raw.split("\n")[found["zoo/beta-2"].line - 1]


def test_a_cell_that_is_no_python_leaves_the_others() -> None:
    cells = [
        {"cell_type": "code", "source": "this is no python ("},
        {"cell_type": "code", "source": USE},
        {"cell_type": "code", "source": "%%bash\nhf download zoo/beta-2\n"},
        {"cell_type": "markdown", "source": "See https://huggingface.co/zoo/gamma-3"},
    ]
    result = scanned({"a.ipynb": json.dumps({"cells": cells}, indent=1)})
    roles = {site.model: site.role for site in result.sites}
    assert roles == {"zoo/alpha": "use", "zoo/beta-2": "use", "zoo/gamma-3": "mention"}
