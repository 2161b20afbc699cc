"""Dependencies that a repository's manifests name: they say which rules apply to its source."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from miner.pipelines.scan.site import DeclaredDependency
from miner.pipelines.sources.records.values import storable
from miner.schema.patterns import bounded

MAX_DEPENDENCIES = 5_000
_PYTHON = bounded(
    r"^\s*[\"'\-]?\s*([A-Za-z][\w.-]*)(?:\[[\w,\s.-]+\])?\s*((?:[=<>!~^]=?|@)[^\"'#;\n]*)?"
)
_QUOTED = re.compile(
    r"[\"']([A-Za-z][\w.-]*)(?:\[[\w,\s.-]+\])?\s*((?:[=<>!~]=?)[^\"';]*)?(?:;[^\"']*)?[\"']"
)
SELF = "self"  # in place of a requirement: what the repository itself is published as
_OWN_NAME = bounded(r"^\s*name\s*=\s*[\"']?([A-Za-z][\w.-]*)[\"']?\s*,?\s*$")
_REQUIRES = bounded(r"(?:require|depend|deps\b|extras)\w*[\"']?\s*\]?\s*[=:]", re.IGNORECASE)
_TOML_KEY = bounded(r"^\s*[\"']?([\w.-]+)[\"']?\s*=\s*(.+)$")
_SECTION = bounded(r"^\s*\[+([^\]]+)\]+")
_GO = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[a-z]+/[\w./-]+)\s+(v[\w.+-]+)")
_GRADLE = re.compile(r"[\"']([\w.-]+):([\w.-]+)(?::([\w.${}+-]+))?[\"']")
_MAVEN = bounded(
    r"<dependency>\s*<groupId>([^<]+)</groupId>\s*<artifactId>([^<]+)</artifactId>"
    r"(?:\s*<version>([^<]+)</version>)?"
)
_SBT = bounded(r"\"([\w.-]+)\"\s*%%?%?\s*\"([\w.-]+)\"\s*%\s*\"?([\w.-]+)\"?")
_NUGET = re.compile(
    r"<Package(?:Reference|Version)\s+(?:Include|id)=\"([\w.-]+)\"(?:\s+[Vv]ersion=\"([^\"]+)\")?"
)


def read(path: str, text: str) -> list[DeclaredDependency]:
    """Return what a manifest names, in its order.

    Args:
        path: The manifest; its name says which kind it is.
        text: Its content.
    """
    name = path.rsplit("/", 1)[-1].lower()
    if name == "package.json":
        found = _npm(text)
    elif name == "cargo.toml":
        found = _cargo(text)
    elif name == "go.mod":
        found = _by_pattern(text, _GO, "go")
    elif name in {"build.gradle", "build.gradle.kts"}:
        found = _pairs(text, _GRADLE, "maven")
    elif name == "build.sbt":
        found = _pairs(text, _SBT, "maven")
    elif name == "pom.xml":
        found = _maven(text)
    elif name in _OTHERS:
        found = _OTHERS[name](text)
    elif name.endswith(".gemspec"):
        found = _gems(text)
    elif name.endswith((".csproj", ".props", ".config")):
        found = _by_pattern(text, _NUGET, "nuget", anywhere=True)
    else:
        found = _python(name, text)
    return [
        DeclaredDependency(ecosystem, storable(package), storable(requirement) or None, path, line)
        for ecosystem, package, requirement, line in found
    ][:MAX_DEPENDENCIES]


Found = Iterator[tuple[str, str, str, int]]


def normalized(name: str) -> str:
    """Return a Python package's name as its index writes it: PEP 503."""
    return bounded(r"[-_.]+").sub("-", name).lower()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return enumerate((line[:2000] for line in text.split("\n")), 1)


def _python(name: str, text: str) -> Found:
    if name.endswith((".txt", ".in")):
        for line, content in _lines(text):
            if not content.strip() or content.lstrip().startswith(("#", "-", "http", "git+", ".")):
                continue
            if found := _PYTHON.match(content):
                yield "pypi", normalized(found.group(1)), (found.group(2) or "").strip(), line
    elif name.endswith((".yml", ".yaml")):
        for line, content in _lines(text):
            found = _PYTHON.match(content) if content.lstrip().startswith("-") else None
            if found and not content.rstrip().endswith(":"):
                yield "pypi", normalized(found.group(1)), (found.group(2) or "").strip(), line
    else:
        yield from _python_tables(name, text)


def _python_tables(name: str, text: str) -> Found:
    """pyproject.toml, Pipfile, setup.cfg, setup.py: quoted requirements, and tables of them."""
    section = ""
    is_inside = False  # a list of requirements
    for line, content in _lines(text):
        if found := _SECTION.match(content):
            section = found.group(1).lower()
            is_inside = False
            continue
        if own := _OWN_NAME.match(content):
            if section in {"", "project", "tool.poetry", "metadata"}:
                yield "pypi", normalized(own.group(1)), SELF, line
            continue
        if name == "setup.cfg":
            if content[:1].isspace() and (plain := _PYTHON.match(content)):
                yield "pypi", normalized(plain.group(1)), (plain.group(2) or "").strip(), line
            continue
        keyed = _TOML_KEY.match(content)
        if (
            keyed
            and ("dependencies" in section or "packages" in section)
            and not keyed.group(2).startswith("[")
        ):
            yield "pypi", normalized(keyed.group(1)), keyed.group(2).strip(" \"'")[:100], line
            continue
        opens = _REQUIRES.search(content) is not None or "dependenc" in section
        if opens or is_inside:
            for quoted in _QUOTED.finditer(content.partition("=")[2] if opens else content):
                yield "pypi", normalized(quoted.group(1)), (quoted.group(2) or "").strip(), line
            is_inside = "]" not in content.rpartition("[")[2] if opens else "]" not in content


