"""All files of a repository together: what reaches a load, is called a model, or is mentioned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from miner.pipelines.scan import accuracy, file_kinds, model_names, name_words, vendored
from miner.pipelines.scan.downloads import is_no_load
from miner.pipelines.scan.file_kinds import FileKind
from miner.pipelines.scan.flow import Candidate, FileSummary, LoadingCall, SourceString
from miner.pipelines.scan.hosted_models import HostedSite, service_imported
from miner.pipelines.scan.index import Index
from miner.pipelines.scan.languages import LANGUAGES
from miner.pipelines.scan.mentions import Mentions
from miner.pipelines.scan.model_names import ModelName
from miner.pipelines.scan.name_classifier import Classification, NameClassifier
from miner.pipelines.scan.readers.form_fields import OLLAMA_CHOICE
from miner.pipelines.scan.revisions import revision_in
from miner.pipelines.scan.signatures import libraries
from miner.pipelines.scan.site import DeclaredDependency, ScannedSite
from miner.pipelines.sources.faults import Faults
from miner.schema.redact import redacted

MAX_SITES = 100_000  # of one repository
MAX_UNSETTLED = 1_000  # of one repository
MAX_CLASSIFIED = 150_000  # strings that are classified; each takes some 100 microseconds


class Join:
    """Makes use sites out of summaries.

    Args:
        summaries: One a file.
        index: Over the same files.
        dependencies: What the manifests name.
        classifier: Decides which strings are models.
        faults: Counts what could not be classified.
        services: Services that run models of others, by the files that have their address.

    Attributes:
        cut: Names that were left out.
        hosted: Places that name a model which one of these services runs.
    """

    def __init__(
        self,
        summaries: list[FileSummary],
        index: Index,
        dependencies: list[DeclaredDependency],
        classifier: NameClassifier,
        faults: Faults | None = None,
        *,
        services: Mapping[str, str] | None = None,
    ) -> None:
        self._faults = Faults() if faults is None else faults
        self._summaries = summaries
        self._classifier = classifier
        self._room = MAX_CLASSIFIED
        self.cut = 0  # names that were left out
        self._index = index
        self._shas = {summary.path: summary.blob_sha for summary in summaries}
        self._mocked = {summary.path for summary in summaries if summary.is_mocked}
        self._gates = _gates(summaries, dependencies)
        self._vendored = vendored.Vendored(self._shas)
        self._own = vendored.own_roots(dependencies)
        self._sites: dict[tuple[str, int, str], ScannedSite] = {}
        self._unsettled: dict[tuple[str, int, str], ScannedSite] = {}
        self._classified_loads: dict[tuple[object, ...], bool] = {}
        self._published: set[tuple[str, int, str]] = set()
        self._results: set[str] = set()  # folders that the repository writes models to
        self._other = {
            (summary.path, line, text) for summary in summaries for line, text in summary.others
        }
        self._loading = {
            summary.path for summary in summaries if summary.libraries & _loading_imports()
        }
        self._hosted = {
            summary.path for summary in summaries if summary.libraries & name_words.SERVICE_IMPORTS
        } - self._loading
        self._services = dict(services or {})
        for summary in summaries:
            if service := service_imported(summary.libraries):
                self._services.setdefault(summary.path, service)
        self._hosted |= self._services.keys() - self._loading
        self.hosted: list[HostedSite] = []

    def sites(self) -> Iterator[ScannedSite]:
        """Return every use site."""
        loads = [load for summary in self._summaries for load in summary.loads]
        for load in loads:
            if load.signature.hub is None:
                with self._faults.of(load.path):
                    self._no_model(load)
        for key in ("output_dir", "hub_model_id"):
            self._results |= set(filter(model_names.is_result, self._index.texts_under(key)))
        unresolved = self._not_found([load for load in loads if load.signature.hub])
        choices: list[Candidate] = []
        for summary in self._summaries:
            for candidate in summary.candidates:
                with self._faults.of(summary.path):
                    if candidate.context == OLLAMA_CHOICE:
                        choices.append(candidate)
                    elif not self._is_spent():
                        self._add_candidate(candidate)
            with self._faults.of(summary.path):
                self._neighbours(summary.candidates)
        self._add_choices(choices)
        used = {site.model.lower() for site in self._sites.values() if site.model}
        yield from self._sites.values()
        yield from self._unresolved(unresolved)
        yield from self._mentions(used)

    def _not_found(self, loads: list[LoadingCall]) -> list[LoadingCall]:
        """Add what reaches the loads; return those that nothing reached."""
        nothing: list[LoadingCall] = []
        found: set[tuple[str, int, str]] = set()
        for load in loads:
            with self._faults.of(load.path):
                if self._at_load(load):
                    found.add((load.path, load.line, load.api))
                elif not load.signature.files:  # elsewhere than in Python only literals are read
                    nothing.append(load)
        # A second reading of a call whose first one found a model, and that has a literal: the
        # literal belongs to the first.
        return [
            load
            for load in nothing
            if (load.path, load.line, load.api) not in found
            or not any(isinstance(origin.what, SourceString) for origin in load.origins)
        ]

    def _is_spent(self) -> bool:
        """Return whether no more is classified, and count what is not."""
        self._room -= 1
        self.cut += self._room < 0
        return self._room < 0

    def _no_model(self, load: LoadingCall) -> None:
        """What reaches a call that takes a dataset, or publishes, is no model that is loaded.

        A name that is published can be loaded before: a load decides then.
        """
        chosen = self._other if load.signature.is_precise else self._published
        for text, whole, _ in self._index.texts(load):
            if whole == text.text:  # a name inside a path says where a result goes
                chosen.add((text.path, text.line, text.text))
                if not load.signature.is_precise and model_names.is_result(text.text):
                    self._results.add(text.text)

    def _at_load(self, load: LoadingCall) -> bool:
        """Add what reaches a load; return whether anything did."""
        key = (
            load.signature, load.origins, load.required, load.prefix, load.suffix, load.is_mock,
            load.revision,
        )  # fmt: skip
        if key in self._classified_loads:
            return self._classified_loads[key]  # another call of the same: its names were added
        is_found = False
        is_off = self._index.is_switched_off(load)
        is_own = self._index.is_own(load.api)  # its names may be those of its own files
        for text, whole, is_direct in self._index.texts(load):
            if self._is_spent():
                continue
            if (text.path, text.line, text.text) in self._other or whole in self._results:
                continue
            found = self._classifier.at_load(load, text, whole, is_direct=is_direct and not is_own)
            if found is not None:
                is_found = True
                found = replace(found, is_use=found.is_use and not is_off)
                revision = load.revision or revision_in(whole, found.name.hub)
                self._add(text, found, load.api, load, revision=revision)
        if not any(isinstance(origin.what, SourceString) for origin in load.origins):
            self._classified_loads[key] = is_found
        return is_found

    def _add_choices(self, choices: list[Candidate]) -> None:
        """Add what a page offers of Ollama's models, where the repository loads any by Ollama."""
        if not any(
            site.hub == model_names.OLLAMA and site.role != "mention"
            for site in self._sites.values()
        ):
            return
        for candidate in choices:
            name = ModelName(model_names.OLLAMA, candidate.text.text)
            api = ".".join(candidate.names[-2:])
            found = Classification(name, "called")
            self._add(candidate.text, found, api, revision=revision_in(name.model, name.hub))

    def _neighbours(self, candidates: list[Candidate]) -> None:
        """Entries of a table in capitals of which another entry is a model are models too."""
        tables = {
            candidate.names[0]
            for candidate in candidates
            if _is_entry(candidate) and self._is_used(candidate.text)
        }
        for candidate in candidates:
            if (
                _is_entry(candidate)
                and candidate.names[0] in tables
                and not self._is_used(candidate.text)
            ):
                self._add_candidate(candidate, is_gated=True)

    def _is_used(self, text: SourceString) -> bool:
        site = self._sites.get((text.path, text.line, text.text.lower()))
        return site is not None and site.role != "mention"

    def _add_candidate(self, candidate: Candidate, *, is_gated: bool = False) -> None:
        text = candidate.text
        place = (text.path, text.line, text.text)
        if place in self._other or place in self._published:
            return
        is_gated |= file_kinds.kind_of(text.path) in self._gates or (
            candidate.place == "default" and text.path in self._loading
        )
        found = self._classifier.candidate(candidate, is_gated=is_gated)
        if found is None:
            self._keep_unsettled(candidate)
            return
        if found.is_use and text.path in self._mocked and not found.name.is_sure:
            found = replace(found, is_use=False)
        if self._is_hosted(candidate) and not found.name.is_sure:
            self._add_hosted(candidate, found)
            found = Classification(ModelName(model_names.OTHER, found.name.model), found.rule,
                                   is_use=False)  # fmt: skip
        api = name_words.holder(candidate.names) or found.rule
        self._add(text, found, api, revision=revision_in(text.text, found.name.hub))

    def _keep_unsettled(self, candidate: Candidate) -> None:
        """Keep a string that is a use if a hub has a model of this name."""
        text = candidate.text
        is_spent = text.path in self._mocked or len(self._unsettled) >= MAX_UNSETTLED
        found = None if is_spent else self._classifier.unsettled(candidate)
        if found is not None and not self._is_hosted(candidate):
            api = name_words.holder(candidate.names) or found.rule
            site = self._site(text, found, api, None, revision_in(text.text, found.name.hub))
            self._unsettled[text.path, text.line, found.name.model.lower()] = site

    def unverified(self) -> list[ScannedSite]:
        """Return the sites of names that only a hub can settle; call it after ``sites``."""
        named = {site.model.lower() for site in self._sites.values() if site.model}
        return [
            site
            for place, site in sorted(self._unsettled.items())
            if place not in self._sites and place[2] not in named
        ]

    def _add_hosted(self, candidate: Candidate, found: Classification) -> None:
        text = candidate.text
        service = self._services.get(text.path, "") or name_words.service_of(candidate.names)
        if found.is_use and len(self.hosted) < MAX_SITES:
            role = file_kinds.role_of(text.path)
            self.hosted.append(
                HostedSite(service or "unknown", found.name.model, text.path, text.line, role)
            )

    def _is_hosted(self, candidate: Candidate) -> bool:
        """Return whether a name is one of a service: by what holds it, or by the file's SDK."""
        return name_words.says_service(candidate.names) or candidate.text.path in self._hosted

    def _add(
        self,
        text: SourceString,
        found: Classification,
        api: str,
        load: LoadingCall | None = None,
        *,
        revision: str | None,
    ) -> None:
        key = (text.path, text.line, found.name.model.lower())
        confidence = accuracy.confidence(found.rule)
        rank = (found.is_use, confidence)
        before = self._sites.get(key)
        if before is None and len(self._sites) >= MAX_SITES:
            self.cut += 1
            return
        if before is not None:
            revision = before.revision or revision  # one name, and several calls that load it
            if (before.role != "mention", before.confidence) >= rank:
                self._sites[key] = replace(before, revision=revision)
                return
        self._sites[key] = self._site(text, found, api, load, revision)

    def _site(
        self,
        text: SourceString,
        found: Classification,
        api: str,
        load: LoadingCall | None,
        revision: str | None,
    ) -> ScannedSite:
        return ScannedSite(
            hub=found.name.hub,
            model=found.name.model,
            path=text.path,
            line=text.line,
            kind=text.kind,
            role=file_kinds.role_of(text.path) if found.is_use else "mention",
            api=api[:200],
            confidence=accuracy.confidence(found.rule),
            resolved=True,
            argument=redacted(load.argument) if load and load.argument else None,
            signature=(load.signature.library or None) if load else None,
            blob_sha=self._shas.get(text.path, ""),
            is_vendored=self._vendored.is_copy(text.path),
            is_registry=text.path.startswith(self._own),
            method=found.rule,
            revision=revision,
        )

    def _unresolved(self, loads: list[LoadingCall]) -> Iterator[ScannedSite]:
        seen: set[tuple[str, int]] = set()
        for load in loads:
            if (load.path, load.line) in seen or not load.signature.library:
                continue
            if is_no_load(load.api, load.argument):
                continue
            seen.add((load.path, load.line))
            with self._faults.of(load.path):
                yield ScannedSite(
                    hub=load.signature.hub or "",
                    model=None,
                    path=load.path,
                    line=load.line,
                    kind=_kind_of_load(load.path),
                    role=file_kinds.role_of(load.path),
                    api=load.api,
                    confidence=accuracy.confidence("literal"),
                    resolved=False,
                    argument=redacted(load.argument),
                    signature=load.signature.library,
                    blob_sha=self._shas.get(load.path, ""),
                    is_vendored=self._vendored.is_copy(load.path),
                    is_registry=load.path.startswith(self._own),
                    method="open",
                    revision=load.revision,
                )

    def _mentions(self, used: set[str]) -> Iterator[ScannedSite]:
        mentions = Mentions(used)
        for summary in self._summaries:
            for text in summary.mentions:
                with self._faults.of(summary.path):
                    if self._is_spent():
                        continue
                    yield from self._named_in(mentions, text, summary)

    def _named_in(
        self, mentions: Mentions, text: SourceString, summary: FileSummary
    ) -> Iterator[ScannedSite]:
        for name in mentions.named_in(text.text):
            if (text.path, text.line, name.model.lower()) in self._sites:
                continue
            yield ScannedSite(
                hub=name.hub,
                model=name.model,
                path=text.path,
                line=text.line,
                kind="docs-only",
                role="mention",
                api="",
                confidence=accuracy.confidence("address"),
                resolved=True,
                argument=None,
                signature=None,
                blob_sha=summary.blob_sha,
                is_vendored=self._vendored.is_copy(text.path),
                is_registry=text.path.startswith(self._own),
                method="said",
            )


