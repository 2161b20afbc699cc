"""Discovery: repositories by searches of code and of repositories, by cards, and by a list.

A search is a row, and so is every part of it: the next one to read is a query, and a page is
committed with what it found. Pages are counted, and files by repository and path: GitHub's own
counts only say whether it is worth while to part a search.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, func, select

from miner.errors import ConfigurationError, MinerError, RetryLater, SkipRecord, SourceRefused
from miner.pipelines.crawl.github.bins import MOST_PAGES, MOST_RESULTS, PER_PAGE, parts_of
from miner.pipelines.crawl.github.terms import Term, code_terms, repository_terms
from miner.pipelines.intake.batch import as_text, write_answer
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    ingest_named_repositories,
    known_names,
    unfound_names,
)
from miner.pipelines.intake.runs import RUN
from miner.pipelines.intake.searches import (
    BIN,
    CODE,
    INCOMPLETE,
    Bin,
    BinEnd,
    Hit,
    SearchPage,
    add_bins,
    count_open,
    end_bin,
    find_bin,
    incomplete_bins,
    ingest_search_page,
    next_open,
    reopen,
    unknown_bins,
)
from miner.pipelines.intake.searches import REPOSITORY as REPOSITORIES
from miner.pipelines.sources.archive.decisions import decision
from miner.pipelines.sources.github.answers import decoded, message_of
from miner.pipelines.sources.github.repository_records import could_be_a_name, read_record
from miner.pipelines.sources.github.session import ForgeChoice, ForgeCrawl
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.tables import ModelRepository
from miner.schema.vocab import AnswerKind, BinState, FindingSource, ParseState

log = logging.getLogger(__name__)

_SEARCHED_ANEW_AFTER = timedelta(days=30)
_READ_AGAIN_AFTER = timedelta(days=1)
_FIRST_DAY = date(2019, 1, 1)
"""Without --since, repositories pushed to since then: before it there were hardly any models."""
_PATHS = {CODE: "/search/code", REPOSITORIES: "/search/repositories"}
_BATCH = 1_000


def discover(crawl: ForgeCrawl, choice: ForgeChoice) -> None:
    """Find repositories.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
        ConfigurationError: The list of repositories cannot be read.
    """
    if choice.repositories is not None:
        crawl.counts["repositories listed"] += ingest_list(crawl, choice)
    crawl.counts["repositories linked by cards"] += ingest_card_links(crawl)
    if not choice.with_search:
        return
    open_searches(crawl, choice)
    for kind, noun in ((REPOSITORIES, "searches of repositories"), (CODE, "searches of code")):
        with crawl.engine.connect() as connection:
            left = count_open(connection, kind)
        crawl.progress.start(noun, left)
        while not _is_enough(crawl, choice):
            with crawl.engine.connect() as connection:
                bin_ = next_open(connection, kind)
            if bin_ is None:
                break
            read_bin(crawl, bin_)
            crawl.progress.advance(1)
        crawl.progress.finish()
    if count := crawl.counts["searches with incomplete results"]:
        log.warning("GitHub calls the results of %d searches incomplete: a crawl tomorrow or later "
                    "makes them again", count)  # fmt: skip


def ingest_list(crawl: ForgeCrawl, choice: ForgeChoice) -> int:
    """Take the names of a list in; return how many were new.

    Raises:
        ConfigurationError: The list cannot be read, or holds what is no name.
    """
    path = choice.repositories
    if path is None:
        return 0
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the list {path} cannot be read: {error}") from error
    names = _names_in(lines, str(path))
    return _ingest_names(crawl, [(name, path.name) for name in names], FindingSource.LIST)


def ingest_named(crawl: ForgeCrawl, texts: Sequence[str]) -> list[str]:
    """Take repositories in that a user named; return their names.

    Raises:
        ConfigurationError: One of them is no name.
    """
    names = _names_in(texts, "the command")
    _ingest_names(crawl, [(name, "named by the user") for name in names], FindingSource.LIST)
    return names


def _names_in(lines: Sequence[str], place: str) -> list[str]:
    names = [name for line in lines if (name := _name_in(line))]
    wrong = [name for name in names if not could_be_a_name(name)]
    if wrong:
        raise ConfigurationError(
            f"{place}: {wrong[0][:100]!r} is no name of a repository",
            next_step="write owner/name, or an address on github.com, one a line",
        )
    return names


def ingest_card_links(crawl: ForgeCrawl) -> int:
    """Take the repositories in that models' cards link; return how many were new."""
    with crawl.engine.connect() as connection:
        names = set(connection.scalars(select(ModelRepository.repository).distinct()))
        new = sorted(names - known_names(connection, names))
    return _ingest_names(crawl, [(name, name) for name in new], FindingSource.CARD)


