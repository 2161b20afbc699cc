"""One literal, constant, default and environment value for each language, and what is no model."""

from __future__ import annotations

import pytest

from miner.pipelines.scan.file_kinds import FileKind, kind_of
from miner.pipelines.scan.languages import LANGUAGES
from tests.scanning import scanned, used

# Path, then: a literal, a constant, a default of a parameter, a variable of the environment with a
# fallback. A variable is called as nothing that says model: only the load does.
LOADS: dict[str, tuple[str, str, str, str, str]] = {
    "transformers.js": (
        "a.ts",
        "import {{ pipeline }} from '@huggingface/transformers';\nawait pipeline('fill', '{0}');",
        "import {{ AutoModel as A }} from '@huggingface/transformers';\nconst CHOSEN = '{0}';\n"
        "await A.from_pretrained(CHOSEN);",
        "async function start(what = '{0}') {{ return await A.from_pretrained(what); }}",
        "const what = process.env.CHOSEN ?? '{0}';\nawait A.from_pretrained(what);",
    ),
    "HF Inference": (
        "a.ts",
        "await new InferenceClient(t).chatCompletion({{ model: '{0}', messages }});",
        "const CHOSEN = '{0}';\nawait client.chatCompletion({{ messages, model: CHOSEN }});",
        "function ask(text, what = '{0}') {{ return client.summarization({{ model: what }}); }}",
        "await client.translation({{ model: process.env.CHOSEN || '{0}', inputs }});",
    ),
    "AI SDK": (
        "a.tsx",
        "await generateText({{ prompt, via: huggingface('{0}') }});",
        "const CHOSEN = '{0}';\nawait generateText({{ via: huggingface(CHOSEN) }});",
        "const ask = async (what = '{0}') => {{ await run(huggingface(what)); }};",
        "const via = huggingface(process.env['CHOSEN'] ?? '{0}');",
    ),
    "candle": (
        "a.rs",
        'let one = Api::new()?.model("{0}".to_string());',
        'const CHOSEN: &str = "{0}";\nfn run() {{ let one = api.model(CHOSEN.to_string()); }}',
        'fn load(what: &str) {{ let one = Repo::new(what.to_string(), k); }}\n'
        'fn main() {{ load("{0}"); }}',
        'let what = std::env::var("CHOSEN").unwrap_or("{0}".to_string());\n'
        "let one = Repo::with_revision(what, RepoType::Model, rev);",
    ),
    "tokenizers": (
        "a.rs",
        'let one = Tokenizer::from_pretrained("{0}", None)?;',
        'static CHOSEN: &str = "{0}";\nlet one = Tokenizer::from_pretrained(CHOSEN, None)?;',
        '#[arg(long, default_value = "{0}")]\nmodel: String,',
        'let what = env::var("CHOSEN").unwrap_or_else(|_| "{0}".into());\n'
        "let one = Tokenizer::from_pretrained(&what, None)?;",
    ),
    "hugot": (
        "a.go",
        'path, err := hugot.DownloadModel(ctx, "{0}", "./files", opts)',
        'const chosen = "{0}"\nfunc run() {{ hugot.DownloadModel(ctx, chosen, "./files", opts) }}',
        'var what = flag.String("model", "{0}", "which one")',
        'what := os.Getenv("CHOSEN")\nif what == "" {{\n\twhat = "{0}"\n}}\n'
        'hugot.DownloadModel(what, "./files", opts)',
    ),
    "Deep Java Library": (
        "A.java",
        'var one = HuggingFaceTokenizer.newInstance("{0}");',
        'private static final String CHOSEN = "{0}";\n'
        "void run() {{ var one = HuggingFaceTokenizer.newInstance(CHOSEN); }}",
        'void load(String what) {{ HuggingFaceTokenizer.newInstance(what); }}\n'
        'void run() {{ load("{0}"); }}',
        'String what = System.getenv().getOrDefault("CHOSEN", "{0}");\n'
        "var one = HuggingFaceTokenizer.newInstance(what);",
    ),
    "LangChain4j": (
        "A.kt",
        'val one = HuggingFaceChatModel.builder().modelId("{0}").build()',
        'const val CHOSEN = "{0}"\nval one = HuggingFaceChatModel.builder().modelId(CHOSEN)',
        'fun load(what: String = "{0}") {{ HuggingFaceChatModel.builder().modelId(what) }}',
        'val what = System.getenv("CHOSEN") ?: "{0}"\nval one = builder.modelId(what)',
    ),
    "Semantic Kernel": (
        "A.cs",
        'builder.AddHuggingFaceTextGeneration("{0}");',
        'const string Chosen = "{0}";\n'
        'void Run() {{ builder.AddHuggingFaceTextGeneration(Chosen); }}',
        'void Load(string what = "{0}") {{ builder.AddHuggingFaceTextGeneration(model: what); }}',
        'var what = Environment.GetEnvironmentVariable("CHOSEN") ?? "{0}";\n'
        "builder.AddHuggingFaceChatCompletion(what);",
    ),
    "MLX Swift": (
        "a.swift",
        'let one = ModelConfiguration(id: "{0}")',
        'static let chosen = "{0}"\nlet one = ModelConfiguration(id: Self.chosen)',
        'func load(_ what: String = "{0}") {{ run(ModelConfiguration(id: what)) }}',
        'let what = ProcessInfo.processInfo.environment["CHOSEN"] ?? "{0}"\n'
        "let one = ModelConfiguration(id: what)",
    ),
    "swift-transformers": (
        "a.swift",
        'let words = try await AutoTokenizer.from(pretrained: "{0}")',
        'let chosen = "{0}"\nlet folder = try await HubApi().snapshot(from: chosen)',
        'func load(what: String) async {{ await AutoTokenizer.from(pretrained: what) }}\n'
        'await load(what: "{0}")',
        'let what = ProcessInfo.processInfo.environment["CHOSEN"] ?? "{0}"\n'
        "let repo = Hub.Repo(id: what)",
    ),
    "llama.cpp": (
        "a.cpp",
        'params.model.hf_repo = "{0}";',
        '#define CHOSEN "{0}"\nvoid run() {{ common_get_hf_file(CHOSEN, token); }}',
        'void load(const std::string & what = "{0}") {{ common_get_hf_file(what, token); }}',
        'const char * what = getenv("CHOSEN");\nif (!what) what = "{0}";\n'
        "common_get_hf_file(what, token);",
    ),
    "R": (
        "a.R",
        'one <- transformers$AutoModel$from_pretrained("{0}")',
        'chosen <- "{0}"\none <- text::textEmbed(texts, model = chosen)',
        'load <- function(what = "{0}") {{\n  hfhub::hub_download(what, "config.json")\n}}',
        'what <- Sys.getenv("CHOSEN", "{0}")\none <- AutoModel$from_pretrained(what)',
    ),
    "Julia": (
        "a.jl",
        'one = hgf"{0}"',
        'const CHOSEN = "{0}"\none = hf_hub_download(CHOSEN, "config.json")',
        'function load(what = "{0}")\n    HuggingFace.load_model(what)\nend',
        'what = get(ENV, "CHOSEN", "{0}")\none = hf_hub_download(what, "config.json")',
    ),
    "Dart": (
        "a.dart",
        "final url = 'https://huggingface.co/{0}/resolve/main/a.gguf';",
        "const modelId = '{0}';",
        "Future<void> load({{String modelId = '{0}'}}) async {{}}",
        "const model = String.fromEnvironment('CHOSEN', defaultValue: '{0}');",
    ),
    "Ruby": (
        "a.rb",
        'one = Informers.pipeline("embedding", "{0}")',
        'CHOSEN = "{0}"\none = Informers.pipeline("embedding", CHOSEN)',
        'def load(what = "{0}")\n  AutoModel.from_pretrained(what)\nend',
        'what = ENV.fetch("CHOSEN", "{0}")\none = AutoModel.from_pretrained(what)',
    ),
    "PHP": (
        "a.php",
        "<?php $one = pipeline('fill-mask', '{0}');",
        "<?php const CHOSEN = '{0}';\n$one = AutoModel::fromPretrained(CHOSEN);",
        "<?php function load($what = '{0}') {{ return AutoModel::fromPretrained($what); }}",
        "<?php $what = getenv('CHOSEN') ?: '{0}';\n$one = pipeline('fill-mask', $what);",
    ),
    "Elixir": (
        "a.ex",
        'Bumblebee.load_model({{:hf, "{0}"}})',
        '@chosen "{0}"\ndef load, do: Bumblebee.load_model({{:hf, @chosen}})',
        'def load(what \\\\ "{0}") do\n  Bumblebee.load_model({{:hf, what}})\nend',
        'what = System.get_env("CHOSEN", "{0}")\nBumblebee.load_model({{:hf, what}})',
    ),
}  # fmt: skip
# A call of a single word is the library's only in a file that names it.
HEADERS = {
    "transformers.js": "import * as A from '@huggingface/transformers';\n",
    "HF Inference": "import {{ InferenceClient }} from '@huggingface/inference';\n",
    "AI SDK": "import {{ huggingface }} from '@ai-sdk/huggingface';\n",
    "candle": "use hf_hub::{{api::sync::Api, Repo, RepoType}};\n",
    "swift-transformers": "import Hub\nimport Tokenizers\n",
    "Deep Java Library": "import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;\n",
    "LangChain4j": "import dev.langchain4j.model.ollama.OllamaChatModel\n",
    "llama.cpp": '#include "llama.h"\n',
    "R": "library(text)\n",
    "Ruby": "require 'informers'\nM = Informers\n",
    "PHP": "<?php use Codewithkyrian\\Transformers\\Models\\Auto\\AutoModel;\n",
}
CASES = ("literal", "constant", "default", "environment")
TABLE = [
    pytest.param(path, HEADERS.get(library, "") + code, id=f"{library}, {case}")
    for library, (path, *codes) in LOADS.items()
    for case, code in zip(CASES, codes, strict=True)
]


