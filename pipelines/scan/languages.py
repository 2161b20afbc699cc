"""How a language writes strings and comments: one table for the reader of tokens."""

from __future__ import annotations

from dataclasses import dataclass

from miner.pipelines.scan.file_kinds import FileKind


@dataclass(frozen=True, slots=True)
class Language:
    """What the reader of tokens knows of a language.

    Attributes:
        name: As signatures and use sites call it.
        strings: Pattern of its strings.
        comments: Pattern of its comments and of text that documents.
        ecosystem: Where its packages are published, as manifests are read; None if nowhere.
        labels: What follows a string that names the value behind it.
        is_settings: Whether it only sets values: a script in a string is a command, and no
            signature is written in it.
    """

    name: str
    strings: str
    comments: str
    ecosystem: str | None = None
    labels: str = r"\s*(?::(?!:)|=>)"
    is_settings: bool = False


# Possessive: what has matched is not tried again, so that a megabyte in quotes costs no memory.
_DOUBLE = r"\"(?:[^\"\\\n]++|\\.)*+\""
_SINGLE = r"'(?:[^'\\\n]++|\\.)*+'"
_CHARACTER = r"'(?:[^'\\\n]|\\.)'"
_TRIPLE = r"\"\"\"[\s\S]*?\"\"\""
_TRIPLES = rf"{_TRIPLE}|'''[\s\S]*?'''"
_BACKTICKS = r"`(?:[^`\\]++|\\[\s\S])*+`"

_BRACES = r"//[^\n]*+|/\*[\s\S]*?\*/|<!--[\s\S]*?-->"
_HASH = r"#[^\n]*+"
_BOTH = rf"{_HASH}|//[^\n]*+|/\*[\s\S]*?\*/"

LANGUAGES: dict[FileKind, Language] = {
    FileKind.JAVASCRIPT: Language("js", rf"{_DOUBLE}|{_SINGLE}|{_BACKTICKS}", _BRACES, "npm"),
    FileKind.RUST: Language(
        "rust",
        rf"r\"[^\"]*+\"|r#+\"[\s\S]*?\"#+|\"(?:[^\"\\]++|\\[\s\S])*+\"|{_CHARACTER}",
        _BRACES,
        "crates",
    ),
    FileKind.JVM: Language("java", rf"{_TRIPLE}|{_DOUBLE}|{_CHARACTER}", _BRACES, "maven"),
    FileKind.GROOVY: Language("java", rf"{_TRIPLES}|{_DOUBLE}|{_SINGLE}", _BRACES, "maven"),
    FileKind.GO: Language("go", rf"{_DOUBLE}|`[^`]*+`|{_CHARACTER}", _BRACES, "go"),
    FileKind.CSHARP: Language(
        "csharp", rf"{_TRIPLE}|@\"(?:[^\"]++|\"\")*+\"|{_DOUBLE}|{_CHARACTER}", _BRACES, "nuget"
    ),
    FileKind.SWIFT: Language("swift", rf"{_TRIPLE}|#+\"[\s\S]*?\"#+|{_DOUBLE}", _BRACES, "swift"),
    FileKind.CPP: Language(
        "cpp", rf"R\"(\w*)\([\s\S]*?\)\1\"|{_DOUBLE}|{_CHARACTER}", _BRACES
    ),
    FileKind.DART: Language("dart", rf"{_TRIPLES}|{_DOUBLE}|{_SINGLE}", _BRACES, "pub"),
    FileKind.RUBY: Language(
        "ruby", rf"{_DOUBLE}|{_SINGLE}|{_BACKTICKS}", rf"^=begin\b[\s\S]*?^=end\b|{_HASH}", "gem"
    ),
    FileKind.PHP: Language(
        "php", rf"{_DOUBLE}|{_SINGLE}", r"#(?!\[)[^\n]*+|//[^\n]*+|/\*[\s\S]*?\*/", "packagist"
    ),
    FileKind.R: Language("r", rf"{_DOUBLE}|{_SINGLE}", _HASH, "cran"),
    FileKind.JULIA: Language(
        "julia", rf"{_TRIPLE}|{_DOUBLE}|{_CHARACTER}",
        rf"#=[\s\S]*?=#|{_HASH}|^(?:@doc )?{_TRIPLE}", "julia",
    ),
    FileKind.ELIXIR: Language(
        "elixir", rf"{_TRIPLE}|{_DOUBLE}|{_SINGLE}",
        rf"{_HASH}|@(?:module|type)?doc\s+(?:~[a-zA-Z])?(?:{_TRIPLE}|{_DOUBLE})", "hex",
    ),
    FileKind.LUA: Language(
        "lua", rf"\[\[[\s\S]*?\]\]|{_DOUBLE}|{_SINGLE}", r"--\[\[[\s\S]*?\]\]|--[^\n]*+"
    ),
    FileKind.HCL: Language(
        "config", rf"<<-?\s*(?:\"?)([A-Z_]+)\b[\s\S]*?^\s*\1\b|{_DOUBLE}", _BOTH,
        labels=r"\s*(?::(?!:)|=|\{|\")", is_settings=True,
    ),
    FileKind.JSONNET: Language(
        "config", rf"\|\|\|[\s\S]*?\|\|\||{_TRIPLE}|{_DOUBLE}|{_SINGLE}", _BOTH, is_settings=True
    ),
    FileKind.NIX: Language(
        "config", rf"''[\s\S]*?''(?!['$\\])|{_DOUBLE}", rf"{_HASH}|/\*[\s\S]*?\*/",
        labels=r"\s*=(?!=)", is_settings=True,
    ),
    FileKind.BICEP: Language("config", rf"'''[\s\S]*?'''|{_SINGLE}", _BRACES, is_settings=True),
    FileKind.CMAKE: Language(
        "config", r"\[\[[\s\S]*?\]\]|\"(?:[^\"\\]++|\\[\s\S])*+\"|https?://[^\s\"()]++",
        rf"#\[\[[\s\S]*?\]\]|{_HASH}", is_settings=True,
    ),
}  # fmt: skip

SIGNED = frozenset(one.name for one in LANGUAGES.values() if not one.is_settings)
"""Languages in which signatures are written."""