def open_searches(crawl: ForgeCrawl, choice: ForgeChoice) -> None:
    """Write the searches that are to be made: code once a month, repositories since the last.

    Those that ended with incomplete results are made again.
    """
    today = datetime.now(UTC).date()
    with crawl.engine.begin() as connection:
        number = _code_round(connection)
        again = _due_again(connection, number)
        bins = [Bin(CODE, term.topic, term.query, round=number) for term in code_terms()]
        for term in repository_terms():
            first = _first_day(connection, term, choice, today)
            if first is not None:
                days = (first.isoformat(), today.isoformat())
                bins.append(Bin(REPOSITORIES, term.topic, term.query, *days))
        new = unknown_bins(connection, bins)
        if not again and not new:
            return
        content = {
            "again": [[bin_.kind, bin_.query, bin_.round] for bin_ in again],
            "new": [
                [bin_.kind, bin_.topic, bin_.base, bin_.lower, bin_.upper, bin_.round]
                for bin_ in new
            ],
        }
        record = decision(AnswerKind.SEARCHES, str(today), content)
        crawl.decide(connection, record)
        ingest_searches(connection, content, crawl.run_id)


def ingest_searches(connection: Connection, content: Mapping[str, Any], run_id: int) -> None:
    """Write which searches are to be made, and which are to be made again."""
    again = [find_bin(connection, *key) for key in content["again"]]
    reopen(connection, [bin_ for bin_ in again if bin_ is not None])
    new = [
        Bin(kind, topic, base, lower, upper, round=number)
        for kind, topic, base, lower, upper, number in content["new"]
    ]
    add_bins(connection, new, run_id)


def read_bin(crawl: ForgeCrawl, bin_: Bin) -> None:
    """Read a bin from the page where an earlier run left it.

    What a page decides goes into the archive with it.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
        SourceRefused: GitHub refuses the search to this token.
    """
    while True:
        if crawl.stop.is_set():
            raise Stopped
        answer, page = _ask_whole(crawl, bin_)
        crawl.counts["search pages"] += 1
        if page is None and _end_of_refused(bin_, answer) is None:
            crawl.keep(answer)
            raise _refusal(answer)
        with crawl.engine.begin() as connection:
            context = IngestContext(connection, crawl.run_id, as_text(answer.observed_at))
            after, end = _ingest_page(context, bin_, answer, page)
            if end is not None:
                answer = replace(answer, context={**answer.context, "end": end.as_json()})
            write_answer(connection, answer, crawl.keep(answer), ParseState.PARSED.value)
            if end is not None:
                end_bin(context, after, end)
        if end is not None:
            crawl.counts["searches with incomplete results"] += page is not None and (
                after.is_incomplete
            )
            return
        bin_ = after


def ingest_answer(context: IngestContext, answer: ReceivedAnswer) -> None:
    """Write what an archived page of a search found, and how its bin ended if it did.

    The page tells by itself; one that was archived before pages told it is decided upon again. A
    page that its bin does not wait for was asked for in vain, as a kill came before it was
    written.
    """
    kind, page = answer.context["search"], read_page(answer, answer.context["search"])
    number = int(answer.context["round"]) if "round" in answer.context else None
    bin_ = find_bin(context.connection, kind, query_of(answer), number)
    is_next = bin_ is not None and int(answer.context["page"]) == bin_.page_count + 1
    if bin_ is None or bin_.state != BinState.OPEN or not is_next:
        return
    after, end = _ingest_page(context, bin_, answer, page)
    if number is not None:
        written = answer.context.get("end")
        end = BinEnd.from_json(written, after) if written else None
    if end is not None:
        end_bin(context, after, end)


def query_of(answer: ReceivedAnswer) -> str:
    """Return the query of a page of a search."""
    return parse_qs(urlsplit(answer.url).query).get("q", [""])[0]