@pytest.mark.parametrize(("path", "code"), TABLE)
def test_a_load_is_found_however_its_name_gets_there(path: str, code: str) -> None:
    assert used({path: code.format("zoo/alpha-1")}) == {"zoo/alpha-1"}


@pytest.mark.parametrize("path", sorted({path for path, *_ in LOADS.values()} - {"a.dart"}))
def test_a_variable_of_the_environment_is_found_where_it_is_set(path: str) -> None:
    library, load = next(
        (library, codes[3])
        for library, (first, *codes) in LOADS.items()
        if first == path and "CHOSEN" in codes[3]
    )
    code = load.replace('"{0}"', '""').replace("'{0}'", "''")
    files = {path: (HEADERS.get(library, "") + code).format(), ".env": "CHOSEN=zoo/alpha-1\n"}
    found = {(site.path, site.method) for site in scanned(files).sites if site.model}
    assert found == {(".env", "reached")}


SETTINGS = {
    "main.tf": 'variable "model_id" {\n  default = "zoo/alpha-1"\n}',
    "own.tfvars": 'base_model = "zoo/alpha-1"',
    "task.hcl": 'env {\n  name  = "MODEL_ID"\n  value = "zoo/alpha-1"\n}',
    "user.tf": "user_data = <<-EOF\n  #!/bin/bash\n  hf download zoo/alpha-1\nEOF",
    "own.jsonnet": "{ serve: { model: 'zoo/alpha-1' } }",
    "lib.libsonnet": '{ args: ["--model", "zoo/alpha-1"] }',
    "own.nix": '{ script = \'\'\n  llama-server -hf zoo/alpha-1 --port 8080\n\'\'; }',
    "own.bicep": "param modelId string = 'zoo/alpha-1'",
    "CMakeLists.txt": "file(DOWNLOAD https://huggingface.co/zoo/alpha-1/resolve/main/a.gguf a)",
    "get.cmake": 'set(URL "https://huggingface.co/zoo/alpha-1/resolve/main/a.gguf")',
    "values.yaml.j2": "model: zoo/alpha-1\nport: {{ port }}",
    "serve.sh.tpl": "vllm serve zoo/alpha-1",
    "templates/_helpers.tpl": "{{- define \"own\" -}}\nmodel: zoo/alpha-1\n{{- end }}",
    ".env.production": "MODEL_ID=zoo/alpha-1",
    "config.toml.example": 'model = "zoo/alpha-1"',
    "own.service": "[Service]\nExecStart=/usr/bin/llama-server -hf zoo/alpha-1",
    "Jenkinsfile": "stage('get') { steps { sh 'hf download zoo/alpha-1' } }",
    "Earthfile": "get:\n    RUN hf download zoo/alpha-1",
    "Tiltfile": "local('hf download zoo/alpha-1')\nk8s(model = 'zoo/alpha-1')",
    "BUILD.bazel": 'http_file(urls = ["https://huggingface.co/zoo/alpha-1/resolve/main/a.onnx"])',
    "Rakefile": 'task(:get) { sh "hf download zoo/alpha-1" }',
    "run.js": 'execSync("hf download zoo/alpha-1");',
    "run.go": 'exec.Command("llama-server", "-hf", "zoo/alpha-1:Q4_K_M")',
    "run.rs": 'Command::new("llama-server").arg("-hf").arg("zoo/alpha-1")',
    "A.java": '@Value("${own.model:zoo/alpha-1}") private String model;',
    "cli.js": 'program.option("-m, --model <id>", "which", "zoo/alpha-1");',
}  # fmt: skip


