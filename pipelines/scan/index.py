"""The repository as a whole: from a load back to the texts that reach it, over all files.

By bare names, without types: two functions, classes, attributes, options or keys of the same name
count as one, unless the name is too common to leave its file. That is what two thirds of all loads
need, whose argument is a parameter or an attribute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from miner.pipelines.scan import name_words
from miner.pipelines.scan.flow import (
    FLAG,
    FileSummary,
    LoadingCall,
    Node,
    SourceString,
    ValueOrigin,
)
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.sources.faults import Faults

MAX_STEPS = 4_000  # nodes visited for one load
MAX_HOPS = 14
MAX_FLOWS = 400_000  # of one repository

# Functions of these names are many; they are the same only inside one file or by their class.
_MANY = words_in(
    "load get run forward call create build init add set update apply main from_pretrained "
    "__init__ make open read start process setup handle execute generate predict encode "
    "transform fit test train evaluate chat invoke register append show list pull push copy "
    "delete embed ps config __call__ parse new wrapper decorator inner func fn default value "
    "name model"
)


def _called(summaries: list[FileSummary]) -> set[str]:
    """Return the names under which functions and classes of the repository are called."""
    return {
        caller[1]
        for summary in summaries
        for callers in summary.parameters.values()
        for caller in callers
    } | {
        origin.what[1]
        for summary in summaries
        for _, origin in summary.flows
        if not isinstance(origin.what, SourceString) and origin.what[0] == "a"
    }


class Index:
    """Flows of all files of a repository, asked backwards.

    Args:
        summaries: One a file.
        faults: Counts files that cannot be followed.
    """

    def __init__(self, summaries: Iterable[FileSummary], faults: Faults | None = None) -> None:
        self._into: dict[Node, list[ValueOrigin]] = defaultdict(list)
        self._parameters: dict[Node, tuple[Node, ...]] = {}
        self._modules: dict[str, list[str]] = defaultdict(list)
        self._memo: dict[Node, list[tuple[SourceString, str, str]]] = {}
        self._visited: set[Node] = set()
        self.is_full = False
        self._count = 0
        faults = Faults() if faults is None else faults
        summaries = list(summaries)
        called = _called(summaries)
        for summary in summaries:
            with faults.of(summary.path):
                self._add(summary, called)

    def _add(self, summary: FileSummary, called: set[str]) -> None:
        self._parameters.update(summary.parameters)
        self._add_module(summary.path)
        for node, origin in summary.flows:
            if node[0] == "a" and node[1] not in called:
                continue  # nothing of the repository is called so
            self._count += 1
            if self._count > MAX_FLOWS:
                self.is_full = True
                return
            self._into[self._local(node, summary.path)].append(origin)

    def _add_module(self, path: str) -> None:
        if path.endswith(".py"):
            parts = PurePosixPath(path.removesuffix(".py").removesuffix("/__init__")).parts
            if parts:  # a file called "..py" has no module's name
                self._modules[parts[-1]].append(path)

    @staticmethod
    def _local(node: Node, path: str) -> Node:
        """Keep calls of a common name to their file."""
        if node[0] == "a" and node[1] in _MANY:
            return (*node, path)
        return node

    def texts(self, load: LoadingCall) -> list[tuple[SourceString, str, bool]]:
        """Return the texts that reach a load.

        Returns:
            The text, the whole name that it makes there, and whether it stands in the same file
            and needed no name of the repository to get there.
        """
        found: list[tuple[SourceString, str, bool]] = []
        for origin in load.origins:
            if isinstance(origin.what, SourceString):
                found.append((origin.what, origin.prefix + origin.what.text + origin.suffix, True))
                continue
            for text, prefix, suffix in self._reached(origin.what):
                if text.kind != FLAG:
                    whole = origin.prefix + prefix + text.text + suffix + origin.suffix
                    found.append((text, whole, False))
        return found

    def texts_under(self, key: str) -> Iterator[str]:
        """Return the texts that reach whatever is called so in any file.

        Args:
            key: Name of an attribute, an option or a key of a config.
        """
        for text, prefix, suffix in self._reached(("k", key)):
            yield prefix + text.text + suffix

    def is_own(self, callee: str) -> bool:
        """Return whether a method that is called belongs to a class of the repository itself."""
        module = callee.split(".")[:-2]
        return len(module) > 1 and bool(self._files(".".join(module)))

    def is_switched_off(self, load: LoadingCall) -> bool:
        """Return whether all that is known of the flag of a load says that it loads no weights."""
        values: set[str] = set()
        for origin in load.required:
            if isinstance(origin.what, SourceString):
                values.add(origin.what.text.lower())
            else:
                values |= {text.text.lower() for text, _, _ in self._reached(origin.what)}
        return bool(values) and values <= {"false", "none", "null", "no", "0"}

    def _reached(self, start: Node) -> list[tuple[SourceString, str, str]]:
        if start in self._memo:
            return self._memo[start]
        found: list[tuple[SourceString, str, str]] = []
        seen = {start}
        queue: list[tuple[Node, str, str, int]] = [(start, "", "", 0)]
        while queue and len(seen) < MAX_STEPS:
            node, prefix, suffix, hops = queue.pop(0)
            for origin in self._origins(node):
                before, after = prefix + origin.prefix, origin.suffix + suffix
                if isinstance(origin.what, SourceString):
                    found.append((origin.what, before, after))
                elif origin.what not in seen and hops < MAX_HOPS:
                    seen.add(origin.what)
                    queue.append((origin.what, before, after, hops + 1))
        self._memo[start] = found
        self._visited |= seen
        return found

    def asked_for(self) -> tuple[set[str], set[str]]:
        """Return the names of functions and of keys through which a name could still come.

        Only names that are distinct all over a repository; what was asked with
        ``texts`` so far counts. A parameter or key that is called as no model is, as
        ``hidden_states``, is not followed.
        """
        functions: set[str] = set()
        keys: set[str] = set()
        for node in self._visited:
            if node[0] == "p" and name_words.could_name(node[3]):
                functions |= {
                    caller[1]
                    for caller in self._parameters.get(node, ())
                    if caller[1] not in _MANY and "." not in caller[1]
                }
            elif node[0] == "k" and len(node) == 2 and name_words.could_name(node[1]):
                keys.add(node[1])
        return functions, keys

    def _origins(self, node: Node) -> Iterator[ValueOrigin]:
        yield from self._into.get(node, ())
        for equal in self._equal(node):
            yield ValueOrigin(equal)

    def _equal(self, node: Node) -> Iterator[Node]:
        """Return the nodes that stand for the same thing under another name."""
        kind = node[0]
        if kind == "p":
            path = node[1]
            for caller in self._parameters.get(node, ()):
                yield self._local(caller, path)
                if "." in caller[1]:
                    yield caller
            yield self._key(node[3], path)
        elif kind == "v":
            # A notebook stands alone: what another one calls alike is something else.
            is_alone = node[1].endswith(".ipynb")
            yield ("k", node[2], node[1]) if is_alone else self._key(node[2], node[1])
        elif kind == "i":
            yield from (("v", path, node[2]) for path in self._files(node[1]))
            yield self._key(node[2], node[3])
        elif kind == "k" and len(node) == 2 and node[1].isupper():
            yield ("k", node[1].lower())

    @staticmethod
    def _key(name: str, path: str) -> Node:
        return ("k", name, path) if name_words.is_common(name) else ("k", name)

    def _files(self, module: str) -> list[str]:
        """Return the files that a dotted module can be, wherever it is imported."""
        parts = [part for part in module.split(".") if part]
        if not parts:
            return []
        tail = "/".join(parts)
        return [
            path
            for path in self._modules.get(parts[-1], ())
            if f"/{path}".removesuffix(".py").removesuffix("/__init__").endswith("/" + tail)
        ][:4]
