"""Reads Python: loads, what reaches them, and strings that are called a model."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import PurePosixPath

from miner.pipelines.scan import file_kinds, model_names, name_words
from miner.pipelines.scan.data_sites import LIBRARY as DATA_LIBRARY
from miner.pipelines.scan.flow import (
    FileSummary,
    LoadingCall,
    Node,
    SourceString,
    ValueOrigin,
)
from miner.pipelines.scan.name_words import words_in
from miner.pipelines.scan.readers import (
    python_builders,
    python_commands,
    python_flags,
    python_nodes,
    python_strings,
    shell,
)
from miner.pipelines.scan.readers.python_givers import Givers
from miner.pipelines.scan.readers.python_parse import parse
from miner.pipelines.scan.readers.python_scopes import CodeScope, Module, walk
from miner.pipelines.scan.readers.python_values import Values
from miner.pipelines.scan.revisions import read_revision
from miner.pipelines.scan.signatures import (
    CallSignature,
    attributes,
    distinct_hints,
    find_calls,
)

MAX_FLOWS = 20_000  # of one file
MAX_CHOSEN = 64  # that one callee can stand for
_SHAPED = re.compile(
    rb"""["'][A-Za-z0-9][\w.:@-]{0,200}[/:][\w./:@-]{1,400}["']|_(?:sm|md|lg|trf)["']"""
)
_MOCKED = re.compile(
    r"httpserver|requests_mock|responses\.|respx|MagicMock|mock\.patch|@patch|mocker|monkeypatch"
    r"|unittest\.mock|AsyncMock|Mock\("
)
# A callee of these is never a function of the repository.
_FOREIGN_CALLS = words_in(
    "print len range isinstance append extend join format int float bool zip enumerate super "
    "open getattr hasattr setattr sum any all type round abs map filter items keys values "
    "update insert remove pop startswith endswith strip split replace encode decode "
    "add_argument parse_args debug info warning error exception sleep cuda to eval train half "
    "float zeros ones tensor arange cat stack view reshape permute squeeze unsqueeze numpy "
    "array mean astype exists isdir isfile makedirs mkdir dumps loads dump write read readlines "
    "sort lower upper"
)
# Nor of what is imported from these.
_FOREIGN_ROOTS = words_in(
    "torch numpy tensorflow jax flax math os sys re json logging typing functools itertools "
    "collections dataclasses pathlib time random copy warnings contextlib enum abc inspect types "
    "PIL cv2 matplotlib scipy sklearn pandas einops tqdm pytest unittest"
)


def read(
    path: str, text: str, blob_sha: str, *, kind: str = "constant", shaped: bool = True
) -> FileSummary:
    """Return what a Python file says.

    Args:
        path: The file.
        text: Its content.
        blob_sha: Its git blob sha.
        kind: The kind of strings in it: ``constant``, ``config`` or ``notebook``.
        shaped: Whether the file holds any hub-shaped string at all.

    Raises:
        SyntaxError: It is no Python 3, or nested too deeply to be read.
        DenseCode: There is too much code for one syntax tree.
    """
    tree = parse(text)
    summary = FileSummary(path, blob_sha)
    reader = _PythonReader(summary, walk(tree, _package(path)), kind)
    summary.is_mocked = file_kinds.is_test(path) and _MOCKED.search(text) is not None
    reader.read()
    if shaped:
        candidates, mentions = python_strings.candidates_and_mentions(tree, text, path, kind)
        summary.candidates += candidates
        summary.mentions += mentions
    summary.loads += python_strings.ollama_loads(tree, text, path, kind, is_mock=summary.is_mocked)
    return summary


def has_shaped(data: bytes) -> bool:
    """Return whether source holds a quoted string of a hub's shape, or one of a library's own."""
    return _SHAPED.search(data) is not None or any(hint in data for hint in distinct_hints())


def _package(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parts[:-1]


@dataclass(frozen=True, slots=True)
class _Found:
    """A call that a signature matches, where its flag comes from, and the revision it names."""

    signature: CallSignature
    dotted: tuple[str, ...]
    required: tuple[ValueOrigin, ...] = ()
    revision: str | None = None


def _add_flows(summary: FileSummary, node: Node, origins: list[ValueOrigin]) -> None:
    flows = summary.flows
    for origin in origins:
        if isinstance(origin.what, SourceString) and not _is_plausible(origin.what.text):
            continue
        if len(flows) < MAX_FLOWS and origin.what != node:
            flows.append((node, origin))


class _PythonReader:
    def __init__(self, summary: FileSummary, module: Module, kind: str) -> None:
        self._summary = summary
        self._module = module
        self._path = summary.path
        self._kind = kind
        self._values = Values(module, summary.path)
        self._types: dict[str, tuple[str, ...]] = {}
        # No method of this object: the tree of the file would stay until the collector comes.
        self._flow = partial(_add_flows, summary)
        self._givers = Givers(module, self._values, self._path, self._flow)

    def read(self) -> None:
        self._learn_types()
        for scope in self._module.scopes:
            self._scope(scope)
        for call, scope in self._module.calls:
            self._call(call, scope)
        for name, value, scope in self._module.attributes:
            self._flow(self._values.key(name), self._values.of(value, scope, self._kind))
            self._flag(self._values.key(name), name, value)
        for scope, value in self._module.returns:
            for caller in scope.callers[-1:]:
                self._flow(("r", caller), self._values.of(value, scope, self._kind))
                self._givers.returned(caller, scope, value, self._kind)
        for table, scope in self._module.tables:
            self._givers.table(table, scope)
        for lookup, scope in self._module.lookups:
            self._lookup(lookup, scope)
        for constant, _ in self._module.constants:
            self._constant(constant)
        self._summary.libraries |= {dotted[0] for dotted in self._module.imports.values() if dotted}
        self._summary.libraries |= {star.split(".")[0] for star in self._module.stars}

    # --- names of the file

    def _scope(self, scope: CodeScope) -> None:
        for parameter in scope.parameters.values():
            node = ("p", self._path, scope.name, parameter.name)
            callers = [("a", caller, parameter.name) for caller in scope.callers]
            if parameter.position is not None:
                callers += [("a", caller, f"#{parameter.position}") for caller in scope.callers]
            self._summary.parameters[node] = tuple(callers)
            if parameter.default is not None:
                outer = scope.parent or scope
                self._flow(node, self._values.of(parameter.default, outer, "default"))
                self._flag(node, parameter.name, parameter.default)
        if scope.parent is not None and not scope.is_class:
            self._givers.function(scope)
        if scope.is_class:
            self._class(scope)
            self._givers.settings(scope)
        elif scope.parent is None:
            for name, bound in scope.bound.items():
                origins = [o for value in bound for o in self._values.of(value, scope, self._kind)]
                self._flow(("v", self._path, name), origins)
                self._flag(("v", self._path, name), name, bound[-1])
                if not name_words.is_common(name) and self._kind != "notebook":
                    self._summary.flows.append((("k", name), ValueOrigin(("v", self._path, name))))

    def _class(self, scope: CodeScope) -> None:
        """Fields of a class are keys; without ``__init__`` it is built from them or its base."""
        owner = scope.name.rsplit(".", 1)[-1]
        names = scope.fields + [name for name in scope.bound if name not in scope.fields]
        for position, name in enumerate(names):
            bound = scope.bound.get(name, [])
            kind = "default" if not name.isupper() else "constant"
            origins = [o for value in bound for o in self._values.of(value, scope, kind)]
            self._flow(self._values.key(name), origins)
            if bound:
                self._flag(self._values.key(name), name, bound[-1])
            if not scope.has_init:
                arguments = [ValueOrigin(("a", owner, key)) for key in (name, f"#{position}")]
                self._flow(self._values.key(name), arguments)
        if not scope.has_init:
            for base in scope.bases:
                for key in ("#0", "#1", "model", "model_name", "model_id", "model_name_or_path"):
                    self._summary.flows.append((("a", base, key), ValueOrigin(("a", owner, key))))

    def _flag(self, node: Node, name: str, value: ast.expr) -> None:
        """Note a constant that can say whether weights are loaded; by position, True and False."""
        if python_flags.is_flag(name) if name else python_nodes.is_bool(value):
            self._flow(node, python_flags.constant(value, self._path))

    def _learn_types(self) -> None:
        """Note which class a variable or attribute is built from: ``client = ollama.Client()``."""
        for scope in self._module.scopes:
            for name, bound in scope.bound.items():
                self._learn(name, bound[-1])
        for name, value, _ in self._module.attributes:
            self._learn(name, value)

    def _learn(self, name: str, value: object) -> None:
        if isinstance(value, ast.Await):
            value = value.value
        if isinstance(value, ast.Call):
            dotted = python_nodes.dotted_name(value.func)
            if dotted and dotted[0] in self._module.imports:
                self._types[name] = (*self._module.imports[dotted[0]], *dotted[1:])

    # --- calls

    def _callee(self, func: ast.expr) -> tuple[tuple[str, ...], bool]:
        """Return the dotted callee, and whether its root is an import."""
        dotted = python_nodes.dotted_name(func)
        if not dotted:
            return (), False
        imports = self._module.imports
        if dotted[0] in imports:
            return (*imports[dotted[0]], *dotted[1:]), True
        if len(dotted) > 1:
            holder = dotted[1] if dotted[0] in {"self", "cls"} and len(dotted) > 2 else dotted[0]
            rest = dotted[2:] if holder != dotted[0] else dotted[1:]
            if holder in self._types:
                return (*self._types[holder], *rest), True
        return dotted, False

    def _call(self, call: ast.Call, scope: CodeScope) -> None:
        self._givers.call(call, scope)
        indirect = self._givers.indirect(call)
        if indirect is not None:
            self._plain_call(indirect, scope)
        for each in self._values.expanded(call, scope):
            self._plain_call(each, scope)

    def _plain_call(self, call: ast.Call, scope: CodeScope) -> None:
        self._chosen(call, scope)
        dotted, is_known = self._callee(call.func)
        if not dotted:
            return
        signatures = find_calls(dotted, is_known=is_known and not self._is_own(dotted))
        for signature in signatures:
            self._load(call, scope, signature, dotted)
        if is_known and dotted[1:] == ("load",) and model_names.is_spacy(dotted[0]):
            # A pipeline that is installed and imported as a package.
            text = SourceString(dotted[0], call.lineno, "call-literal", self._path)
            for signature in find_calls(("spacy", "load"), is_known=True):
                self._add(_Found(signature, dotted), call, call.func, [ValueOrigin(text)])
        if dotted == ("getattr",) and len(call.args) > 1:
            self._by_name(call.args[0], call.args[1], scope)
        if python_commands.runs_command(call, dotted):
            self._commands(call, scope)
        if dotted[-1] in {"add_argument", "add_option", "option", "argument", "DEFINE_string"}:
            self._option(call, scope)
        if (not signatures or not is_known or dotted[0] in {"self", "cls"}) and not (
            is_known and dotted[0] in _FOREIGN_ROOTS
        ):
            self._pass_on(call, scope, dotted)

    def _commands(self, call: ast.Call, scope: CodeScope) -> None:
        """A command that is run: what a shell reads in it, at its place in this file."""
        for text, line in python_commands.commands_of(call, scope, self._module.top):
            commands = shell.read(self._path, text, self._summary.blob_sha, first_line=line)
            self._summary.loads += commands.loads
            self._summary.candidates += commands.candidates
            self._summary.flows += commands.flows[: MAX_FLOWS - len(self._summary.flows)]

    def _is_own(self, dotted: tuple[str, ...]) -> bool:
        return dotted[: len(self._module.package)] == self._module.package != ()

    def _pass_on(self, call: ast.Call, scope: CodeScope, dotted: tuple[str, ...]) -> None:
        name = dotted[-1]
        if name in _FOREIGN_CALLS:
            return
        targets = [name]
        if len(dotted) > 1 and dotted[-2][:1].isupper():
            targets.append(f"{dotted[-2]}.{name}")
        if name == "__init__":
            targets = [base for owner in self._owners(scope) for base in owner.bases]
        for index, argument in enumerate(call.args[:12]):
            origins = self._values.of(argument, scope, "call-literal")
            for target in targets:
                self._flow(("a", target, f"#{index}"), origins)
                self._flag(("a", target, f"#{index}"), "", argument)
        for keyword in call.keywords:
            if keyword.arg is not None:
                origins = self._values.of(keyword.value, scope, "call-literal")
                for target in targets:
                    self._flow(("a", target, keyword.arg), origins)
                    self._flag(("a", target, keyword.arg), keyword.arg, keyword.value)

    @staticmethod
    def _owners(scope: CodeScope) -> list[CodeScope]:
        return [scope.class_scope] if scope.class_scope is not None else []

    def _option(self, call: ast.Call, scope: CodeScope) -> None:
        """``add_argument("--model", default=…)``: the key ``model`` and its default."""
        strings = [
            a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
        long = next(
            (name for name in strings if name.startswith("--")), strings[0] if strings else ""
        )
        key = next((k.value.value for k in call.keywords
                    if k.arg == "dest" and isinstance(k.value, ast.Constant)), None)  # fmt: skip
        name = str(key or long.lstrip("-").replace("-", "_"))
        for keyword in call.keywords:
            if keyword.arg == "default" and name:
                self._flow(("k", name), self._values.of(keyword.value, scope, "default"))
        self._summary.flows += python_flags.flows_of_option(name, call, self._path)

    def _lookup(self, lookup: ast.Subscript, scope: CodeScope) -> None:
        """``TABLE[x]``: the keys of the table are what x can be."""
        if isinstance(lookup.value, ast.Attribute) and lookup.value.attr == "__dict__":
            self._by_name(lookup.value.value, lookup.slice, scope)
        keys = [ValueOrigin(text) for text in self._values.keys_of(lookup.value, scope)]
        if not keys:
            return
        for origin in self._values.of(lookup.slice, scope, "constant"):
            if (
                not isinstance(origin.what, SourceString)
                and not origin.prefix
                and not origin.suffix
            ):
                self._flow(origin.what, keys)

    # --- loads

    def _constant(self, node: ast.Attribute) -> None:
        """``torchaudio.pipelines.HUBERT_BASE``: an attribute that is a model."""
        dotted, _ = self._callee(node)
        # Of a model that was imported by its name, an attribute is used: ``HUBERT_BASE.get_model``.
        last = -2 if isinstance(node.value, ast.Name) and dotted[:-2] in attributes() else -1
        signature = attributes().get(dotted[:last])
        if signature is not None:
            line = node.end_lineno or node.lineno
            text = SourceString(dotted[last], line, "call-literal", self._path)
            self._add(_Found(signature, dotted[:last]), node, node, [ValueOrigin(text)])
        elif (builder := python_builders.builder_of(dotted)) and not self._is_switched(node):
            for found in find_calls((*dotted[:-2], builder), is_known=True):
                text = SourceString(builder, node.lineno, "call-literal", self._path)
                before = found.form.partition("{")[0]
                self._add(_Found(found, dotted), node, node, [ValueOrigin(text)], before)

    def _is_switched(self, node: ast.expr) -> bool:
        """Return whether a flag decides on an expression: ``… if pretrained else None``."""
        return id(node) in self._module.switched

    def _by_name(self, root: ast.expr, name: ast.expr, scope: CodeScope) -> None:
        """``getattr(torchaudio.pipelines, name)``: the same, by a name from elsewhere."""
        dotted, _ = self._callee(root)
        signature = attributes().get(dotted)
        if signature is not None:
            origins = self._values.of(name, scope, "call-literal")
            self._add(_Found(signature, dotted), name, name, origins)

    def _chosen(self, call: ast.Call, scope: CodeScope) -> None:
        """Note a load by a callee that is looked up: ``MODELS[name](pretrained=True)``."""
        func = call.func
        if isinstance(func, ast.Name) and (func.id in self._module.imports or not call.keywords):
            return
        self._called_by_name(call, func, scope)
        if not isinstance(func, ast.Name | ast.Call | ast.Subscript):
            return
        for callee, where in islice(python_builders.chosen(func, scope, self._values), MAX_CHOSEN):
            self._called_by_name(call, callee, where)
            dotted, is_known = self._callee(callee)
            for signature in find_calls(dotted, is_known=True) if dotted and is_known else ():
                if "{callee}" in signature.form:
                    name = ast.copy_location(ast.Constant(value=dotted[-1]), callee)
                    self._load(call, scope, signature, dotted, name)

    def _called_by_name(self, call: ast.Call, callee: ast.expr, scope: CodeScope) -> None:
        """``getattr(models, name)(pretrained=True)``, ``models.__dict__[name](…)``."""
        root, name = python_nodes.looked_up(callee)
        if root is None or name is None:
            return
        dotted, is_known = self._callee(root)
        for signature in find_calls((*dotted, "_"), is_known=is_known) if is_known else ():
            if "{callee}" in signature.form:
                self._load(call, scope, signature, (*dotted, "_"), name)

    def _load(
        self,
        call: ast.Call,
        scope: CodeScope,
        signature: CallSignature,
        dotted: tuple[str, ...],
        name: ast.expr | None = None,
    ) -> None:
        """Note a call that a signature matches; name is that of the callee if it is looked up."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        argument = _argument(call, keywords, signature)
        if signature.library == "weights" and _goes_to_weights(call):
            signature = replace(signature, names="address", is_precise=True)
        if _is_excluded(signature, keywords):
            # A dataset, a file of the checkout: what it is called says no more than that.
            self._exclude(argument, scope)
            self._dataset(call, argument, keywords, scope, dotted)
            return
        flags = _flags(call, keywords, signature)
        if signature.requires and not any(python_nodes.can_be_on(flag) for flag in flags):
            return
        values = self._values
        required = [
            origin
            for flag in flags
            for origin in python_flags.origins(flag, scope, values, self._path)
        ]
        revision = self._revision(keywords.get("revision"), scope)
        found = _Found(signature, dotted, tuple(required), revision)
        if "{callee}" in signature.form:
            text = SourceString(
                dotted[-1], call.func.end_lineno or call.lineno, "call-literal", self._path
            )
            before = signature.form.split("{callee}")[0]
            origins = values.of(name, scope, "call-literal") if name else [ValueOrigin(text)]
            self._add(found, call, name or call.func, origins, before)
            return
        for value in (argument, *(keywords[name] for name in signature.also if name in keywords)):
            if value is None:
                continue
            origins = self._values.of(value, scope, "call-literal")
            if signature.names == "zoo" and (
                builder := python_nodes.dotted_name(value)
            ):  # handed on, not called
                text = SourceString(builder[-1], value.lineno, "call-literal", self._path)
                origins = [*origins, ValueOrigin(text)]
            for before, branch in self._befores(call, keywords, scope, signature):
                chosen = replace(found, revision=branch) if branch else found
                self._add(chosen, call, value, origins, before)

    def _dataset(
        self,
        call: ast.Call,
        argument: ast.expr | None,
        keywords: dict[str, ast.expr],
        scope: CodeScope,
        dotted: tuple[str, ...],
    ) -> None:
        """Note a download whose kind of repository is a dataset."""
        if argument is None or "repo_type" not in keywords:
            return
        if python_nodes.literal_text(keywords["repo_type"]) != "dataset":
            return
        signature = CallSignature(DATA_LIBRARY, ".".join(dotted), None, is_precise=True)
        found = _Found(signature, dotted, (), self._revision(keywords.get("revision"), scope))
        self._add(found, call, argument, self._values.of(argument, scope, "call-literal"))

    def _revision(self, value: ast.expr | None, scope: CodeScope) -> str | None:
        """Return the revision that an argument names, where this file says which one it is."""
        origins = self._values.of(value, scope, "constant") if value is not None else []
        if len(origins) == 1 and origins[0] == ValueOrigin(
            ("v", self._path, python_nodes.name_of(value))
        ):
            top = self._module.top
            bound = top.bound.get(python_nodes.name_of(value), [])
            origins = self._values.of(bound[0], top, "constant") if len(bound) == 1 else []
        if len(origins) != 1 or not isinstance(origins[0].what, SourceString):
            return None
        return read_revision(origins[0].prefix + origins[0].what.text + origins[0].suffix)

    def _exclude(self, argument: ast.expr | None, scope: CodeScope) -> None:
        """Note that what an argument comes to in this file is no model."""
        expressions = [argument] if argument is not None else []
        if isinstance(argument, ast.Name):
            expressions += self._module.top.bound.get(argument.id, ())
        for value in expressions:
            for origin in self._values.of(value, scope, "call-literal"):
                if isinstance(origin.what, SourceString):
                    self._summary.others.add((origin.what.line, origin.what.text))

    def _befores(
        self,
        call: ast.Call,
        keywords: dict[str, ast.expr],
        scope: CodeScope,
        signature: CallSignature,
    ) -> list[tuple[str, str | None]]:
        """Return what stands before the name, for each repository that ``{repo}`` can be.

        With it the branch or tag that stands behind the repository (``owner/name:branch``).
        """
        before = signature.form.split("{model}")[0]
        if signature.repo is None:
            return [(before, None)]
        keyword, position = signature.repo
        value = keywords.get(keyword) or (
            call.args[position] if position < len(call.args) else None
        )
        if value is None:
            return []
        values = [value]
        if isinstance(value, ast.Name):  # a default of the function, or a constant of the file
            parameter = scope.parameters.get(value.id)
            values += [parameter.default] if parameter and parameter.default else []
            values += self._module.top.bound.get(value.id, ())
        found = [o for each in values for o in self._values.of(each, scope, "call-literal")]
        known = [(o, o.what) for o in found if isinstance(o.what, SourceString)]
        self._summary.others |= {(text.line, text.text) for _, text in known}
        texts = [o.prefix + text.text + o.suffix for o, text in known]
        parts = [text.partition(":") for text in texts]
        return [(before.format(repo=repo), read_revision(branch)) for repo, _, branch in parts]

    def _add(
        self,
        found: _Found,
        call: ast.expr,
        argument: ast.expr,
        origins: list[ValueOrigin],
        before: str = "",
    ) -> None:
        signature = found.signature
        self._summary.loads.append(
            LoadingCall(
                signature,
                ".".join(found.dotted),
                call.lineno,
                self._path,
                ast.unparse(argument)[:200],
                tuple(origins),
                prefix=before,
                suffix=signature.form.rsplit("}", 1)[-1],
                required=found.required,
                is_mock=self._summary.is_mocked,
                revision=found.revision,
            )
        )