def _is_entry(candidate: Candidate) -> bool:
    """Return whether a string is a value of a table that is a constant."""
    return candidate.place == "value" and len(candidate.names) > 1 and candidate.names[0].isupper()


def _kind_of_load(path: str) -> str:
    kind = file_kinds.kind_of(path)
    if kind is None:
        return "call-literal"
    if kind in {FileKind.YAML, FileKind.JSON, FileKind.TOML, FileKind.XML, FileKind.INI}:
        return "config"
    if kind in {FileKind.NOTEBOOK, FileKind.SHELL}:
        return kind.value
    return LANGUAGES[kind].name if kind in LANGUAGES else "call-literal"


@cache
def _loading_imports() -> frozenset[str]:
    """Return the roots of imports from which a loading call comes."""
    return frozenset(
        call.parts[0]
        for library in libraries().values()
        for call in library.calls
        if call.hub is not None and call.parts[0] != "*"
    ) | {"transformers", "diffusers", "peft", "sentence_transformers", "huggingface_hub"}


_ECOSYSTEMS: dict[str, set[FileKind]] = defaultdict(set)
for _kind, _language in LANGUAGES.items():
    if _language.ecosystem is not None:
        _ECOSYSTEMS[_language.ecosystem].add(_kind)


def _gates(summaries: list[FileSummary], dependencies: list[DeclaredDependency]) -> set[FileKind]:
    """Return the languages in which the repository depends on a library that loads models.

    A manifest opens the gate for the whole repository: in a language without a loader's name in
    each file, most tables of models stand in files that name none.
    """
    wanted = {
        (ecosystem, package)
        for library in libraries().values()
        for ecosystem, packages in library.packages.items()
        for package in packages
    }
    return {
        kind
        for dependency in dependencies
        if (dependency.ecosystem, dependency.name) in wanted
        for kind in _ECOSYSTEMS.get(dependency.ecosystem, ())
    }
