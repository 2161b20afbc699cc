"""The way of one paper into models and repositories, asked of the hub and GitHub as they are now.

A few requests: the hub's listing of models with the paper's tag, and of what is derived from those
that name no base; GitHub's search of repositories by id and title, and of code by the names of the
models. Nothing is stored. What was asked stands in the answer, with what was cut off or could not
be asked, and what it would take to know more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from miner.errors import MinerError, SkipRecord
from miner.pipelines.crawl.open import open_hub
from miner.pipelines.sources.github.answer_values import read_items, read_mapping
from miner.pipelines.sources.github.answers import decoded
from miner.pipelines.sources.github.client import GitHub
from miner.pipelines.sources.github.repository_records import read_record
from miner.pipelines.sources.hubs.protocol import TaggedHub
from miner.pipelines.sources.records.facts import ModelFacts
from miner.pipelines.sources.records.statements import arxiv_month
from miner.schema.moe.lists import TracedPaper
from miner.schema.vocab import DEFAULT_HUB, AnswerKind, SweepKind
from miner.settings import Settings

_MOST_PAGES = 3
"""Of a listing, 1,000 models each."""
_LONGEST_TITLE = 200
_HUB, _GITHUB = "the hub", "GitHub"
_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class SearchedPlace:
    """What was asked, and how much of it is known.

    Attributes:
        where: Hub or GitHub.
        what: What was looked for.
        found: What came; None: it was not asked.
        state: ``all``, ``cut``, ``not asked`` or ``refused``.
        to_know_more: What it would take; empty where nothing is missing.
    """

    where: str
    what: str
    found: int | None
    state: str = "all"
    to_know_more: str = ""


@dataclass(frozen=True, slots=True)
class TracedModel:
    """A model on the way of a paper.

    Attributes:
        name: owner/name.
        created_on: Day on which it was created on the hub.
        days: From the paper's month, for those that cite it; from the first model, for others.
        downloads: Of 30 days.
        how: ``cites`` the paper, or is ``derived`` from one that does, whether it cites it or not.
        base: The base that it names.
    """

    name: str
    created_on: date | None
    days: int | None
    downloads: int | None
    how: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class TracedRepository:
    """A repository on the way of a paper.

    Attributes:
        name: owner/name.
        created_on: Day on which it was created on GitHub; when it took the model up is later.
        days: From the paper's month.
        how: ``describes`` the paper, or ``names`` a model.
        model: The model that it names.
    """

    name: str
    created_on: date | None
    days: int | None
    how: str
    model: str | None = None


T = TypeVar("T", TracedModel, TracedRepository)


@dataclass(slots=True)
class Trace:
    """What was found on the way of a paper.

    Attributes:
        paper: Its arXiv id; empty where only a title or DOI is known.
        title: Its title, where it is known.
        published_on: First day of the month in its arXiv id.
        models: Models, oldest first.
        repositories: Repositories, oldest first.
        searched: What was asked.
        request_count: Requests sent.
    """

    paper: str
    title: str
    published_on: date | None
    models: list[TracedModel] = field(default_factory=list)
    repositories: list[TracedRepository] = field(default_factory=list)
    searched: list[SearchedPlace] = field(default_factory=list)
    request_count: int = 0

    def note(
        self, where: str, what: str, found: int | None, state: str = "all", to_know_more: str = ""
    ) -> None:
        """Note what was asked, as ``SearchedPlace`` has it."""
        self.searched.append(SearchedPlace(where, what, found, state, to_know_more))

    def as_row(self) -> dict[str, object]:
        """Return it as one JSON object, with the dates and lags of what came first."""
        first = {
            "first_model": self.first_model,
            "first_derivative": _first(one for one in self.models if one.how == "derived"),
            "first_repository": _first(self.repositories),
        }
        return {
            **asdict(self),
            **{name: one.name if one else None for name, one in first.items()},
            **{f"{name}_on": one.created_on if one else None for name, one in first.items()},
            **{f"days_to_{name[6:]}": one.days if one else None for name, one in first.items()},
        }

    @property
    def first_model(self) -> TracedModel | None:
        """The oldest model that cites the paper and names no base, else the oldest that cites."""
        citing = [one for one in self.models if one.how == "cites"]
        return _first(one for one in citing if one.base is None) or _first(citing)


def trace_paper(
    settings: Settings, asked: str, paper: TracedPaper | None, arxiv_id: str | None, *, models: int
) -> Trace:
    """Ask the hub and GitHub for the way of one paper.

    Args:
        settings: Endpoints and tokens.
        asked: What the user wrote: an id, a DOI or a title.
        paper: Its row in the reviewed list, if it has one.
        arxiv_id: Its arXiv id without version, where it is known.
        models: So many models are followed to derivatives and to repositories.

    Raises:
        RetryLater: The hub does not answer properly.
        SourceRefused: The hub refuses the token.
    """
    title = paper.title if paper is not None else "" if asked == arxiv_id else asked
    month = date.fromisoformat(arxiv_month(arxiv_id)) if arxiv_id is not None else None
    trace = Trace(arxiv_id or "", title, month)
    _ask_hub(settings, trace, models)
    followed = [one.name for one in trace.models if one.how == "cites" and one.base is None]
    _ask_github(settings, trace, followed[:models])
    trace.models.sort(key=_age)
    trace.repositories.sort(key=_age)
    return trace


def _ask_hub(settings: Settings, trace: Trace, most: int) -> None:
    if not trace.paper:
        trace.note(
            _HUB, "models with its arXiv tag", None, "not asked",
            "the arXiv id of the paper: the hub lists models by it, not by title or DOI",
        )  # fmt: skip
        return
    hub = open_hub(settings, threading.Event(), DEFAULT_HUB)
    if not isinstance(hub, TaggedHub):
        raise TypeError(f"the listing of {hub.name} has no tags")
    try:
        citing = _listed(hub, trace, f"arxiv:{trace.paper}", f"models tagged arxiv:{trace.paper}")
        trace.models = [_model(one, "cites", trace.published_on) for one in citing]
        first = trace.first_model
        since = first.created_on if first is not None else None
        for root in [one for one in trace.models if one.base is None][:most]:
            tag, what = f"base_model:{root.name}", f"models derived from {root.name}"
            derived = {one.name: one for one in _listed(hub, trace, tag, what)}
            # a derivative that repeats the tag of its base's paper is one all the same
            trace.models = [
                one for one in trace.models if one.name not in derived or one.how == "derived"
            ]
            known = {one.name for one in trace.models}
            trace.models += [
                _model(one, "derived", since, root.name)
                for name, one in derived.items() if name not in known
            ]  # fmt: skip
    finally:
        hub.close()
        trace.request_count += hub.request_count


def _listed(hub: TaggedHub, trace: Trace, tag: str, what: str) -> list[ModelFacts]:
    """Return the models with a tag, oldest first, and note whether these are all."""
    url = hub.tagged_url(tag)
    found: list[ModelFacts] = []
    for _ in range(_MOST_PAGES):
        answer = hub.get(url, AnswerKind.LISTING, {})
        found += hub.read_listing(answer.body, "model", SweepKind.FULL).models
        following = hub.next_url(answer)
        if following is None:
            trace.note(_HUB, what, len(found))
            return found
        url = following
    more = f"more than {_MOST_PAGES} pages of the listing: miner crawl reads all of it"
    trace.note(_HUB, what, len(found), "cut", more)
    return found


def _model(facts: ModelFacts, how: str, since: date | None, base: str | None = None) -> TracedModel:
    created = _day(facts.values.get("created_at"))
    downloads = facts.volatile.get("downloads")
    named = next((edge.parent for edge in facts.statements.edges), None)
    return TracedModel(
        facts.name, created, _days(since, created),
        downloads if isinstance(downloads, int) else None, how, base or named,
    )  # fmt: skip


def _ask_github(settings: Settings, trace: Trace, models: list[str]) -> None:
    if not settings.github_tokens:
        trace.note(
            _GITHUB, "repositories that describe the paper or load a model", None, "not asked",
            "export GITHUB_TOKEN=<a token, no scope needed>",
        )  # fmt: skip
        return
    searches = [f'"{text[:_LONGEST_TITLE]}"' for text in (trace.paper, trace.title) if text]
    github = GitHub(settings, threading.Event())
    try:
        for words in searches:
            found = _search(github, trace, "/search/repositories", words, "describe")
            _add(trace, [(item, "describes", None) for item in found])
        for model in models:
            found = _search(github, trace, "/search/code", f'"{model}"', "have files that name")
            _add(trace, [(item.get("repository"), "names", model) for item in found])
        _date(github, trace)
    finally:
        github.close()
        trace.request_count += github.request_count


def _search(
    github: GitHub, trace: Trace, path: str, words: str, verb: str
) -> list[Mapping[str, Any]]:
    """Return the first page of a search, and note what it was."""
    what = f"repositories that {verb} {words}"
    try:
        answer = github.get(path, AnswerKind.SEARCH, {}, params={"q": words, "per_page": _A_PAGE})
    except MinerError as error:
        trace.note(_GITHUB, what, None, "refused", error.message)
        return []
    body = read_mapping(decoded(answer.body.decode("utf-8", "replace")))
    items = [read_mapping(item) for item in read_items(body.get("items"))]
    if answer.status != 200:
        reason = f"GitHub answered {answer.status}: {body.get('message', '')}"[:200]
        trace.note(_GITHUB, what, None, "refused", reason)
        return []
    total = body.get("total_count")
    is_cut = body.get("incomplete_results") is True or (
        isinstance(total, int) and total > len(items)
    )
    more = "miner crawl --github: it divides a search until all of it comes" if is_cut else ""
    trace.note(_GITHUB, what, len(items), "cut" if is_cut else "all", more)
    return items


def _add(trace: Trace, found: list[tuple[object, str, str | None]]) -> None:
    """Add repositories that are new, oldest search first."""
    known = {one.name for one in trace.repositories}
    for record, how, model in found:
        name = read_mapping(record).get("full_name")
        if not isinstance(name, str) or name in known:
            continue
        known.add(name)
        created = _day(read_mapping(record).get("created_at"))
        trace.repositories.append(
            TracedRepository(name, created, _days(trace.published_on, created), how, model)
        )


def _date(github: GitHub, trace: Trace) -> None:
    """Ask for the dates of repositories that code search gives without."""
    undated = [one for one in trace.repositories if one.created_on is None]
    dated, reason = 0, ""
    for one in undated[:_A_PAGE]:
        try:
            answer = github.get(f"/repos/{one.name}", AnswerKind.METADATA, {})
            if answer.status != 200:
                reason = f"GitHub answered {answer.status} for {one.name}"
                continue
            facts = read_record(decoded(answer.body.decode("utf-8", "replace")))
        except SkipRecord as error:
            reason = f"{one.name}: {error.reason}"
            continue
        except MinerError as error:  # the others would be refused as well
            reason = error.message
            break
        created = _day(facts.values.get("created_at"))
        dated += created is not None
        days = _days(trace.published_on, created)
        trace.repositories[trace.repositories.index(one)] = replace(
            one, created_on=created, days=days
        )
    if dated < len(undated):
        trace.note(_GITHUB, "dates of repositories", dated, "cut", reason or f"{_A_PAGE} at a time")


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None


def _days(since: date | None, until: date | None) -> int | None:
    return (until - since).days if since is not None and until is not None else None


def _age(one: TracedModel | TracedRepository) -> tuple[bool, date, str]:
    return one.created_on is None, one.created_on or date.max, one.name


def _first(some: Iterable[T]) -> T | None:
    """Return the oldest of those that have a date, else None."""
    return min((one for one in some if one.created_on is not None), key=_age, default=None)
