"""The catalog of PyTorch Hub: pages and ``hubconf.py`` files put together to models.

Repositories that the pages spell differently, or by former names, are one where the forge gives
them one identity. Its name is as the first page's ``github-id`` spells it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from miner.pipelines.sources.hubs.pytorch_hub.hub_page import (
    HubPage,
    is_page,
    is_repository,
    read_page,
)
from miner.pipelines.sources.hubs.pytorch_hub.hubconf import HubConf, HubconfEntry, read_hubconf
from miner.pipelines.sources.received import ReceivedAnswer
from miner.pipelines.sources.records.facts import (
    Alias,
    CatalogCard,
    CatalogFacts,
    CatalogModel,
    EntryPointFacts,
    License,
    ModelFacts,
    Problem,
    Statements,
)
from miner.pipelines.sources.records.lost import lost
from miner.pipelines.sources.records.values import Reader, as_json, excerpt
from miner.schema.vocab import AnswerKind, ModelState, ParseState, RecordReason, Source

PAGES = "pytorch/hub"
HUBCONF = "hubconf.py"
_READER_VERSION = 1
"""Raise it when this module reads the same bytes differently: every model is then written anew."""

_ALL = ""
"""Beginning of all names."""

_TORCHVISION = "pytorch/vision"
_TASKS = frozenset({"vision", "nlp", "audio", "generative"})
_FORGE = "https://github.com"
_STATES = {404: ModelState.GONE, 410: ModelState.GONE, 403: ModelState.DISABLED,
           451: ModelState.DISABLED}  # fmt: skip


@dataclass(slots=True)
class _Page:
    """A page, and the answer that holds it."""

    answer: int
    path: str
    commit: str
    parsed: HubPage

    def url(self, line: int | None = None) -> str:
        mark = f"#L{line}" if line else ""
        return f"{_FORGE}/{PAGES}/blob/{self.commit}/{self.path}{mark}"


@dataclass(slots=True)
class _Repository:
    """A repository that pages name, under all its spellings."""

    name: str
    spellings: list[str] = field(default_factory=list)
    node_id: str | None = None
    full_name: str = ""
    license: str | None = None
    state: str = ModelState.PRESENT.value
    commit: str | None = None
    hubconf: HubConf | None = None
    hubconf_answer: int = 0
    is_cut: bool = False
    problem: Problem | None = None

    def entries(self) -> list[HubconfEntry]:
        return self.hubconf.entries if self.hubconf else []


@dataclass(slots=True)
class _Naming:
    """A page that names an entry point: at which line, as its how-many-eth."""

    page: _Page
    line: int
    rank: int


def repositories_named(answers: Sequence[ReceivedAnswer]) -> dict[str, list[str]]:
    """Return the repositories that the pages name, each with the branches and tags they load.

    Spellings that differ in case alone are one, as the first ``github-id`` has it.
    """
    pages = _pages(answers)[0]
    named: dict[str, tuple[str, list[str]]] = {}
    for page in pages:
        if page.parsed.repository:
            named.setdefault(page.parsed.repository.lower(), (page.parsed.repository, []))
    for page in pages:
        for load in page.parsed.loads:
            refs = named.setdefault(load.repository.lower(), (load.repository, []))[1]
            if load.ref and load.ref not in refs:
                refs.append(load.ref)
    return {name: refs for name, refs in named.values() if name.lower() != PAGES}


def read_entry_points(answers: Sequence[ReceivedAnswer]) -> CatalogFacts:
    """Read the whole catalog.

    Args:
        answers: All that ``missing_resources`` asked for. Context: ``need``, and of files
            ``path`` and ``commit``. A file that was got twice counts as it came last.
    """
    pages, problems = _pages(answers)
    repositories = _repositories(answers, pages)
    models: list[CatalogModel] = []
    unread: list[str] = []
    for repository in repositories:
        if repository.is_cut or (repository.hubconf and _is_open(repository.hubconf)):
            unread.append(f"{repository.name}:")
        problems += _hubconf_problems(repository)
        try:
            models += list(_models(repository, pages))
        except Exception as error:  # a bug costs this repository's models, not the catalog
            unread.append(f"{repository.name}:")
            problems.append((repository.hubconf_answer, lost(error, repository.name)))
    if any(problem.reason == RecordReason.UNEXPECTED_ERROR.value for _, problem in problems):
        unread = [_ALL]  # what was lost may have named any model
    return CatalogFacts(models, problems, unread)


def _is_open(hubconf: HubConf) -> bool:
    return hubconf.is_computed or hubconf.state == ParseState.UNPARSABLE.value


def _pages(answers: Sequence[ReceivedAnswer]) -> tuple[list[_Page], list[tuple[int, Problem]]]:
    """Return the pages in order of path, and what could not be read of them."""
    places = {
        answer.context["path"]: place
        for place, answer in enumerate(answers)
        if answer.context["need"] == PAGES and answer.kind == AnswerKind.SOURCE
    }
    pages: list[_Page] = []
    problems: list[tuple[int, Problem]] = []
    for path, place in sorted(places.items()):
        answer = answers[place]
        try:
            parsed, is_model = read_page(answer.body, path), is_page(answer.body)
        except Exception as error:  # a bug costs this page, not the catalog
            problems.append((place, lost(error, path)))
            continue
        if "cut" in answer.context:
            found = f"{answer.context['cut']} bytes"
            problems.append((place, _problem("", RecordReason.TOO_LONG, found, path)))
        elif parsed.state == ParseState.UNPARSABLE.value:
            problems.append((place, _problem("", RecordReason.UNPARSABLE, parsed.reason, path)))
        elif is_model:
            pages.append(_Page(place, path, answer.context["commit"], parsed))
            problems += [(place, problem) for problem in parsed.reader.problems]
            if not parsed.repository:
                found = "no owner/name that could be a repository"
                problems.append((place, _problem("github-id", RecordReason.NO_NAME, found, path)))
    return pages, problems


def _problem(place: str, reason: RecordReason, detail: str, name: str) -> Problem:
    return Problem(place, reason.value, excerpt(detail), 0, name)


def _hubconf_problems(repository: _Repository) -> Iterator[tuple[int, Problem]]:
    hubconf = repository.hubconf
    reason = ""
    if repository.problem:
        yield repository.hubconf_answer, repository.problem
    if repository.is_cut:
        reason, detail = RecordReason.TOO_LONG, "longer than the bound"
    elif hubconf and hubconf.state == ParseState.UNPARSABLE.value:
        reason, detail = RecordReason.UNPARSABLE, hubconf.reason
    elif hubconf and hubconf.is_computed:
        reason, detail = RecordReason.COMPUTED, hubconf.reason
    if reason:
        problem = _problem(HUBCONF, RecordReason(reason), detail, repository.name)
        yield repository.hubconf_answer, problem


def _repositories(answers: Sequence[ReceivedAnswer], pages: Sequence[_Page]) -> list[_Repository]:
    """Return the repositories named, those of one identity as one."""
    found: dict[str, _Repository] = {}
    for name in repositories_named(answers):
        repository = _read_repository(name, answers)
        identity = repository.node_id or repository.full_name.lower() or name.lower()
        known = found.setdefault(identity, repository)
        known.spellings += [name, *_spelled(name, pages)]
        if known is not repository and known.hubconf is None:
            known.hubconf, known.hubconf_answer = repository.hubconf, repository.hubconf_answer
            known.commit = repository.commit or known.commit
    return list(found.values())


def _spelled(name: str, pages: Sequence[_Page]) -> Iterator[str]:
    """Yield a repository's name as the pages spell it."""
    for page in pages:
        for spelling in (page.parsed.repository, *(load.repository for load in page.parsed.loads)):
            if spelling and spelling.lower() == name.lower():
                yield spelling


