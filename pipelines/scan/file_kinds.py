"""What a file is, by its path alone: its reader, its role, and whether it is a copy."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath

from miner.pipelines.scan.name_words import words_in
from miner.schema.patterns import bounded


class FileKind(StrEnum):
    """Which reader a file goes to."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    YAML = "yaml"
    JSON = "json"
    TOML = "toml"
    XML = "xml"  # projects, which may fetch weights when they are built
    INI = "ini"  # also .env, .cfg, .properties
    SHELL = "shell"  # also Dockerfile, Makefile
    JAVASCRIPT = "javascript"  # also TypeScript, Vue, Svelte
    RUST = "rust"
    JVM = "jvm"  # Java, Scala, Kotlin
    GO = "go"
    CSHARP = "csharp"  # also F#
    GROOVY = "groovy"  # also Gradle and Jenkins
    SWIFT = "swift"
    CPP = "cpp"  # C, C++, Objective-C
    DART = "dart"
    RUBY = "ruby"
    PHP = "php"
    R = "r"
    JULIA = "julia"
    ELIXIR = "elixir"
    LUA = "lua"
    HCL = "hcl"  # Terraform
    JSONNET = "jsonnet"  # also CUE
    NIX = "nix"
    BICEP = "bicep"
    CMAKE = "cmake"
    REQUESTS = "requests"  # that an editor sends
    DOCS = "docs"


_BY_SUFFIX: dict[str, FileKind] = {
    **dict.fromkeys((".py", ".pyi", ".pyx", ".bzl", ".bazel", ".star"), FileKind.PYTHON),
    ".ipynb": FileKind.NOTEBOOK,
    **dict.fromkeys((".yaml", ".yml"), FileKind.YAML),
    **dict.fromkeys((".json", ".jsonc", ".json5"), FileKind.JSON),
    ".toml": FileKind.TOML,
    **dict.fromkeys(
        (".ini", ".cfg", ".conf", ".env", ".properties", ".gin", ".service", ".container"),
        FileKind.INI,
    ),
    **dict.fromkeys((".sh", ".bash", ".zsh", ".ksh", ".bat", ".ps1", ".slurm", ".sbatch", ".mk",
                   ".fish"),
                    FileKind.SHELL),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue",
                     ".svelte", ".astro", ".html"), FileKind.JAVASCRIPT),
    ".rs": FileKind.RUST,
    **dict.fromkeys((".java", ".scala", ".kt", ".kts", ".sbt"), FileKind.JVM),
    **dict.fromkeys((".groovy", ".gradle", ".nf", ".jenkinsfile"), FileKind.GROOVY),
    ".go": FileKind.GO,
    **dict.fromkeys((".cs", ".csx", ".fs", ".fsx", ".razor", ".cshtml"), FileKind.CSHARP),
    ".swift": FileKind.SWIFT,
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".ipp", ".cu",
                     ".m", ".mm", ".ino"), FileKind.CPP),
    ".dart": FileKind.DART,
    **dict.fromkeys((".rb", ".rake", ".gemspec", ".ru"), FileKind.RUBY),
    ".php": FileKind.PHP,
    **dict.fromkeys((".r", ".rmd"), FileKind.R),
    ".jl": FileKind.JULIA,
    **dict.fromkeys((".ex", ".exs", ".livemd"), FileKind.ELIXIR),
    ".lua": FileKind.LUA,
    **dict.fromkeys((".tf", ".tfvars", ".hcl", ".nomad"), FileKind.HCL),
    **dict.fromkeys((".jsonnet", ".libsonnet", ".cue"), FileKind.JSONNET),
    ".nix": FileKind.NIX,
    **dict.fromkeys((".bicep", ".bicepparam"), FileKind.BICEP),
    ".cmake": FileKind.CMAKE,
    **dict.fromkeys((".http", ".rest"), FileKind.REQUESTS),
    **dict.fromkeys((".csproj", ".fsproj", ".props", ".targets"), FileKind.XML),
    **dict.fromkeys((".md", ".mdx", ".rst", ".qmd", ".adoc"), FileKind.DOCS),
}  # fmt: skip


