"""Names of Ollama's library that no call of its client takes, in the languages that name them."""

from __future__ import annotations

import pytest

from tests.scanning import used

SERVER = "U = 'http://localhost:11434'\n"
USED = {
    "request": (
        "a.py",
        SERVER + "requests.post(f'{U}/api/generate', json={'model': 'zephyr', 'prompt': p})",
    ),
    "constant": ("a.py", SERVER + "CHAT_MODEL = 'zephyr'"),
    "list": ("a.py", SERVER + "FALLBACK_MODELS = ['zephyr']"),
    "default": ("a.py", "import os\nx = os.getenv('OLLAMA_MODEL', 'zephyr')"),
    "parameter": ("a.py", SERVER + "def ask(text, model='zephyr'):\n    post(model)"),
    "client of another service": (
        "a.py",
        "from openai import OpenAI\nc = OpenAI(base_url='http://localhost:11434/v1')\n"
        "c.chat.completions.create(model='zephyr', messages=m)",
    ),
    "client of another service in TypeScript": (
        "a.ts",
        "const c = new OpenAI({ baseURL: 'http://localhost:11434/v1' });\n"
        "await c.chat.completions.create({ model: 'zephyr', messages });",
    ),
}
OTHER = {
    "no word of Ollama": ("a.py", "CHAT_MODEL = 'zephyr'"),
    "another service": ("a.py", "import openai, ollama\nCHAT_MODEL = 'zephyr'"),
    "no model": ("a.py", SERVER + "wind = 'zephyr'"),
    "compared": ("a.py", SERVER + "if model == 'zephyr':\n    pass"),
    "printed": ("a.py", SERVER + "print('zephyr')\nlog.info(model, 'zephyr:7b')"),
    "an image": ("a.py", SERVER + "image = 'zoo/server:1.2'"),
}


@pytest.mark.parametrize(("path", "code"), USED.values(), ids=USED)
def test_what_is_called_a_model_beside_ollama_is_used(path: str, code: str) -> None:
    assert used({path: code}) == {"zephyr"}


@pytest.mark.parametrize(("path", "code"), OTHER.values(), ids=OTHER)
def test_another_word_is_not_used(path: str, code: str) -> None:
    assert used({path: code}) == set()


def test_a_family_with_a_tag_needs_no_name() -> None:
    assert used({"a.py": "import openai, ollama\nx = pick('zephyr:7b')"}) == {"zephyr:7b"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.go", 'package main\nvar url = "http://localhost:11434"\nvar model = "zoo/alpha:1b"'),
        ("a.swift", 'let ollamaURL = host\nstatic let chatModelName = "zoo/alpha:1b"'),
        ("a.py", SERVER + "model = 'zoo/alpha:1b'"),
    ],
)
def test_a_name_of_an_owner_with_a_tag_is_used(path: str, code: str) -> None:
    assert used({path: code}) == {"zoo/alpha:1b"}


def test_a_test_that_asks_a_server_loads() -> None:
    code = 'package own\nfunc TestX(t *testing.T) {\n\turl := "http://localhost:11434"\n\t'
    code += 'model := "all-minilm:22m"\n\tAsk(url, model)\n}'
    assert used({"own_test.go": code}) == {"all-minilm:22m"}
    assert used({"own_test.go": code + "\nvar s = httptest.NewServer(nil)"}) == set()


def test_a_test_that_pulls_or_makes_a_client_loads() -> None:
    code = 'package ollamaclient\nconst codeModel = "zephyr:7b"\nfunc TestX() {\n'
    code += "\toc := New(codeModel)\n"
    code += '\toc.PullIfNeeded(true)\n\tNew("llama3.2-vision")\n\tAsk("llama3.1")\n}'
    assert used({"own_test.go": code}) == {"zephyr:7b", "llama3.2-vision"}