def _read_repository(name: str, answers: Sequence[ReceivedAnswer]) -> _Repository:
    repository = _Repository(name)
    for place, answer in enumerate(answers):
        if answer.context["need"].partition(":")[0] != name:
            continue
        try:
            _read_answer(repository, place, answer)
        except Exception as error:  # a bug costs what this answer says, not the catalog
            repository.problem = lost(error, name, field=answer.context.get("path", ""))
    return repository


def _read_answer(repository: _Repository, place: int, answer: ReceivedAnswer) -> None:
    if answer.context.get("about") == "repository":
        _read_metadata(repository, answer)
    elif answer.context.get("path") == HUBCONF:
        repository.commit = answer.context.get("commit")
        repository.is_cut = "cut" in answer.context
        repository.hubconf_answer = place
        if answer.status == 200 and not repository.is_cut:
            repository.hubconf = read_hubconf(answer.body)


def _read_metadata(repository: _Repository, answer: ReceivedAnswer) -> None:
    repository.state = _STATES.get(answer.status, ModelState.PRESENT).value
    try:
        metadata = orjson.loads(answer.body) if answer.status == 200 else {}
    except orjson.JSONDecodeError:
        metadata = {}
    reader = Reader(name=repository.name)
    fields = reader.mapping("", metadata)
    full_name = reader.text("full_name", fields.get("full_name")) or ""
    repository.full_name = full_name if is_repository(full_name) else ""
    repository.node_id = reader.text("node_id", fields.get("node_id"))
    stated = reader.mapping("license", fields.get("license"))
    repository.license = reader.text("spdx_id", stated.get("spdx_id"))