def _goes_to_weights(call: ast.Call) -> bool:
    """Return whether a call that fetches a file writes it to a file of weights."""
    targets = [*call.args[1:], *(word.value for word in call.keywords)]
    return any(
        isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and not part.value.startswith("http")
        and model_names.is_weights_file(part.value)
        for target in targets
        for part in ast.walk(target)
    )


def _is_excluded(signature: CallSignature, keywords: dict[str, ast.expr]) -> bool:
    """Return whether an argument says that what is named is no model."""
    return any(
        name in keywords and python_nodes.literal_text(keywords[name]) == value
        for name, value in signature.unless
    )


def _flags(
    call: ast.Call, keywords: dict[str, ast.expr], signature: CallSignature
) -> list[ast.expr]:
    """Return the arguments that say whether weights are loaded: by keyword, or after the name."""
    if not signature.requires:
        return []
    found = [keywords[name] for name in signature.requires if name in keywords]
    index = 0 if signature.position is None else signature.position + 1
    if not found and index < len(call.args):
        value = call.args[index]
        if python_nodes.is_bool(value) or (
            isinstance(value, ast.Name) and python_flags.is_flag(value.id)
        ):
            found.append(value)
    return found


def _argument(
    call: ast.Call, keywords: dict[str, ast.expr], signature: CallSignature
) -> ast.expr | None:
    for name in signature.keywords:
        if name in keywords:
            return keywords[name]
    position = signature.position
    if position is not None and position < len(call.args):
        found = call.args[position]
        return None if isinstance(found, ast.Starred) else found
    return None


_PLAUSIBLE = re.compile(r"^[\w./:@+%?=&#~-]{2,300}$", re.ASCII)


def _is_plausible(text: str) -> bool:
    return _PLAUSIBLE.match(text) is not None