@pytest.mark.parametrize("path", SETTINGS)
def test_a_setting_or_a_command_names_a_model(path: str) -> None:
    assert used({path: SETTINGS[path]}) == {"zoo/alpha-1"}


NOT_USED = {
    "import of Dart": ("a.dart", "import 'zoo/alpha-1';"),
    "header of C": ("a.c", '#include "zoo/alpha-1"\nint model;'),
    "media type": ("a.swift", 'let model = Request(type: "application/x-model-1")'),
    "action": ("a.ex", 'uses: "actions/checkout-4"'),
    "provider of Terraform": ("a.tf", 'model = {\n  source = "zoo/alpha-1"\n}'),
    "image": ("a.tf", 'image = "zoo/alpha-1"'),
    "source of a package": ("a.nix", '{ owner = "zoo"; repo = "alpha-1"; }'),
    "package of Julia": ("a.jl", 'Pkg.add("zoo/alpha-1")'),
    "package of R": ("a.R", 'model <- remotes::install_github("zoo/alpha-1")'),
    "gem": ("Gemfile", 'gem "model", github: "zoo/alpha-1"'),
    "a string of nothing": ("a.rb", 'path = "zoo/alpha-1"'),
    "comment of R": ("a.R", "# AutoModel$from_pretrained('zoo/alpha-1')"),
    "documentation of Elixir": ("a.ex", '@doc """\nB.load_model({:hf, "zoo/alpha-1"})\n"""'),
    "documentation of Julia": ("a.jl", '"""\n    load(hgf"zoo/alpha-1")\n"""\nload() = 1'),
    "comment of Ruby": ("a.rb", "=begin\nmodel = 'zoo/alpha-1'\n=end\n"),
    "message": ("a.rb", 'puts "zoo/alpha-1"'),
    "dataset": ("a.swift", 'let model = Hub.Repo(id: "zoo/alpha-1", type: .datasets)'),
    "dataset by kind": ("a.ts", 'const model = { type: "dataset", name: "zoo/alpha-1" };'),
    "hosted": ("a.ex", 'model = "anthropic/claude-3"'),
    "message with a command": ("a.js", 'console.log("run hf download zoo/alpha-1 first");'),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_USED)
