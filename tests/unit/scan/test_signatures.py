"""Signature files: their examples are found, and nothing else; no entry is dead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner.pipelines.scan import file_kinds, signatures
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.languages import SIGNED
from miner.pipelines.scan.readers import lexed
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.signatures import (
    CallSignature,
    LibrarySignatures,
    SignatureExample,
    libraries,
)
from miner.pipelines.scan.source_files import SourceFile, blob_sha

ROOT = "root"  # stands for an import that a pattern leaves open


def file_of(path: str, text: str) -> SourceFile:
    data = text.encode()
    return SourceFile(path, data, blob_sha(data))


def cargo(package: str) -> SourceFile:
    return file_of("Cargo.toml", f'[dependencies]\n{package} = "1"\n')


def npm(package: str) -> SourceFile:
    return file_of("package.json", json.dumps({"dependencies": {package: "1"}}))


def maven(package: str) -> SourceFile:
    return file_of("build.gradle", f"dependencies {{\n  implementation '{package}:1.0'\n}}\n")


def go(package: str) -> SourceFile:
    return file_of("go.mod", f"module example.org/own\n\nrequire {package} v1.0.0\n")


def nuget(package: str) -> SourceFile:
    return file_of("own.csproj", f'<PackageReference Include="{package}" Version="1.0.0" />\n')


def swift(package: str) -> SourceFile:
    return file_of("Package.swift", f'.package(url: "https://{package}.git", from: "1.0.0")\n')


def gem(package: str) -> SourceFile:
    return file_of("Gemfile", f'gem "{package}", "~> 1.0"\n')


def packagist(package: str) -> SourceFile:
    return file_of("composer.json", json.dumps({"require": {package: "^1"}}))


def pub(package: str) -> SourceFile:
    return file_of("pubspec.yaml", f"dependencies:\n  {package}: ^1.0.0\n")


def cran(package: str) -> SourceFile:
    return file_of("DESCRIPTION", f"Package: own\nImports:\n    {package} (>= 1.0)\n")


def julia(package: str) -> SourceFile:
    return file_of("Project.toml", f'[deps]\n{package} = "21ca0261-441d-5938"\n')


def hex_pm(package: str) -> SourceFile:
    return file_of("mix.exs", f'defp deps do\n  [{{:{package}, "~> 1.0"}}]\nend\n')


MANIFESTS = {
    FileKind.RUST: ("crates", cargo),
    FileKind.JAVASCRIPT: ("npm", npm),
    FileKind.JVM: ("maven", maven),
    FileKind.GO: ("go", go),
    FileKind.CSHARP: ("nuget", nuget),
    FileKind.SWIFT: ("swift", swift),
    FileKind.RUBY: ("gem", gem),
    FileKind.PHP: ("packagist", packagist),
    FileKind.DART: ("pub", pub),
    FileKind.R: ("cran", cran),
    FileKind.JULIA: ("julia", julia),
    FileKind.ELIXIR: ("hex", hex_pm),
}


def path_of(example: SignatureExample) -> str:
    """A language is a suffix, or the name of a file that has none or says what it is."""
    is_name = file_kinds.kind_of(example.language) is not None
    return example.language if is_name else f"source.{example.language}"


def repository(library: LibrarySignatures, example: SignatureExample) -> Iterator[SourceFile]:
    """The example, and the manifest of the library where one decides what is read."""
    path = path_of(example)
    kind = file_kinds.kind_of(path)
    assert kind is not None, f"nothing reads a file of the name {path}"
    if kind in MANIFESTS:
        ecosystem, written = MANIFESTS[kind]
        yield written(library.packages[ecosystem][0])
    yield file_of(path, example.code)


def used_in(library: LibrarySignatures, example: SignatureExample) -> list[str]:
    sites = scan(repository(library, example)).sites
    return sorted({site.model for site in sites if site.model and site.role != "mention"})


EXAMPLES = [
    pytest.param(library, example, id=f"{library.name}-{number}")
    for library in libraries().values()
    for number, example in enumerate(library.examples)
]
LIBRARIES = [pytest.param(library, id=library.name) for library in libraries().values()]


@pytest.mark.parametrize(("library", "example"), EXAMPLES)
def test_an_example_gives_its_models_and_no_other(
    library: LibrarySignatures, example: SignatureExample
) -> None:
    assert used_in(library, example) == sorted(example.models)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_says_what_is_found_and_what_is_not(library: LibrarySignatures) -> None:
    found = [bool(example.models) for example in library.examples]
    assert False in found, "no example finds nothing"
    # A file of calls that take no model has nothing to find.
    assert (True in found) is any(call.hub for call in loads_of(library))


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_example_that_finds_something_is_credited_to_the_library(
    library: LibrarySignatures,
) -> None:
    credited = {
        site.signature
        for example in library.examples
        for site in scan(repository(library, example)).sites
        if site.model and site.role != "mention"
    }
    assert library.name in credited or not any(call.hub for call in loads_of(library))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_named_where_it_can_be_found(library: LibrarySignatures) -> None:
    assert library.title
    assert library.packages or library.commands
    assert set(library.files) <= SIGNED
    assert library.tokens or not library.calls, "calls that no prefilter lets through"


def test_titles_and_packages_belong_to_one_library() -> None:
    titles = [library.title for library in libraries().values()]
    assert len(set(titles)) == len(titles)


def loads_of(library: LibrarySignatures) -> tuple[CallSignature, ...]:
    commands = tuple(
        CallSignature(library.name, " ".join(command.words), command.hub)
        for command in library.commands
    )
    return (*library.calls, *(attribute.call for attribute in library.attributes), *commands)


def written(call: CallSignature) -> tuple[str, ...]:
    """A callee that the pattern of this call stands for."""
    parts = [ROOT if part == "*" else part.replace("*", "Own") for part in call.parts]
    return tuple(parts)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_call_is_reached_by_the_name_it_gives(library: LibrarySignatures) -> None:
    for call in library.calls:
        if call.files:
            continue
        found = signatures.find_calls(written(call), is_known=True)
        assert call in found, f"{call.callee} is hidden by {[other.callee for other in found]}"


SUFFIXES = {
    "js": ".ts", "rust": ".rs", "java": ".kt", "go": ".go", "csharp": ".cs", "swift": ".swift",
    "cpp": ".cpp", "dart": ".dart", "ruby": ".rb", "php": ".php", "r": ".R", "julia": ".jl",
    "elixir": ".ex", "lua": ".lua",
}  # fmt: skip
COMMENTS = {"ruby": "#", "r": "#", "julia": "#", "elixir": "#", "lua": "--"}


def source_of(call: CallSignature, library: LibrarySignatures, language: str) -> str:
    """A call as a language of braces writes it, in a file that names the library."""
    if call.position is not None:
        arguments = ", ".join([*["first"] * call.position, '"acme/chat-7b"'])
    else:
        arguments = f'{{ {call.keywords[0]}: "acme/chat-7b" }}'
    return f"{COMMENTS.get(language, '//')} {library.tokens[0]}\nx = {call.callee}({arguments});\n"


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_call_of_another_language_is_read_there(library: LibrarySignatures) -> None:
    for call in library.calls:
        for language in call.files:
            path = f"source{SUFFIXES[language]}"
            kind = file_kinds.kind_of(path)
            assert kind is not None
            loads = lexed.read(path, source_of(call, library, language), "", kind).loads
            read = [load.signature.callee for load in loads if load.argument == "acme/chat-7b"]
            assert read == [call.callee], f"{call.callee} in {language}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_call_says_which_argument_names_the_model(library: LibrarySignatures) -> None:
    for call in library.calls:
        named_by = call.keywords or call.position is not None or "{callee}" in call.form
        assert named_by, f"{call.callee} has no argument"


def test_no_two_commands_are_spelled_alike() -> None:
    words = [command.words for library in libraries().values() for command in library.commands]
    assert len(set(words)) == len(words)


def test_examples_use_an_invented_owner() -> None:
    """A name of a real repository would tune the rules to it."""
    owners = {
        site.model.partition("/")[0]
        for library in libraries().values()
        for example in library.examples
        for site in scan(repository(library, example)).sites
        if site.model and "/" in site.model and site.hub == "huggingface" and site.role != "mention"
    }
    put_before = {
        call.form.partition("/")[0] for library in libraries().values() for call in library.calls
    }
    assert owners - put_before == {"acme"}


def test_a_table_of_names_says_which_version_it_was_read_from() -> None:
    tables = {name for name, one in libraries().items() if "[tables]" in open_text(one.origin)}
    assert tables
    stated = {name: one.read_from for name, one in libraries().items() if one.read_from}
    assert tables <= stated.keys()
    assert all(re.fullmatch(r"[\w.-]+ \d[\w.]*", one) for each in stated.values() for one in each)


def open_text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
