"""Commands that source runs word by word, bodies of requests, and inputs of an action."""

from __future__ import annotations

import pytest

from tests.scanning import used

SERVER = "http://localhost:11434/api/generate"
RUN = {
    "list": ("a.js", "spawn('ollama', ['run', 'zephyr']);"),
    "list with a constant": ("a.js", "const M = 'zephyr';\nspawn('ollama', ['run', M]);"),
    "default of a parameter": (
        "a.ts",
        "const ask = (model = env.M || 'zephyr') => {\n  spawn('ollama', ['run', model]);\n}",
    ),
    "constant inside a string": ("a.js", "const M = 'zephyr';\nexecSync(`ollama pull ${M}`);"),
    "constant of Java": (
        "A.java",
        'class A { String M = "zephyr"; void a() { box.execInContainer("ollama", "pull", M); } }',
    ),
    "constant of Go": (
        "a.go",
        'package a\nconst m = "zephyr"\nfunc a() { exec.Command("ollama", "pull", m).Run() }',
    ),
    "arguments of Rust": (
        "a.rs",
        'fn main() { Command::new("ollama").arg("pull").arg("zephyr").spawn(); }',
    ),
    "constant of Rust": (
        "a.rs",
        'const M: &str = "zephyr";\nfn a() { Command::new("ollama").args(["pull", M]).spawn(); }',
    ),
}
ASKED = {
    "Go": ("a.go", f'package a\nfunc a() {{ post("{SERVER}", `{{"model":"zephyr"}}`) }}'),
    "Java": ("A.java", f'class A {{ A a = post("{SERVER}", "{{\\"model\\": \\"zephyr\\"}}"); }}'),
    "file of requests": (
        "ask.http",
        f'### one\nPOST {SERVER}\n\n{{\n  "model": "zephyr",\n  "tools": [{{"name": "pick"}}]\n}}\n'
        '### two\nPOST http://localhost:80/api\n\n{"model": "other:7b"}\n'
        f'### three\nPOST {SERVER}\n\n# {{"model": "mistral"}}\n',
    ),
}  # fmt: skip
OTHER = {
    "removes": ("a.js", "spawn('ollama', ['rm', 'zephyr']);"),
    "body for another server": (
        "a.go",
        'package a\nfunc a() { post("http://localhost:80", `{"model":"zephyr"}`) }',
    ),
    "a word that is no model": ("a.js", "const M = 'zephyr';\nspawn('ollama', ['list', M]);"),
    "a title": (
        "a.ts",
        f'const url = "{SERVER}";\nconst models = [{{ name: "zephyr", model: load() }}];',
    ),
}


@pytest.mark.parametrize(("path", "code"), RUN.values(), ids=RUN)
def test_words_of_a_command_load(path: str, code: str) -> None:
    assert used({path: code}) == {"zephyr"}


@pytest.mark.parametrize(("path", "code"), ASKED.values(), ids=ASKED)
def test_the_body_of_a_request_loads(path: str, code: str) -> None:
    assert used({path: code}) == {"zephyr"}


@pytest.mark.parametrize(("path", "code"), OTHER.values(), ids=OTHER)
def test_another_command_or_server_loads_nothing(path: str, code: str) -> None:
    assert used({path: code}) == set()


def test_an_action_loads_what_its_input_is() -> None:
    action = "inputs:\n  model:\n    default: zephyr\nruns:\n  steps:\n    - run: |\n"
    action += "        ollama pull ${{ inputs.model }}\n"
    workflow = "jobs:\n  a:\n    strategy:\n      matrix:\n        model: [phi3, mistral]\n"
    workflow += (
        "    steps:\n      - uses: ./\n        with:\n          model: ${{ matrix.model }}\n"
    )
    files = {"action.yml": action, ".github/workflows/a.yml": workflow}
    assert used(files) == {"zephyr", "phi3", "mistral"}
    other = {"action.yml": action, "api.yml": "model: deepseek-reasoner\n"}
    assert used(other) == {"zephyr"}


def test_a_loop_takes_each_name_of_a_list() -> None:
    code = "import ollama from 'ollama';\nconst names = ['zephyr', 'bge-m3'];\n"
    code += "for (const one of names.filter(isNew)) {\n  await ollama.pull({ model: one });\n}\n"
    assert used({"a.ts": code}) == {"zephyr", "bge-m3"}


def test_a_select_box_of_r_offers_models() -> None:
    offered = 'choices = c("zoo/harbor-embed", "zoo/quay-embed"))'
    assert used({"app.R": f'selectInput("embed_model", "Model", {offered}'}) == {
        "zoo/harbor-embed",
        "zoo/quay-embed",
    }
    assert used({"app.R": f'selectInput("country", "Country", {offered}'}) == set()


def test_a_test_of_rust_that_builds_a_model_loads() -> None:
    code = "#[cfg(test)]\nmod tests {\n  #[test]\n  fn one() {\n    let a = Builder::new()"
    code += '.embedding_model("zoo/harbor-embed").build();\n'
    code += '    assert_eq!(a.model, "zoo/pier-embed");\n  }\n}\n'
    assert used({"src/lib.rs": code, "Cargo.toml": '[dependencies]\nhf-hub = "0.3"\n'}) == {
        "zoo/harbor-embed"
    }
