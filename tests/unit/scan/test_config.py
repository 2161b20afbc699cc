"""Where a name can stand in a config, and where it only seems to."""

from __future__ import annotations

import pytest

from tests.scanning import scanned, used

USED = {
    "variable of a list": ("compose.yml", "environment:\n  - MODEL_ID=zoo/alpha-1\n"),
    "default of a variable": ("compose.yml", "environment:\n  MODEL: ${MODEL:-zoo/alpha-1}\n"),
    "name and value": ("pod.yaml", "env:\n- name: MODEL_ID\n  value: zoo/alpha-1\n"),
    "name and value in JSON": ("task.json", '{"env": [{"name": "MODEL", "value": "zoo/alpha-1"}]}'),
    "parameter of a kind": (
        "model.yaml",
        "apiVersion: own/v1\nkind: Model\nspec:\n  params:\n    name: zoo/alpha-1\n",
    ),
    "beside an image": (
        "values.yaml",
        "modelSpec:\n- repository: own/server-1\n  tag: v1\n  modelURL: zoo/alpha-1\n"
        "- repository: own/server-2\n  tag: v1\n  modelURL: zoo/alpha-1\n",
    ),
    "key of a dataset's file": ("dataset.yaml", "tokenizer: zoo/alpha-1\nhf_url: zoo/data-1\n"),
}


@pytest.mark.parametrize("case", USED)
def test_a_name_is_used(case: str) -> None:
    path, text = USED[case]
    assert used({path: text}) == {"zoo/alpha-1"}


NOT_USED = {
    "description of an interface": ("openapi.json", '{"openapi": "3.0", "model": "zoo/alpha-1"}'),
    "list of datasets": ("dataset_info.json", '{"a": {"hf_hub_url": "zoo/alpha-1"}}'),
    "index of published models": (
        "metafile.yml",
        "Models:\n- Name: alpha\n  In Collection: Zoo\n  Config: configs/alpha.py\n  Results: []\n"
        "  Weights: https://zoo.org/models/alpha-1.pth\n",
    ),
    "folder of results": ("train.yaml", "model_name_or_path: zoo-output/checkpoint-last\n"),
    "tensors of a test": (
        "test.yaml",
        "expected_model: https://huggingface.co/datasets/zoo/tensors/resolve/main/a.pt\n",
    ),
    "examples": ("schema.yaml", "model:\n  examples: [zoo/alpha-1]\n"),
    "kind of a dataset": (
        "data.yaml",
        "apiVersion: own/v1\nkind: Dataset\nspec:\n  params:\n    name: zoo/alpha-1\n",
    ),
}


@pytest.mark.parametrize("case", NOT_USED)
def test_a_name_is_not_used(case: str) -> None:
    path, text = NOT_USED[case]
    assert used({path: text}) == set()


OLLAMA = {
    "key path": ("application.properties", "spring.ai.ollama.chat.options.model=llama3.2\n"),
    "nested keys": ("application.yml", "spring:\n  ai:\n    ollama:\n      model: llama3.2\n"),
    "variable": ("compose.yml", "environment:\n  - OLLAMA_MODEL=llama3.2\n"),
    "provider beside it": (".env.example", "LLM_PROVIDER=ollama\nLLM_MODEL=llama3.2\n"),
    "type around it": (
        "flow.json",
        '{"nodes": [{"parameters": {"model": "llama3.2"}, "type": "own.lmChatOllama"}]}',
    ),
    "file of its own": ("Modelfile", "FROM llama3.2\nPARAMETER temperature 1\n"),
    "ending of its own": ("prompts/sql.modelfile", "FROM llama3.2\nPARAMETER temperature 1\n"),
    "words given one by one": (
        "src/Start.java",
        'class Start { void run() { box.execInContainer("ollama", "pull", "llama3.2"); } }',
    ),
    "words in Go": (
        "main.go",
        'package main\nvar c = exec.Command("ollama", "pull", "llama3.2")\n',
    ),
}


@pytest.mark.parametrize("case", OLLAMA)
def test_names_of_ollama(case: str) -> None:
    path, text = OLLAMA[case]
    found = [site for site in scanned({path: text}).sites if site.role != "mention"]
    assert [(site.hub, site.model) for site in found] == [("ollama", "llama3.2")]


def test_a_sweep_lists_names_with_commas() -> None:
    assert used({"sweep.yaml": "backend.model: zoo/alpha-1,zoo/beta-2\n"}) == {
        "zoo/alpha-1",
        "zoo/beta-2",
    }


def test_a_name_of_another_provider_is_none_of_ollamas() -> None:
    assert used({".env.example": "LLM_PROVIDER=groq\nLLM_MODEL=llama-3.1-8b-instant\n"}) == set()
