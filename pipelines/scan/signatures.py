"""What a loading call, key or command looks like: one TOML file a library, read once.

A file says how the library is found in manifests and imports, which of its calls load a model and
which argument names it. Its examples are tests: what they say is found, and nothing else.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError
from miner.registry import files_in, index_by_name

FOLDER = Path(__file__).parent / "signatures"


@dataclass(frozen=True, slots=True)
class CallSignature:
    """A call that loads a model, or one that takes a name which is no model.

    Attributes:
        library: Name of the signature's file.
        callee: Dotted name; ``*`` stands for any number of parts.
        hub: Where the names are published; None for calls whose names are no models.
        keywords: Keywords of the argument that names the model, best first.
        position: Its position from 0, without self; None if it is only passed by keyword.
        also: Keywords of further arguments that name a model of the same hub.
        form: How the name is put together: ``{model}``, ``{repo}:{model}``,
            ``torchvision:{callee}``. What ``{repo}`` stands for is used without its reference:
            ``owner/name:main``.
        repo: Keyword and position of the argument that ``{repo}`` stands for.
        requires: One of these arguments has to be there, and not be False or None.
        unless: The call loads no model if an argument has this value, or one of these. Outside
            Python the value counts wherever it stands in the call.
        names: What the names look like: huggingface, role (of that hub, by shape alone), shaped
            (owner/name on another hub), sure (addresses and prefixes only), address, ollama, spacy,
            timm, bundle, zoo, entry, archive, bucket, any: one method of ``NameClassifier`` each.
        own: Pattern of the names that only the library itself knows, as ``small`` or ``ViT-B/32``:
            their hub is ``other``. Empty if it has none.
        is_precise: Whether any plain name at the call is a model, without further proof. Of calls
            whose names are no models: whether that holds for a name that is loaded elsewhere, too.
        files: Languages in which the call is written; Python if empty. What other languages
            write has to end as the callee does, and keywords are fields of an object. A callee of
            one plain word is followed to names only in a file with a token of the library.
    """

    library: str
    callee: str
    hub: str | None
    keywords: tuple[str, ...] = ()
    position: int | None = None
    also: tuple[str, ...] = ()
    form: str = "{model}"
    repo: tuple[str, int] | None = None
    requires: tuple[str, ...] = ()
    unless: tuple[tuple[str, str], ...] = ()
    names: str = "huggingface"
    own: str = ""
    is_precise: bool = False
    files: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the dotted name."""
        return tuple(self.callee.split("."))


@dataclass(frozen=True, slots=True)
class AttributeSignature:
    """An object whose attributes are models: ``torchaudio.pipelines.HUBERT_BASE``.

    Attributes:
        root: Parts of the object's dotted name.
        call: What a lookup of it by name counts as.
    """

    root: tuple[str, ...]
    call: CallSignature


@dataclass(frozen=True, slots=True)
class CommandSignature:
    """A shell command that loads a model.

    Attributes:
        library: Name of the signature's file.
        words: The words that the command begins with: ``("hf", "download")``.
        hub: Where the names are published.
        options: Options whose value is the model; ``--model_args:pretrained`` for a value of the
            form ``pretrained=…,dtype=…``.
        position: Position of the model among the plain arguments, from 0; None if only by option.
        names: What the names look like.
        unless: Options whose presence says that no model is loaded, with a value or without.
        own: As of ``CallSignature``.
    """

    library: str
    words: tuple[str, ...]
    hub: str
    options: tuple[str, ...] = ()
    position: int | None = None
    names: str = "huggingface"
    unless: tuple[str, ...] = ()
    own: str = ""