def _ingest_page(
    context: IngestContext, bin_: Bin, answer: ReceivedAnswer, page: SearchPage | None
) -> tuple[Bin, BinEnd | None]:
    """Write what a page found; return its bin as it stands now, and how it ends, None if not."""
    if page is None:
        return bin_, _end_of_refused(bin_, answer)
    after = ingest_search_page(context, bin_, page)
    has_next = 'rel="next"' in answer.headers.get("link", "")
    return after, _end_of_read(bin_, after, page, has_next=has_next)


def read_page(answer: ReceivedAnswer, kind: str) -> SearchPage | None:
    """Return what a page of a search says, None where it is none."""
    content = decoded(answer.body.decode("utf-8", "replace"))
    if answer.status != 200 or not isinstance(content, dict):
        return None
    items, total = content.get("items"), content.get("total_count")
    items = items if isinstance(items, list) else []
    return SearchPage(
        total if isinstance(total, int) else 0,
        content.get("incomplete_results") is True,
        len(items),
        [hit for item in items if (hit := _hit(item, kind))],
    )


def _end_of_read(before: Bin, after: Bin, page: SearchPage, *, has_next: bool) -> BinEnd | None:
    """Return how a bin ends with this page, None where it goes on."""
    is_too_much = page.total_count > MOST_RESULTS
    if is_too_much and after.page_count == 1:
        parts, is_all = parts_of(after)
        if parts and is_all:
            return BinEnd(BinState.SPLIT, None, parts)
    is_circle = page.item_count > 0 and after.distinct_count == before.distinct_count
    if has_next and after.page_count < MOST_PAGES and not is_circle:
        return None
    is_last_full = after.page_count >= MOST_PAGES and page.item_count >= PER_PAGE
    if is_too_much or is_last_full or is_circle:
        reason = "pages repeat themselves" if is_circle else f"more than {MOST_RESULTS:,} results"
        return _split_or_cut(after, reason)
    if after.is_incomplete:
        return BinEnd(BinState.CUT, INCOMPLETE)
    return BinEnd(BinState.WHOLE)


def _split_or_cut(bin_: Bin, reason: str) -> BinEnd:
    """End a bin that was not read to its end. Parts that are not all of it leave it cut."""
    parts, is_all = parts_of(bin_)
    if parts and is_all:
        return BinEnd(BinState.SPLIT, None, parts)
    return BinEnd(BinState.CUT, reason, parts)


def _ask_whole(crawl: ForgeCrawl, bin_: Bin) -> tuple[ReceivedAnswer, SearchPage | None]:
    """Ask for a bin's next page, again where GitHub calls its results incomplete.

    Returns:
        The answer with most results and what it says, None where it is no page.
    """
    answer = _ask(crawl, bin_)
    page = read_page(answer, bin_.kind)
    for _ in range(crawl.repeats):
        if page is None or not page.is_incomplete:
            break
        crawl.counts["search pages asked for again"] += 1
        other = _ask(crawl, bin_)
        content = read_page(other, bin_.kind)
        if content is not None and (
            not content.is_incomplete or content.item_count > page.item_count
        ):
            answer, page = other, content
    return answer, page


def _ask(crawl: ForgeCrawl, bin_: Bin) -> ReceivedAnswer:
    page = bin_.page_count + 1
    params = {"q": bin_.query, "per_page": PER_PAGE, "page": page}
    if bin_.kind == REPOSITORIES:
        params["sort"] = "updated"
    context = {
        "search": bin_.kind, "topic": bin_.topic, "base": bin_.base, "round": str(bin_.round),
        "page": str(page),
    }  # fmt: skip
    return crawl.github.get(_PATHS[bin_.kind], AnswerKind.SEARCH, context, params=params)


def _end_of_refused(bin_: Bin, answer: ReceivedAnswer) -> BinEnd | None:
    """Return how a bin ends that GitHub will not search, None where it may do so later."""
    if answer.status != 422:
        return None
    if bin_.page_count:
        return BinEnd(BinState.CUT, _message(answer), parts_of(bin_)[0])
    log.warning("GitHub does not take the search %r (%s)", bin_.query, _message(answer))
    return BinEnd(BinState.REFUSED, _message(answer))