def _npm(text: str) -> Found:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    for group in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"):
        entries = content.get(group) if isinstance(content, dict) else None
        for name, requirement in entries.items() if isinstance(entries, dict) else ():
            place = text.find(f'"{name}"')
            yield "npm", str(name), str(requirement)[:100], text.count("\n", 0, max(place, 0)) + 1


def _cargo(text: str) -> Found:
    section = ""
    for line, content in _lines(text):
        if found := _SECTION.match(content):
            section = found.group(1)
            if (named := bounded(r"dependencies\.([\w-]+)$").search(section)) is not None:
                yield "crates", named.group(1), "", line
        elif "dependencies" in section and (keyed := _TOML_KEY.match(content)):
            if section.endswith("dependencies"):
                yield "crates", keyed.group(1), keyed.group(2).strip(" \"'")[:100], line
        elif section == "package" and (
            keyed := bounded(r'^\s*name\s*=\s*"([\w-]+)"').match(content)
        ):
            yield "crates", keyed.group(1), SELF, line


def _by_pattern(
    text: str, pattern: re.Pattern[str], ecosystem: str, *, anywhere: bool = False
) -> Found:
    for line, content in _lines(text):
        found = pattern.search(content) if anywhere else pattern.match(content)
        if found:
            yield ecosystem, found.group(1), found.group(2) or "", line


def _pairs(text: str, pattern: re.Pattern[str], ecosystem: str) -> Found:
    for line, content in _lines(text):
        for found in pattern.finditer(content):
            yield ecosystem, f"{found.group(1)}:{found.group(2)}", found.group(3) or "", line


def _maven(text: str) -> Found:
    for found in _MAVEN.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield "maven", f"{found.group(1)}:{found.group(2)}", found.group(3) or "", line


def _matches(pattern: re.Pattern[str], ecosystem: str, text: str) -> Found:
    for line, content in _lines(text):
        for found in pattern.finditer(content):
            yield ecosystem, found.group(1).lower(), found.group(2) or "", line


_SWIFT = bounded(
    r"\.package\([^)\n]*url:\s*\"https?://(?:www\.)?([^\"\s]+?)(?:\.git)?\""
    r"(?:[^\"\n]*\"([\w.-]+)\")?"
)
_GEM = bounded(r"^\s*(?:gem|\w+\.add_(?:\w+_)?dependency)[ (]+[\"']([\w.-]+)[\"']"
               r"(?:,\s*[\"']([^\"']+)[\"'])?")  # fmt: skip
_MIX = bounded(r"\{:(\w+),\s*(?:\"([^\"]+)\")?")
_PUB = bounded(r"^  ([a-z_]\w*):\s*([^#\n]*)$")
_CRAN = bounded(r"([A-Za-z][\w.]*)\s*(?:\(([^)]*)\))?")


def _swift(text: str) -> Found:
    return _matches(_SWIFT, "swift", text)


def _gems(text: str) -> Found:
    return _matches(_GEM, "gem", text)


def _mix(text: str) -> Found:
    return _matches(_MIX, "hex", text)


def _pub(text: str) -> Found:
    section = ""
    for line, content in _lines(text):
        if content[:1].isalpha():
            section = content.partition(":")[0]
        elif section.endswith("dependencies") and (found := _PUB.match(content)):
            yield "pub", found.group(1), found.group(2).strip(), line


def _composer(text: str) -> Found:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return
    for group in ("require", "require-dev"):
        entries = content.get(group) if isinstance(content, dict) else None
        for name, requirement in entries.items() if isinstance(entries, dict) else ():
            place = max(text.find(f'"{name}"'), 0)
            line = text.count("\n", 0, place) + 1
            yield "packagist", str(name).lower(), str(requirement)[:100], line


def _description(text: str) -> Found:
    """The fields of a package of R that name others; another file of that name has none."""
    field = ""
    for line, content in _lines(text):
        named = content.partition(":") if content[:1].isalpha() else (field, "", content)
        field = named[0]
        if field in {"Imports", "Depends", "Suggests", "LinkingTo"}:
            for found in _CRAN.finditer(named[2]):
                yield "cran", found.group(1), (found.group(2) or "").strip(), line


def _julia(text: str) -> Found:
    section = ""
    for line, content in _lines(text):
        if found := _SECTION.match(content):
            section = found.group(1)
        elif section in {"deps", "extras", "weakdeps"} and (keyed := _TOML_KEY.match(content)):
            yield "julia", keyed.group(1), "", line


_OTHERS: dict[str, Callable[[str], Found]] = {
    "package.swift": _swift,
    "gemfile": _gems,
    "mix.exs": _mix,
    "pubspec.yaml": _pub,
    "composer.json": _composer,
    "description": _description,
    "project.toml": _julia,
}
