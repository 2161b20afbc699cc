"""Where a name can stand in languages with braces, and where it only seems to."""

from __future__ import annotations

import pytest

from tests.scanning import scanned, site_of, used

NPM = '{"dependencies": {"@huggingface/transformers": "^3.0.0"}}'
CARGO = "[dependencies]\nhf-hub = '0.3'\n"

USED = {
    "constant": ("a.ts", 'const MODEL_ID = "zoo/alpha-1";'),
    "field of a record": (
        "a.rs",
        'ModelInfo { dim: 384, model_code: String::from("zoo/alpha-1") }',
    ),
    "what a function returns": ("a.rs", 'fn default_model() -> String { "zoo/alpha-1".into() }'),
    "arm of a match": (
        "a.rs",
        'let name = match file {\n    Which::Small => "zoo/alpha-1",\n    _ => todo!(),\n};',
    ),
    "branch": ("a.rs", 'let model_id = if tiny { x } else { "zoo/alpha-1" };'),
    "element of a table": ("a.js", 'const MODELS = [\n  ["a", "b"],\n  "zoo/alpha-1",\n];'),
    "builder": ("A.java", 'Model.builder().url(of("x", y)).modelName("zoo/alpha-1").build();'),
    "attribute of markup": ("a.html", '<option value="zoo/alpha-1">One</option>'),
    "folder of weights": (
        "a.js",
        'const X = { base_url: "https://huggingface.co/zoo/alpha-1/resolve/main/" };',
    ),
    "test that loads": ("tests/load.rs", 'let m = api.model("zoo/alpha-1".to_string());'),
    "inline test that loads": (
        "src/lib.rs",
        '#[cfg(test)]\nmod tests { fn t() { let m = api.model("zoo/alpha-1".into()); } }',
    ),
    "project file": (
        "own.csproj",
        "<Project><SourceUrl>https://huggingface.co/zoo/alpha-1/resolve/main/a.gguf</SourceUrl>"
        "</Project>",
    ),
}


@pytest.mark.parametrize("case", USED)
def test_a_name_is_used(case: str) -> None:
    path, code = USED[case]
    assert used({path: code, "package.json": NPM, "Cargo.toml": CARGO}) == {"zoo/alpha-1"}


NOT_USED = {
    "compared": ("a.rs", 'if model_id == "zoo/alpha-1" { fast() }'),
    "compared the other way": ("A.java", 'if ("zoo/alpha-1".equals(model)) {}'),
    "looked for": ("a.ts", 'if (model.includes("zoo/alpha-1")) {}'),
    "beginning of names": ("a.ts", 'const supportedModels = ["zoo/alpha-"];'),
    "expected": ("a.test.ts", 'expect(model.name).toEqual("zoo/alpha-1");'),
    "mocked": (
        "a_test.go",
        'func T() { s := httptest.NewServer(h); m := Model{Name: "zoo/alpha-1"} }',
    ),
    "inline test that loads nothing": (
        "src/lib.rs",
        '#[cfg(test)]\nmod tests { fn t() { let m = parse_model("zoo/alpha-1"); } }',
    ),
    "commented out": ("a.js", '/* const MODEL = "zoo/alpha-1"; */'),
    "rule of a linter": ("eslint.config.js", 'export default { rules: { "zoo/alpha-1": "off" } };'),
    "anybody's": ("a.ts", 'const model = "your-org/alpha-1";'),
    "bytes in letters": ("a.ts", f'const model = "{"aB3" * 14}/x9";'),
    "text that is read": ("a.ts", 'throw new Error("zoo/alpha-1");'),
    "name in Kubernetes": ("a.go", 'x := Key{Namespace: "default", Name: "alpha-1"}'),
    "kind of a model": ("a.ts", 'enum ModelType { Gpt2 = "gpt2" }'),
    "page that is cited": (
        "a.ts",
        'const MODELS = { citations: ["https://huggingface.co/zoo/a-1"] };',
    ),
    "weights nowhere": ("a.ts", 'const MODEL_URL = "https://example.com/alpha.onnx";'),
}


@pytest.mark.parametrize("case", NOT_USED)
def test_a_name_is_not_used(case: str) -> None:
    path, code = NOT_USED[case]
    assert used({path: code, "package.json": NPM, "Cargo.toml": CARGO}) == set()


OLLAMA = {
    "constant": ("a.ts", "import ollama from 'ollama'\nconst model = 'llama3.1'", {"llama3.1"}),
    "argument with a tag": (
        "a.ts",
        "import ollama from 'ollama'\nrun('llama3.2:1b')",
        {"llama3.2:1b"},
    ),
    "named constant": ("a.go", 'const ollamaModel = "gemma2:2b"', {"gemma2:2b"}),
    "its port": ("A.cs", 'Add(modelId: "phi3", url: "http://localhost:11434");', {"phi3"}),
    "another service": ("a.ts", "// ollama, openai\nconst model = 'mistral-small'", set()),
    "placeholder of a field": ("a.tsx", "// ollama\nx = <input placeholder='llama2:7b' />", set()),
    "key of a file format": ("a.go", '// ollama\nmodel["gemma3.context_length"] = 1', set()),
}


@pytest.mark.parametrize("case", OLLAMA)
def test_names_of_ollama(case: str) -> None:
    path, code, models = OLLAMA[case]
    found = scanned({path: code})
    uses = [site for site in found.sites if site.model and site.role != "mention"]
    assert {site.model for site in uses} == models
    assert {site.hub for site in uses} <= {"ollama"}


def test_an_address_without_owner_gives_the_first_names() -> None:
    code = 'const MODEL: &str = "https://huggingface.co/gpt2/resolve/main/model.safetensors";'
    assert used({"a.rs": code}) == {"gpt2"}


def test_the_line_is_that_of_the_string() -> None:
    rows = "".join(
        f'  m{number}: {{\n    model: "zoo/alpha-{number}",\n  }},\n' for number in range(500)
    )
    site = site_of(scanned({"a.ts": f"const T = {{\n{rows}}};\n"}), "zoo/alpha-499")
    assert site.line == 2 + 499 * 3 + 1