_SHELL_NAMES = re.compile(
    r"^(dockerfile|containerfile|makefile|gnumakefile|justfile|procfile|modelfile|earthfile)"
    r"(\.(?!mdx?$|rst$|html?$).*)?$|\.(dockerfile|modelfile)$",
    re.IGNORECASE,
)
_BY_NAME: dict[str, FileKind] = {
    **dict.fromkeys(("tiltfile", "sconstruct"), FileKind.PYTHON),
    "jenkinsfile": FileKind.GROOVY,
    **dict.fromkeys(("gemfile", "rakefile", "podfile", "fastfile", "brewfile"), FileKind.RUBY),
    "cmakelists.txt": FileKind.CMAKE,
}
_BAZEL_NAMES = frozenset({"BUILD", "WORKSPACE"})  # in lower case, anything
# What a file becomes is said by the suffix before these; a chart's helpers have none.
_TEMPLATE = bounded(
    r"\.(?:j2|jinja2?|tpl|tmpl|erb|ejs|mustache|hbs|template|tftpl|example|sample|dist|in)$"
)
_ENV_NAME = bounded(r"^\.?env(\.|$)|\.env(\.|$)", re.IGNORECASE)
_LOCK_NAMES = words_in(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock pdm.lock "
    "uv.lock cargo.lock composer.lock gemfile.lock go.sum pipfile.lock conda-lock.yml "
    "flake.lock deno.lock bun.lock packages.lock.json tokenizer.json vocab.json merges.json"
)
_GENERATED = re.compile(
    r"\.min\.(js|mjs|css)$|\.bundle\.js$|\.d\.ts$|[-.]lock\.(json|ya?ml)$|\.map$"
)
_MANIFESTS = re.compile(
    r"(^|/)(requirements[\w.-]*\.(txt|in)|[\w.-]*requirements\.(txt|in)|requirements/[\w.-]+\.txt"
    r"|setup\.py|setup\.cfg|pyproject\.toml|pipfile|environment[\w.-]*\.ya?ml|package\.json"
    r"|cargo\.toml|go\.mod|pom\.xml|build\.gradle(\.kts)?|build\.sbt|[\w.-]+\.csproj"
    r"|directory\.packages\.props|packages\.config|package\.swift|pubspec\.yaml|gemfile"
    r"|[\w.-]+\.gemspec|composer\.json|description|project\.toml|mix\.exs)$",
    re.IGNORECASE,
)
# Folders that hold what somebody else published, or what a build made.
_FOREIGN = re.compile(
    r"(^|/)(node_modules|site-packages|dist-packages|bower_components|\.venv|venv|__pycache__"
    r"|\.git|\.tox|\.mypy_cache|\.next|\.nuxt)/"
)
_TEST = re.compile(
    r"(^|/)(tests?|testing|__tests__|e2e|spec|specs|fixtures|test[-_][\w-]+|[\w-]+[-_]tests?)/"
    r"|(^|/)(test_[^/]*|conftest|[^/]*(_test|_tests|\.test|\.spec|\.vitest|Test|Tests))\.[a-z]+$"
)
_EXAMPLE = re.compile(
    r"(^|/)(examples?|samples?|demos?|tutorials?|cookbooks?|recipes?|notebooks?|playground|showcase"
    r"|[\w-]+[-_](examples?|demos?|samples?|tutorials?)|(examples?|demos?)[-_][\w-]+)/"
    r"|(^|/)([^/]*[_-])?(example|demo|tutorial|sample)s?([_-][^/]*)?\.[a-z]+$",
    re.IGNORECASE,
)
_README = re.compile(r"(^|/)(readme|changelog|changes|history|contributing|news|todo)[^/]*$", re.I)


@lru_cache(maxsize=4096)
def kind_of(path: str) -> FileKind | None:
    """Return which reader a path goes to; None if it is of no interest."""
    name = path.rsplit("/", 1)[-1]
    lowered = name.lower()
    if _FOREIGN.search(path) or lowered in _LOCK_NAMES or _GENERATED.search(lowered):
        return None
    if _SHELL_NAMES.search(name):
        return FileKind.SHELL
    found = _by_name(name, lowered)
    if found is None and (bare := _TEMPLATE.sub("", lowered)) != lowered:
        is_bare = lowered.endswith(_OFTEN_YAML) and "." not in bare
        found = FileKind.YAML if is_bare else _by_name(bare, bare)
    return FileKind.DOCS if found is None and _README.search(path) else found


_OFTEN_YAML = (".j2", ".jinja", ".jinja2", ".tpl", ".tmpl")


def _by_name(name: str, lowered: str) -> FileKind | None:
    found = _BY_NAME.get(lowered) or _BY_SUFFIX.get(PurePosixPath(lowered).suffix)
    if found is None and _ENV_NAME.search(lowered):
        return FileKind.INI
    return FileKind.PYTHON if found is None and name in _BAZEL_NAMES else found


def is_manifest(path: str) -> bool:
    """Return whether a path names a manifest of dependencies."""
    return _MANIFESTS.search(path) is not None and not _FOREIGN.search(path)


def is_wanted(path: str) -> bool:
    """Return whether a scan reads a file of this path at all."""
    return kind_of(path) is not None or is_manifest(path)


def is_test(path: str) -> bool:
    """Return whether a path is that of a test or its fixtures."""
    return _TEST.search(path) is not None


def is_example(path: str) -> bool:
    """Return whether a path is that of an example, a demo or a tutorial."""
    return _EXAMPLE.search(path) is not None


def role_of(path: str) -> str:
    """Return the role that a use in this file has: use, example or test."""
    if is_test(path):
        return "test"
    return "example" if is_example(path) else "use"


_WEIGHTS = re.compile(
    r"\.(?:safetensors|pt|pth|ckpt|onnx|gguf|ggml|h5|msgpack|tflite|mlmodel|pdparams|keras)$"
    r"|(?:^|/)(?:pytorch_model|model|weights|adapter_model)[^/]*\.bin$",
    re.IGNORECASE,
)


def is_weights(path: str) -> bool:
    """Return whether a path or an address looks like that of a file of weights."""
    return _WEIGHTS.search(path) is not None
