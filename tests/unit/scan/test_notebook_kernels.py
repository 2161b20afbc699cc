"""Notebooks of kernels other than Python are read as files of the kernel's language."""

from __future__ import annotations

import json

import pytest

from tests.scanning import scanned, used

CELLS = {
    "java": 'var url = "djl://ai.djl.pytorch/ownnet";\n'
    "Criteria<A, B> one = Criteria.builder().optModelUrls(url).build();",
    "R": 'model <- hf_load_pipeline(model = "zoo/alpha-1")',
    "C#": 'var ollama = new OllamaApiClient(uri, "llama3.2:3b");',
}
FOUND = {"java": "ai.djl.pytorch/ownnet", "R": "zoo/alpha-1", "C#": "llama3.2:3b"}


def _notebook(metadata: object, source: str) -> str:
    cells = [
        {"cell_type": "code", "source": ["// of the library\n", "%maven ai.djl:api:0.30.0\n"]},
        {"cell_type": "code", "source": source.splitlines(keepends=True)},
    ]
    return json.dumps({"metadata": metadata, "cells": cells}, indent=1)


@pytest.mark.parametrize("language", CELLS)
@pytest.mark.parametrize("key", ["kernelspec", "language_info"])
def test_cells_are_read_in_the_language_of_the_kernel(language: str, key: str) -> None:
    field = "language" if key == "kernelspec" else "name"
    text = _notebook({key: {field: language}}, CELLS[language])
    assert FOUND[language] in used({"own.ipynb": text})


def test_a_place_is_the_line_of_the_raw_file() -> None:
    text = _notebook({"kernelspec": {"language": "java"}}, CELLS["java"])
    (site,) = [one for one in scanned({"own.ipynb": text}).sites if one.model]
    assert "djl://" in text.split("\n")[site.line - 1]
    assert site.kind == "notebook"


@pytest.mark.parametrize("metadata", [None, [], {"kernelspec": 1}, {"kernelspec": {"language": 2}}])
def test_a_kernel_that_is_not_stated_is_python(metadata: object) -> None:
    source = "from transformers import AutoModel\nAutoModel.from_pretrained('zoo/alpha-1')\n"
    assert used({"own.ipynb": _notebook(metadata, source)}) == {"zoo/alpha-1"}
