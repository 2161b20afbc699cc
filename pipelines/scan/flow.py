"""How names travel inside a repository, as one file tells it and as all files together do.

A file is reduced to texts, to nodes they come from and go to, and to the loads at which a name is
used. A node is one of

====================================  ==========================================================
``("p", path, function, parameter)``  a parameter of a function or class defined in a file
``("a", callee, key)``                an argument at calls of this name; key is ``#0`` or a keyword
``("k", name)``                       whatever is called so anywhere: an attribute, a command line
                                      option, a key of a config, an environment variable
``("k", name, path)``                 the same, of a name too common to leave its file
``("v", path, name)``                 a variable of a file's top level
``("i", module, name, path)``         a name that a file imports from a module of the repository
``("r", function)``                   what a function of this name returns
====================================  ==========================================================

Everything is small and can be pickled; no syntax tree outlives its file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from miner.pipelines.scan.signatures import CallSignature

T = TypeVar("T")
Node = tuple[str, ...]
MAX_NAMES = 10_000
"""Of one kind in one file: what has more is a list of models, or long on purpose."""
FLAG = "flag"  # the kind of a text that is True, False or None, and no name


@dataclass(frozen=True, slots=True)
class SourceString:
    """A string of the source that could be a name.

    Attributes:
        text: As written.
        line: From 1, in the file as it is.
        kind: As in ``ScannedSite``.
        path: The file.
    """

    text: str
    line: int
    kind: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """Where a value comes from, and what is put before and after it on the way."""

    what: SourceString | Node
    prefix: str = ""
    suffix: str = ""

    def wrapped(self, prefix: str, suffix: str) -> ValueOrigin:
        """Return this origin with more around it."""
        if not prefix and not suffix:
            return self
        return replace(self, prefix=prefix + self.prefix, suffix=self.suffix + suffix)


@dataclass(frozen=True, slots=True)
class LoadingCall:
    """A loading call, and where its name comes from.

    Attributes:
        signature: What it matched.
        api: The dotted callee.
        line: Line of the call.
        path: The file.
        argument: The expression that names the model, as written.
        origins: Where the name comes from; empty if nothing is known of it.
        prefix: Put before the name, as the repository of a PyTorch Hub entry.
        suffix: Put after it.
        required: Where the argument comes from that says whether weights are loaded; empty if there
            is none or it is a constant that says so.
        is_mock: Whether the call is one of a test against a mocked service.
        revision: The revision that the call names, None: none that is known.
    """

    signature: CallSignature
    api: str
    line: int
    path: str
    argument: str
    origins: tuple[ValueOrigin, ...]
    prefix: str = ""
    suffix: str = ""
    required: tuple[ValueOrigin, ...] = ()
    is_mock: bool = False
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A string that could be the name of a model, with the names under which it stands.

    Attributes:
        text: The string.
        names: From the outermost to the innermost: variable, keys, keyword; or the callee.
        place: What it is to its surroundings: value, key, argument, default, check, option, list.
        context: What else speaks for it: the callee, the command.
    """

    text: SourceString
    names: tuple[str, ...]
    place: str = "value"
    context: str = ""


class Capped(list[T]):
    """A list with a maximum length that counts the rest, so that no file fills the memory.

    Attributes:
        cut: Items beyond the maximum, counted and not stored.
    """

    cut = 0

    @property
    def is_full(self) -> bool:
        """Whether the next item is only counted."""
        return len(self) >= MAX_NAMES

    def append(self, item: T) -> None:
        """Append one item, or count it."""
        if self.is_full:
            self.cut += 1
        else:
            super().append(item)

    def extend(self, items: Iterable[T]) -> None:
        """Append some items; those that another capped list left out count too."""
        for item in items:
            self.append(item)
        self.cut += items.cut if isinstance(items, Capped) else 0

    def __iadd__(self, items: Iterable[T]) -> Self:  # type: ignore[override,misc] # as extend
        """Append some items."""
        self.extend(items)
        return self


@dataclass(slots=True)
class FileSummary:
    """What one file says.

    Attributes:
        path: The file.
        blob_sha: Its git blob sha.
        candidates: Strings that are hub-shaped by themselves.
        loads: Loading calls.
        flows: Where values go: destination and origin.
        parameters: Of functions and classes defined here: node of the parameter → the call-argument
            nodes under which callers reach it.
        others: Line and text of strings known to be no model's name, as the repository in
            ``torch.hub.load(repository, entry)``.
        mentions: Strings in comments, docstrings, prose.
        libraries: Roots of what the file imports.
        state: parsed, as-text, or dense (too much code to be parsed: read by lines).
        is_mocked: Whether it is a test against a mocked service.
    """

    path: str
    blob_sha: str
    candidates: Capped[Candidate] = field(default_factory=Capped)
    loads: Capped[LoadingCall] = field(default_factory=Capped)
    flows: list[tuple[Node, ValueOrigin]] = field(default_factory=list)
    parameters: dict[Node, tuple[Node, ...]] = field(default_factory=dict)
    others: set[tuple[int, str]] = field(default_factory=set)
    mentions: Capped[SourceString] = field(default_factory=Capped)
    libraries: set[str] = field(default_factory=set)
    state: str = "parsed"
    is_mocked: bool = False

    @property
    def cut(self) -> int:
        """How many names were left out, because the file has more than are kept."""
        return self.candidates.cut + self.loads.cut + self.mentions.cut