def _models(repository: _Repository, pages: Sequence[_Page]) -> Iterator[CatalogModel]:
    """Yield the models of a repository: those of ``hubconf.py``, then those only pages name."""
    spellings = {spelling.lower() for spelling in repository.spellings}
    named: dict[str, list[_Naming]] = {}
    for page in pages:
        for rank, load in enumerate(page.parsed.loads):
            if load.repository.lower() in spellings:
                named.setdefault(load.entry, []).append(_Naming(page, load.line, rank))
    own_pages = [page for page in pages if (page.parsed.repository or "").lower() in spellings]
    lines = {entry.name: entry.line for entry in repository.entries()}
    for entry in dict.fromkeys((*lines, *named)):
        naming = _best(entry, named.get(entry, ()))
        about = naming.page if naming else own_pages[0] if len(own_pages) == 1 else None
        if entry in lines and repository.commit:
            answer = repository.hubconf_answer
            url = _hubconf_url(repository, lines[entry])
        elif naming:
            answer, url = naming.page.answer, naming.page.url(naming.line)
        else:
            continue
        yield _model(repository, entry, about, answer, url)


def _best(entry: str, namings: Sequence[_Naming]) -> _Naming | None:
    """Return the page that is about an entry point, of all that load it.

    Pages load other models beside their own: the one whose file is named after it is its own,
    else the one that loads it first.
    """

    def order(naming: _Naming) -> tuple[bool, int, str]:
        word = naming.page.path.removesuffix(".md").rpartition("_")[2].lower()
        return word not in entry.lower(), naming.rank, naming.page.path

    return min(namings, key=order, default=None)


def _hubconf_url(repository: _Repository, line: int) -> str:
    place = repository.full_name or repository.name
    return f"{_FORGE}/{place}/blob/{repository.commit}/{HUBCONF}#L{line}"


def _model(
    repository: _Repository, entry: str, page: _Page | None, answer: int, url: str
) -> CatalogModel:
    parsed = page.parsed if page else None
    hubconf = repository.hubconf
    place = repository.full_name or repository.name
    point = EntryPointFacts(
        repository=place,
        entry=entry,
        title=parsed.title if parsed else None,
        summary=parsed.summary if parsed else None,
        requirements=as_json(hubconf.requirements) if hubconf and not _unread(hubconf) else None,
        evidence_url=url,
        tree_url=f"{_FORGE}/{place}/tree/{repository.commit}" if repository.commit else None,
        card_url=page.url() if page else None,
    )
    aliases = _aliases(repository, entry)
    return CatalogModel(
        facts=_facts(repository, entry, parsed, (point, aliases)),
        answer=answer,
        aliases=aliases,
        card=CatalogCard(page.answer, page.commit) if page else None,
        entry=point,
    )


def _unread(hubconf: HubConf) -> bool:
    return hubconf.state == ParseState.UNPARSABLE.value


def _aliases(repository: _Repository, entry: str) -> list[Alias]:
    """Return a model's other names: by other spellings, by the forge's name, by the library."""
    known = {repository.name.lower()}
    aliases: list[Alias] = []
    for spelling in (*repository.spellings, repository.full_name):
        if spelling and spelling.lower() not in known:
            known.add(spelling.lower())
            aliases.append(Alias(f"{spelling}:{entry}", "redirect"))
    if _TORCHVISION in known:
        aliases.append(Alias(f"torchvision:{entry}", "library"))
    return aliases


def _facts(
    repository: _Repository, entry: str, page: HubPage | None, rest: tuple[object, ...]
) -> ModelFacts:
    name = f"{repository.name}:{entry}"
    statements = Statements(licenses=_licenses(repository))
    tags = page.tags if page else []
    is_partial = page is not None and bool(page.reader.problems)
    values: dict[str, object] = {
        "created_at": None,
        "last_modified_at": None,
        "sha": repository.commit,
        "pipeline_tag": next((tag for tag in tags if tag in _TASKS), None),
        "library_name": "pytorch",
        "license": next((item.canonical for item in statements.licenses), None),
        "tags": as_json(tags) if page else None,
        "languages": None,
        "parse_state": (ParseState.PARTIAL if is_partial else ParseState.PARSED).value,
    }
    uid = f"{repository.node_id}:{entry}" if repository.node_id else None
    stable = json.dumps((_READER_VERSION, name, uid, values, statements, repository.state, rest))
    return ModelFacts(
        name=name,
        uid=uid,
        owner=repository.name.partition("/")[0],
        values=values,
        volatile={"is_disabled": repository.state == ModelState.DISABLED.value},
        statements=statements,
        digest=hashlib.sha1(stable.encode(), usedforsecurity=False).hexdigest(),
        problems=[],
        state=repository.state,
    )


def _licenses(repository: _Repository) -> list[License]:
    """Return the license that the forge recognizes in the repository: of its code, not weights."""
    if repository.license is None:
        return []
    is_unknown = repository.license == "NOASSERTION"
    canonical = "other" if is_unknown else repository.license.lower()
    return [License(Source.API.value, 0, repository.license, canonical, None, None, "code")]