def _refusal(answer: ReceivedAnswer) -> MinerError:
    """Return what a page that is none means."""
    if answer.status in {401, 403, 451}:
        return SourceRefused(
            f"GitHub refuses its search ({_message(answer)})", next_step="check GITHUB_TOKEN"
        )
    return RetryLater(
        f"GitHub answers its search with {_message(answer)}",
        next_step="run the same command again later: it goes on where it stopped",
        kept="everything up to the last committed page",
    )


def _message(answer: ReceivedAnswer) -> str:
    message = message_of(decoded(answer.body.decode("utf-8", "replace"))) or "no message"
    return f"{answer.status}: {message[:200]}"


def _hit(item: object, kind: str) -> Hit | None:
    """Return what an item of a page is, None where it cannot be used."""
    if not isinstance(item, dict):
        return None
    try:
        if kind == REPOSITORIES:
            return Hit(read_record(item))
        path, sha = item.get("path"), item.get("sha")
        if not isinstance(path, str) or not path:
            return None
        return Hit(read_record(item.get("repository")), path, sha if isinstance(sha, str) else None)
    except SkipRecord:
        return None


def _ingest_names(
    crawl: ForgeCrawl, names: Sequence[tuple[str, str]], source: FindingSource
) -> int:
    """Write repositories that are only named, with where; return how many were new."""
    new = 0
    for start in range(0, len(names), _BATCH):
        group = names[start : start + _BATCH]
        with crawl.engine.begin() as connection:
            known = known_names(connection, dict(group))
            new += len({name for name, _ in group} - known)
            context = IngestContext(connection, crawl.run_id, None)
            unfound = unfound_names(connection, group, source.value)
            if unfound:
                content = {"source": source.value, "names": unfound}
                crawl.decide(connection, decision(AnswerKind.REPOSITORIES, source.value, content))
                ingest_named_repositories(context, source.value, unfound)
    return new


def _name_in(line: str) -> str:
    """Return the name in a line of a list: owner/name or an address; empty for none."""
    text = line.partition("#")[0].strip().rstrip("/")
    for prefix in ("https://", "http://", "www.", "github.com/"):
        text = text.removeprefix(prefix)
    return "/".join(text.removesuffix(".git").split("/")[:2])


def _code_round(connection: Connection) -> int:
    """Return the number of the round of code searches: the unfinished one, or the next if due."""
    last, begun = connection.execute(
        select(func.max(BIN.c.round), func.max(RUN.c.started_at))
        .join(RUN, RUN.c.id == BIN.c.run_id)
        .where(BIN.c.kind == CODE)
    ).one()
    if last is None:
        return 1
    is_due = age(begun) > _SEARCHED_ANEW_AFTER and not count_open(connection, CODE)
    return int(last) + is_due


def age(moment: datetime) -> timedelta:
    """Return how long ago a time of the store is, by this machine's clock."""
    return datetime.now(UTC).replace(tzinfo=None) - moment


def _due_again(connection: Connection, code_round: int) -> list[Bin]:
    """Return bins with incomplete results that are to be read again.

    That is a day after they were read last, then two, four, and so on to a month: some searches
    are never called complete.
    """
    return [
        bin_
        for bin_, read, opened in incomplete_bins(connection)
        if age(read) > min(max(_READ_AGAIN_AFTER, read - opened), _SEARCHED_ANEW_AFTER)
        and (bin_.kind != CODE or bin_.round == code_round)
    ]


def _first_day(connection: Connection, term: Term, choice: ForgeChoice, today: date) -> date | None:
    """Return the day from which on repositories are searched: the one where the last search ended.

    None: all up to today was searched; what is pushed later today belongs to the next search.
    """
    lower, upper = connection.execute(
        select(func.min(BIN.c.lower), func.max(BIN.c.upper)).where(
            BIN.c.kind == REPOSITORIES, BIN.c.base == term.query, BIN.c.parent_id.is_(None)
        )
    ).one()
    first = choice.since.date() if choice.since else _FIRST_DAY
    if lower is None or first < date.fromisoformat(lower):
        return first
    last = date.fromisoformat(upper)
    return max(first, last) if last < today else None


def _is_enough(crawl: ForgeCrawl, choice: ForgeChoice) -> bool:
    """Tell whether so many repositories are known that no more are wanted."""
    if crawl.stop.is_set():
        raise Stopped
    if choice.limit is None:
        return False
    with crawl.engine.connect() as connection:
        return int(connection.scalar(select(func.count(REPOSITORY.c.id))) or 0) >= choice.limit
