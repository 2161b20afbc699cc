"""Reads configs by key path: YAML, JSON, TOML, XML, INI and .env; commands inside as shell."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import yaml

from miner.pipelines.scan import model_names, name_words
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import Candidate, FileSummary, SourceString, ValueOrigin
from miner.pipelines.scan.readers import config_targets, ollama_names, plain_text, shell
from miner.pipelines.scan.signatures import distinct_hub
from miner.schema.patterns import bounded

MAX_YAML = 1024 * 1024
MAX_NODES = 200_000
MAX_DEPTH = 40
Entry = tuple[tuple[str, ...], str, int]
"""Key path, value, line from 1."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMANDS = frozenset(
    {"command", "cmd", "run", "script", "args", "entrypoint", "shell", "exec", "extraargs", "steps",
     "execstart", "execstartpre", "before_script", "after_script", "test", "setup", "install"}
)  # fmt: skip
_SURELY = re.compile(r"model|tokenizer|encoder|checkpoint|pretrained|processor", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][\w.-]*")
_ASSIGNED = bounded(r"([A-Za-z_]\w*)=([^\s=]+)")
_DEFAULT = bounded(r"\$\{\w+:?[-:]([^{}$]+)\}")  # ``${MODEL:-…}``, and Spring's ``${MODEL:…}``
_PROVIDER = re.compile(r"provider|backend|type|engine|service|vendor|llm$|api$", re.IGNORECASE)
_DESCRIPTION = bounded(r"^[\s{]*[\"']?(?:openapi|swagger)[\"']?\s*:", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(?:#|//|;)\s?(.*)$")
_KEY_VALUE = bounded(
    r"""^(\s*)(?:-\s+)*["']?([\w.\-/]+)["']?\s*(?::|=)\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#"'][^#\n]*?))\s*(?:[,#].*)?$"""
)
_ITEM = re.compile(r"""^(\s*)-\s+["']?([^\s"'#:]+(?::[^\s"'#]+)?)["']?\s*(?:#.*)?$""")
_REMARK = bounded(r"(?:^|\s)#(.*)")
_BLANK = re.compile(r"\s")
_HEADER = bounded(r"""^(\s*)(?:-\s+)?["']?([\w.\-]+)["']?\s*:\s*(?:[|>&][\w+-]*)?\s*$""")
_QUOTED = bounded(r"""["']([^"']+)["']""")
_PAIR = bounded(r"""["']?([\w-]+)["']?\s*[:=]\s*["']([^"']+)["']""")
_EXPORT = re.compile(r"^\s*export\s+")
_SECTION = bounded(r"^\s*\[+\s*([^\]]+?)\s*\]+\s*$")


def read(path: str, text: str, blob_sha: str, file_kind: FileKind) -> FileSummary:
    """Return what a config says.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
        file_kind: yaml, json, toml, xml or ini.
    """
    summary = FileSummary(path, blob_sha)
    entries, summary.state = _entries(text, file_kind)
    entries = _with_names(entries)
    images = _images(entries)
    is_data = name_words.says_dataset((path.rsplit("/", 1)[-1],))
    for keys, value, line in entries:
        if is_data and not _SURELY.search(keys[-1] if keys else ""):
            continue  # a list of datasets calls them as models are called
        if (keys, line) not in images:
            _entry(summary, keys, value, line)
    _ollama(summary, entries, path)
    config_targets.add(summary, entries)
    is_listing = file_kind is FileKind.JSON and '"downloads"' in text and '"likes"' in text
    if is_listing or _is_model_index(entries) or _DESCRIPTION.search(text, 0, 4000):
        # What an interface is like, with models as examples of what a caller may give; what a
        # hub answered, kept as it came; or what a library offers.
        summary.candidates[:] = [replace(one, place="check") for one in summary.candidates]
        summary.flows = []
    if file_kind is not FileKind.JSON:
        _comments(summary, text)
    return summary


def _entries(text: str, file_kind: FileKind) -> tuple[list[Entry], str]:
    if file_kind is FileKind.YAML:
        try:
            return list(_yaml(text)), "parsed"
        except (yaml.YAMLError, ValueError, RecursionError, AttributeError):
            return list(_lines(text)), "by-lines"  # a template, as those of Helm
    if file_kind is FileKind.JSON:
        return list(_json(text)), "parsed"
    if file_kind is FileKind.XML:
        return list(_xml(text)), "parsed"
    return list(_lines(text)), "by-lines"


def _is_model_index(entries: list[Entry]) -> bool:
    """Return whether a config lists published models with their results.

    So do ``metafile.yml`` and ``model-index.yml``, in the form of Papers with Code.
    """
    keys = {key for path, _, _ in entries for key in path}
    return "Weights" in keys and len(keys & {"Results", "Metadata", "In Collection", "Config"}) > 1


def _with_names(entries: list[Entry]) -> list[Entry]:
    """Return the entries with what a list of pairs or of assignments names put into the keys.

    ``{name: MODEL_ID, value: …}`` and ``MODEL_ID=…``, as environments of containers are written;
    the default of an input of an action is what the input is.
    """
    found: list[Entry] = []
    named_variable: tuple[tuple[str, ...], str, int] = ((), "", -9)
    for keys, value, line in entries:
        last = keys[-1].lower() if keys else ""
        group = keys[:-1]
        named, whole = keys, value
        if last in {"name", "key"} and _VARIABLE.fullmatch(value):
            named_variable = (group, value, line)
        elif last == "value" and named_variable[0] == group and 0 <= line - named_variable[2] <= 2:
            named = (*group, named_variable[1])
        elif last == "default" and group[-2:-1] == ("inputs",):
            named = group  # of an action or a workflow
        elif "=" in value and (assigned := _ASSIGNED.fullmatch(value)):
            named, whole = (*keys, assigned.group(1)), assigned.group(2)
        default = _DEFAULT.fullmatch(whole) if whole.startswith("${") else None
        found += [(named, part, line) for part in _parts(default.group(1) if default else whole)]
    return found


def _parts(value: str) -> list[str]:
    """Return the names that a value lists with commas, as a sweep does, or the value."""
    parts = [part.strip() for part in value.split(",")] if "/" in value else []
    return parts if len(parts) > 1 and all(map(model_names.is_shaped, parts)) else [value]


def _images(entries: list[Entry]) -> set[tuple[tuple[str, ...], int]]:
    """Return the entries that name an image of a container: a repository beside its tag."""
    tags = {(keys[:-1], line) for keys, _, line in entries if keys[-1:] and _is_tag(keys[-1])}
    if not tags:
        return set()
    return {
        (keys, line)
        for keys, _, line in entries
        if keys
        and keys[-1].lower() in {"repository", "repo", "name", "image"}
        and any((keys[:-1], near) in tags for near in range(line - 4, line + 5))
    }


def _is_tag(key: str) -> bool:
    return key.lower() in {"tag", "pullpolicy", "imagepullpolicy", "digest"}


def _providers(entries: list[Entry]) -> set[tuple[str, ...]]:
    """Return the groups of keys of which Ollama is the provider."""
    return {
        keys[:-1]
        for keys, value, _ in entries
        if keys and value.lower().endswith("ollama") and _PROVIDER.search(keys[-1])
    }


_NO_MODELS = frozenset(
    {"metadata", "networks", "volumes", "depends_on", "container_name", "hostname", "links"}
)
"""Keys under which a service has names of its own."""


def _ollama(summary: FileSummary, entries: list[Entry], path: str) -> None:
    groups = _providers(entries)
    for keys, value, line in entries:
        if not keys or not _NO_MODELS.isdisjoint(keys) or not model_names.is_ollama_family(value):
            continue
        in_group = any(keys[:depth] in groups for depth in range(1, len(keys)))
        if in_group or keys[:-1] in groups or ollama_names.says_ollama((path, *keys)):
            text = SourceString(value, line, "config", path)
            found = ollama_names.load(text, keys)
            if found is not None:
                summary.loads.append(found)


def _entry(summary: FileSummary, keys: tuple[str, ...], value: str, line: int) -> None:
    if (" " in value or "\n" in value or value.startswith("-")) and any(
        map(_is_command, keys[-3:])
    ):
        nested = shell.read(summary.path, value, summary.blob_sha, kind="config", first_line=line)
        summary.candidates += nested.candidates
        summary.loads += nested.loads
        summary.flows += nested.flows
        return
    if "\n" in value:
        _embedded(summary, keys, value, line)
        return
    value = value.strip()
    if not 1 < len(value) <= 400 or " " in value:
        return
    text = SourceString(value, line, "config", summary.path)
    key = next((name for name in reversed(keys) if not name.isdigit()), "")
    if key:
        node = ("k", key, summary.path) if name_words.is_common(key) else ("k", key)
        summary.flows.append((node, ValueOrigin(text)))
        if "." in key:
            summary.flows.append((("k", key.rsplit(".", 1)[-1]), ValueOrigin(text)))
    if (
        model_names.is_shaped(value)
        or model_names.is_legacy(value)
        or model_names.is_spacy(value)
        or model_names.read_sure(value) is not None
        or distinct_hub(value)
    ):
        is_origin = keys[-1:] == ("_name_or_path",)  # what a model that was saved came from
        names = _with_group(summary.path, keys)
        summary.candidates.append(Candidate(text, names, "check" if is_origin else "value"))


@lru_cache(maxsize=4096)
def _is_command(key: str) -> bool:
    """Return whether what stands under a key is a command."""
    return key.lower().lstrip("-").replace("_", "") in _COMMANDS


def _with_group(path: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys with the folder of a config before them, where it is all that says a model.

    Configs that are chosen from a group lie in a folder of its name: ``config/model/small.yaml``.
    """
    folder = path.rpartition("/")[0].rpartition("/")[2].lower()
    is_group = folder in _GROUPS and path.endswith((".yaml", ".yml"))
    if is_group and name_words.says_path(keys) is name_words.Says.NOTHING:
        return (folder, *keys)
    return keys


_GROUPS = frozenset({"model", "llm", "encoder", "tokenizer", "backbone", "embedder", "reranker"})


def _embedded(summary: FileSummary, keys: tuple[str, ...], value: str, line: int) -> None:
    """A config or script inside a string, as in a ConfigMap: by lines."""
    for inner, found, offset in _lines(value):
        _entry(summary, (*keys, *inner), found, line + offset - 1)
    nested = shell.read(summary.path, value, summary.blob_sha, kind="config", first_line=line)
    summary.loads += nested.loads


def _comments(summary: FileSummary, text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if "#" in line and (found := _REMARK.search(line)):
            summary.mentions += plain_text.mentions_in(found.group(1), number, summary.path)


# --- YAML


def _yaml(text: str) -> Iterator[Entry]:
    if len(text) > MAX_YAML:
        raise ValueError("too long for a parser")
    budget = [MAX_NODES]
    seen: set[int] = set()
    for document in yaml.compose_all(text, _Loader):
        if document is not None:
            yield from _node(document, _kind(document), seen, budget)


def _kind(document: yaml.Node) -> tuple[str, ...]:
    """Return what a manifest describes: the parameters of a ``Model`` give its name."""
    if not isinstance(document, yaml.MappingNode):
        return ()
    top = {
        key.value: value.value
        for key, value in document.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    return (str(top["kind"]),) if "kind" in top and "apiVersion" in top else ()


def _node(
    node: yaml.Node, keys: tuple[str, ...], seen: set[int], budget: list[int]
) -> Iterator[Entry]:
    budget[0] -= 1
    if budget[0] < 0 or len(keys) > MAX_DEPTH:
        raise ValueError("too many nodes")
    if isinstance(node, yaml.ScalarNode):
        # A block scalar begins on the line after its mark.
        below = 1 if node.style in {"|", ">"} else 0
        yield keys, str(node.value), node.start_mark.line + 1 + below
        return
    if id(node) in seen:  # an alias: what it stands for was read where it is anchored
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if model_names.is_shaped(name):
                yield (*keys, "keys"), name, key.start_mark.line + 1
            yield from _node(value, (*keys, name), seen, budget)
    elif isinstance(node, yaml.SequenceNode):
        yield from _sequence(node, keys, seen, budget)


def _sequence(
    node: yaml.SequenceNode, keys: tuple[str, ...], seen: set[int], budget: list[int]
) -> Iterator[Entry]:
    scalars = [
        item
        for item in node.value
        if isinstance(item, yaml.ScalarNode) and "\n" not in str(item.value).strip()
    ]
    if any(str(item.value).startswith("-") for item in scalars) and len(scalars) > 1:
        # Arguments of a command: an option and its value may be two items.
        yield from _arguments(scalars, keys)
        for item in node.value:
            if item not in scalars:  # a script, as after ``sh -c``
                yield from _node(item, (*keys, "args"), seen, budget)
        return
    for item in node.value:
        yield from _node(item, keys, seen, budget)


def _arguments(scalars: list[yaml.ScalarNode], keys: tuple[str, ...]) -> Iterator[Entry]:
    # One raw line an item, joined by backslashes, so that lines stay right.
    first = scalars[0].start_mark.line
    lines: list[str] = []
    for item in scalars:
        while len(lines) < item.start_mark.line - first:
            lines.append("\\")
        value = str(item.value)
        piece = value if not _BLANK.search(value) or "\n" in value else f'"{value}"'
        piece = piece.replace("\n", " ")
        if len(lines) > item.start_mark.line - first:
            lines[-1] = lines[-1].removesuffix("\\") + f" {piece} \\"
        else:
            lines.append(piece + " \\")
    yield (*keys, "args"), "\n".join(lines).removesuffix("\\") + " ", first + 1


# --- JSON

# A string, and whether it is a key; a comment; a mark; anything else.
_JSON_TOKEN = re.compile(
    r'"([^"\\\n]*(?:\\.[^"\\\n]*)*)"(?=(\s{0,19}:)?)|//[^\n]*|/\*.*?\*/|[{}\[\],:]|[^\s{}\[\],:"]+',
    re.DOTALL,
)


def _json(text: str) -> Iterator[Entry]:
    """Read tokens, not values: lines are wanted, comments are allowed, broken ends do no harm."""
    keys: list[str] = []
    named: tuple[str, ...] = ()  # the keys that have a name
    pending: str | None = None
    line, seen_to = 1, 0
    for token in itertools.islice(_JSON_TOKEN.finditer(text), MAX_NODES):
        value, colon = token.groups()
        if value is None:
            mark = token.group()
            if mark == ",":
                pending = None
            elif mark in "{[":
                keys.append(pending or "")
                named, pending = _named(keys), None
            elif mark in "}]":
                del keys[-1:]
                named, pending = _named(keys), None
            continue
        if "\\" in value:
            value = value.replace("\\/", "/").replace('\\"', '"')
        line += text.count("\n", seen_to, token.start())
        seen_to = token.start()
        if colon is not None:
            pending = value
            if model_names.is_shaped(value):
                yield (*named, "keys"), value, line
        else:
            yield (*named, pending) if pending else named, value, line


def _named(keys: list[str]) -> tuple[str, ...]:
    return tuple(key for key in keys[-MAX_DEPTH:] if key)


# --- XML

_ELEMENT = bounded(r"<([\w.:-]+)(?:\s[^<>]*)?>\s*([^<>\s]+)\s*</|\b([\w.:-]+)=\"([^\"]+)\"")


def _xml(text: str) -> Iterator[Entry]:
    """Read elements that hold one word, and attributes."""
    line, seen_to = 1, 0
    for found in itertools.islice(_ELEMENT.finditer(text), MAX_NODES):
        line += text.count("\n", seen_to, found.start())
        seen_to = found.start()
        key, value = (found.group(1), found.group(2)) if found.group(1) else found.groups()[2:]
        yield (key,), value, line


# --- lines


def _lines(text: str) -> Iterator[Entry]:
    """Read ``key: value``, ``key = value`` and list items line by line, keys by indentation."""
    stack: list[tuple[int, str]] = []
    section: tuple[str, ...] = ()
    for number, raw in enumerate(text.split("\n"), 1):
        if len(raw) > 4000 or _COMMENT.match(raw):
            continue
        line = _EXPORT.sub("", raw)
        if found := _SECTION.match(line):
            section = tuple(found.group(1).replace('"', "").split("."))[-MAX_DEPTH:]
            stack = []
            continue
        indent = len(line) - len(line.lstrip())
        if header := _HEADER.match(line):
            stack = [item for item in stack if item[0] < indent]
            stack.append((indent, header.group(2)))
            continue
        above = tuple(
            name for depth, name in stack if depth < indent or line.lstrip().startswith("-")
        )
        if found := _KEY_VALUE.match(line):
            value = next((group for group in found.groups()[2:] if group is not None), "")
            yield from _value((*section, *above, found.group(2)), value, number)
        elif found := _ITEM.match(line):
            yield (*section, *above), found.group(2), number


def _value(keys: tuple[str, ...], value: str, number: int) -> Iterator[Entry]:
    value = value.strip().rstrip(",")
    if value.startswith("["):
        for item in _QUOTED.finditer(value):
            yield keys, item.group(1), number
    elif value.startswith("{"):
        for pair in _PAIR.finditer(value):
            yield (*keys, pair.group(1)), pair.group(2), number
    else:
        yield keys, value.strip("\"'"), number