@dataclass(frozen=True, slots=True)
class SignatureExample:
    """Source and what has to be found in it.

    Attributes:
        language: Suffix of the file, or its name.
        code: The source.
        models: Names that are used; empty if nothing is.
    """

    language: str
    code: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LibrarySignatures:
    """One signature file.

    Attributes:
        name: As the file is called.
        title: As the library calls itself.
        packages: Names in manifests, by ecosystem.
        tokens: What a file must contain, one of them, for any of this to apply.
        calls: Loading calls.
        attributes: Objects whose attributes are models.
        commands: Loading commands.
        files: Languages other than Python in which its names stand as plain strings.
        distinct: Pattern of names that are this library's wherever they stand, as ``yolov8n.pt``;
            empty if it has none.
        distinct_hub: Hub of these names.
        distinct_hints: What every one of them contains, one of these.
        read_from: Package and version that its tables of names were read from.
        examples: Tests.
        origin: The file.
    """

    name: str
    title: str
    packages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    calls: tuple[CallSignature, ...] = ()
    attributes: tuple[AttributeSignature, ...] = ()
    commands: tuple[CommandSignature, ...] = ()
    files: tuple[str, ...] = ()
    distinct: str = ""
    distinct_hub: str = ""
    distinct_hints: tuple[str, ...] = ()
    read_from: tuple[str, ...] = ()
    examples: tuple[SignatureExample, ...] = ()
    origin: str = ""


@cache
def libraries() -> dict[str, LibrarySignatures]:
    """Return all signature files by name.

    Raises:
        ConfigurationError: A file cannot be read, or two claim one name.
    """
    found = [_read(path) for path in files_in(FOLDER, ".toml")]
    return index_by_name(found, lambda item: item.name, lambda item: item.origin)


def _read(path: Path) -> LibrarySignatures:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        name = path.stem
        tables = content.get("tables", {})
        names = {key: "|".join(map(re.escape, table)) for key, table in tables.items()}
        return LibrarySignatures(
            name=name,
            title=content["title"],
            packages={key: tuple(value) for key, value in content.get("packages", {}).items()},
            tokens=tuple(content.get("tokens", ())),
            calls=tuple(
                call for entry in content.get("call", ()) for call in _calls(name, entry, names)
            ),
            attributes=tuple(_attribute(name, entry) for entry in content.get("attribute", ())),
            commands=tuple(_command(name, entry, names) for entry in content.get("command", ())),
            files=tuple(content.get("files", ())),
            distinct=content.get("distinct", {}).get("names", ""),
            distinct_hub=content.get("distinct", {}).get("hub", ""),
            distinct_hints=tuple(content.get("distinct", {}).get("hints", ())),
            read_from=tuple(content.get("read_from", ())),
            examples=tuple(
                SignatureExample(entry["language"], entry["code"], tuple(entry["models"]))
                for entry in content.get("example", ())
            ),
            origin=str(path),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"the signature file {path} cannot be read: {error}", next_step="correct the file"
        ) from error


def _own(entry: dict[str, Any], names: dict[str, str]) -> str:
    """Return the pattern of a library's own names: what is written, and a table of the file."""
    table = names[entry["table"]] if "table" in entry else ""
    return "|".join(part for part in (entry.get("own", ""), table) if part)


def _calls(library: str, entry: dict[str, Any], names: dict[str, str]) -> list[CallSignature]:
    callees = entry["callee"]
    argument = entry.get("argument", [])
    return [
        CallSignature(
            library=library,
            callee=callee,
            hub=entry.get("hub"),
            keywords=tuple(word for word in argument if isinstance(word, str)),
            position=next((word for word in argument if isinstance(word, int)), None),
            also=tuple(entry.get("also", ())),
            form=entry.get("form", "{model}"),
            repo=tuple(entry["repo"]) if "repo" in entry else None,
            requires=tuple(entry.get("requires", ())),
            unless=tuple(
                (key, value)
                for key, values in entry.get("unless", {}).items()
                for value in ([values] if isinstance(values, str) else values)
            ),
            names=entry.get("names", "huggingface"),
            own=_own(entry, names),
            is_precise=entry.get("precise", False),
            files=tuple(entry.get("files", ())),
        )
        for callee in ([callees] if isinstance(callees, str) else callees)
    ]


def _attribute(library: str, entry: dict[str, Any]) -> AttributeSignature:
    root = tuple(entry["root"].split("."))
    call = CallSignature(library, entry["root"], entry["hub"], names=entry.get("names", "any"))
    return AttributeSignature(root, call)