def test_a_name_is_not_used(case: str) -> None:
    path, code = NOT_USED[case]
    assert used({path: code}) == set()


def test_a_name_reaches_a_load_in_another_file_of_its_language() -> None:
    files = {
        "names.swift": 'enum Names { static let chosen = "zoo/alpha-1" }',
        "load.swift": "let one = ModelConfiguration(id: Names.chosen)",
        "call.rb": 'Own.load_it("zoo/beta-1")',
        "own.rb": "# transformers-rb\ndef load_it(what)\n  AutoModel.from_pretrained(what)\nend",
    }
    assert used(files) == {"zoo/alpha-1", "zoo/beta-1"}


def test_a_line_is_right_behind_a_string_of_many_lines() -> None:
    code = 'let long = """\na\nb\n"""\nlet chosen = "zoo/alpha-1"\n'
    code += "let one = ModelConfiguration(id: chosen)"
    (site,) = [one for one in scanned({"a.swift": code}).sites if one.role == "use"]
    assert (site.line, site.method, site.kind) == (5, "reached", "swift")


def test_every_language_is_reached_by_a_file() -> None:
    names = {
        FileKind.GROOVY: "Jenkinsfile",
        FileKind.CMAKE: "CMakeLists.txt",
        FileKind.JVM: "A.scala",
        FileKind.RUBY: "own.gemspec",
        FileKind.LUA: "a.lua",
    }
    covered = {kind_of(path) for path in (*SETTINGS, *names.values())}
    covered |= {kind_of(path) for path, *_ in LOADS.values()}
    assert set(LANGUAGES) <= covered


def test_code_that_is_called_env_is_code() -> None:
    assert kind_of("src/env.ts") is FileKind.JAVASCRIPT
    assert kind_of("env.py") is FileKind.PYTHON
    assert kind_of(".env.local") is FileKind.INI