def _command(library: str, entry: dict[str, Any], names: dict[str, str]) -> CommandSignature:
    return CommandSignature(
        library=library,
        words=tuple(entry["words"].split()),
        hub=entry["hub"],
        options=tuple(entry.get("options", ())),
        position=entry.get("position"),
        names=entry.get("names", "huggingface"),
        unless=tuple(entry.get("unless", ())),
        own=_own(entry, names),
    )


@cache
def _distinct() -> re.Pattern[str]:
    groups = (
        f"(?P<{library.name}>{library.distinct})"
        for library in libraries().values()
        if library.distinct
    )
    return re.compile("|".join(groups))


@cache
def distinct_hints() -> tuple[bytes, ...]:
    """Return what a file has in it that holds a name which only one library can mean."""
    hints = {hint for library in libraries().values() for hint in library.distinct_hints}
    return tuple(hint.encode() for hint in sorted(hints))


def distinct_hub(text: str) -> str:
    """Return the hub of a name that only one library can mean; empty if it is no such name."""
    found = _distinct().fullmatch(text)
    return libraries()[found.lastgroup or ""].distinct_hub if found else ""


@cache
def attributes() -> dict[tuple[str, ...], CallSignature]:
    """Return the objects whose attributes are models, by dotted name."""
    return {
        attribute.root: attribute.call
        for library in libraries().values()
        for attribute in library.attributes
    }


@cache
def calls_by_last_part() -> dict[str, tuple[CallSignature, ...]]:
    """Return all call signatures of Python by the last part of their dotted name."""
    grouped: dict[str, list[CallSignature]] = {}
    for library in libraries().values():
        for call in library.calls:
            if call.files:
                continue
            last = call.parts[-1]
            grouped.setdefault("*" if "*" in last else last, []).append(call)
    # The most exact first: a named root before any root.
    return {
        last: tuple(sorted(calls, key=lambda call: (call.parts[0] == "*", -len(call.parts))))
        for last, calls in grouped.items()
    }


@cache
def _open_ended() -> dict[str, tuple[CallSignature, ...]]:
    """Return the signatures whose last part is a wildcard, by their first part."""
    grouped: dict[str, list[CallSignature]] = {}
    for call in calls_by_last_part().get("*", ()):
        grouped.setdefault(call.parts[0], []).append(call)
    return {first: tuple(calls) for first, calls in grouped.items()}


@lru_cache(maxsize=16_384)
def find_calls(dotted: tuple[str, ...], *, is_known: bool) -> tuple[CallSignature, ...]:
    """Return the signatures of a call: those of the library that fits best.

    Args:
        dotted: Parts of the callee, imports resolved.
        is_known: Whether the first part is an import; otherwise its own class or variable.
    """
    rest = _open_ended()
    found = [
        call
        for call in (
            *calls_by_last_part().get(dotted[-1], ()),
            *rest.get(dotted[0], ()),
            *rest.get("*", ()),
        )
        if _matches(call.parts, dotted, is_known=is_known)
    ]
    return tuple(call for call in found if call.library == found[0].library)


def _matches(pattern: tuple[str, ...], dotted: tuple[str, ...], *, is_known: bool) -> bool:
    if pattern[0] == "*" or pattern[0] == dotted[0]:
        return _fits(pattern, dotted)
    # A star import, or a name handed on by a module of the repository: a distinctive class at the
    # end is enough.
    return not is_known and pattern[-1] == dotted[-1] and _is_distinctive(pattern[-1])


def _is_distinctive(name: str) -> bool:
    """Return whether a class is called so by one library: of two words, no ``LLM``."""
    return name[:1].isupper() and sum(char.isupper() for char in name) > 1 and not name.isupper()


def _fits(pattern: tuple[str, ...], dotted: tuple[str, ...]) -> bool:
    if not pattern:
        return not dotted
    if pattern[0] == "*":
        return any(_fits(pattern[1:], dotted[start:]) for start in range(len(dotted) + 1))
    if not dotted:
        return False
    before, star, after = pattern[0].partition("*")
    part = dotted[0]
    same = part.startswith(before) and part.endswith(after) if star else before == part
    return same and _fits(pattern[1:], dotted[1:])
