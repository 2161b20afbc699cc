"""Discovery: repositories by searches of code and of repositories, by cards, and by a list.

A search is a row, and so is every part of it: the next one to read is a query, and a page is
committed with what it found. Pages are counted, and files by repository and path: GitHub's own
counts only say whether it is worth while to part a search.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, func, select

from miner.errors import ConfigurationError, RetryLater, SkipRecord, SourceRefused
from miner.pipelines.crawl.github.bins import MOST_PAGES, MOST_RESULTS, PER_PAGE, parts_of
from miner.pipelines.crawl.github.terms import Term, code_terms, repository_terms
from miner.pipelines.intake.repositories import (
    REPOSITORY,
    IngestContext,
    known_names,
    write_findings,
    write_named,
)
from miner.pipelines.intake.runs import RUN
from miner.pipelines.intake.searches import (
    BIN,
    CODE,
    INCOMPLETE,
    Bin,
    Hit,
    Page,
    add_bins,
    count_open,
    end_bin,
    incomplete_bins,
    ingest_search_page,
    next_open,
    reopen,
)
from miner.pipelines.intake.searches import REPOSITORY as REPOSITORIES
from miner.pipelines.sources.github.answers import decoded, message_of
from miner.pipelines.sources.github.repository_records import could_be_a_name, read_record
from miner.pipelines.sources.github.session import ForgeChoice, ForgeCrawl
from miner.pipelines.sources.http import Stopped
from miner.pipelines.sources.received import ReceivedAnswer
from miner.schema.tables import ModelRepository
from miner.schema.vocab import AnswerKind, BinState, FindingSource

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
    return _take_names(crawl, [(name, path.name) for name in names], FindingSource.LIST)


def ingest_named(crawl: ForgeCrawl, texts: Sequence[str]) -> list[str]:
    """Take repositories in that a user named; return their names.

    Raises:
        ConfigurationError: One of them is no name.
    """
    names = _names_in(texts, "the command")
    _take_names(crawl, [(name, "named by the user") for name in names], FindingSource.LIST)
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
        link = ModelRepository
        rows = connection.execute(
            select(link.repository, func.min(link.id)).group_by(link.repository)
        )
        names = [str(name) for name, _ in rows]
        known = known_names(connection, names)
    new = [(name, name) for name in sorted(names) if name not in known]
    return _take_names(crawl, new, FindingSource.CARD)


def open_searches(crawl: ForgeCrawl, choice: ForgeChoice) -> None:
    """Write the searches that are to be made: code once a month, repositories since the last.

    Those that ended with incomplete results are made again.
    """
    today = datetime.now(UTC).date()
    with crawl.engine.begin() as connection:
        number = _code_round(connection)
        reopen(connection, _due_again(connection, number))
        bins = [Bin(CODE, term.topic, term.query, round=number) for term in code_terms()]
        for term in repository_terms():
            first = _first_day(connection, term, choice, today)
            if first is not None:
                days = (first.isoformat(), today.isoformat())
                bins.append(Bin(REPOSITORIES, term.topic, term.query, *days))
        add_bins(connection, bins, crawl.run_id)


def read_bin(crawl: ForgeCrawl, bin_: Bin) -> None:
    """Read a bin from the page where an earlier run left it.

    Raises:
        Stopped: The run was asked to end.
        RetryLater: GitHub does not answer properly.
    """
    while True:
        if crawl.stop.is_set():
            raise Stopped
        answer, page = _ask_whole(crawl, bin_)
        location = crawl.keep(answer)
        crawl.counts["search pages"] += 1
        with crawl.taking(answer, location) as taking:
            if page is None:
                _refused(taking, bin_, answer)
                return
            after = ingest_search_page(taking, bin_, page)
            if _is_read(taking, bin_, after, page, has_next='rel="next"' in _link(answer)):
                crawl.counts["searches with incomplete results"] += after.is_incomplete
                return
        bin_ = after


def read_page(answer: ReceivedAnswer, kind: str) -> Page | None:
    """Return what a page of a search says, None where it is none."""
    told = decoded(answer.body.decode("utf-8", "replace"))
    if answer.status != 200 or not isinstance(told, dict):
        return None
    items, total = told.get("items"), told.get("total_count")
    items = items if isinstance(items, list) else []
    return Page(
        total if isinstance(total, int) else 0,
        told.get("incomplete_results") is True,
        len(items),
        [hit for item in items if (hit := _hit(item, kind))],
    )


def _is_read(taking: IngestContext, before: Bin, after: Bin, page: Page, *, has_next: bool) -> bool:
    """Tell whether a bin is done with this page, and write how it ended."""
    is_too_much = page.total_count > MOST_RESULTS
    if is_too_much and after.page_count == 1:
        parts, is_all = parts_of(after)
        if parts and is_all:
            end_bin(taking, after, BinState.SPLIT, None, parts)
            return True
    is_circle = page.item_count > 0 and after.distinct_count == before.distinct_count
    if has_next and after.page_count < MOST_PAGES and not is_circle:
        return False
    is_last_full = after.page_count >= MOST_PAGES and page.item_count >= PER_PAGE
    if is_too_much or is_last_full or is_circle:
        reason = "pages repeat themselves" if is_circle else f"more than {MOST_RESULTS:,} results"
        _part_or_cut(taking, after, reason)
    elif after.is_incomplete:
        end_bin(taking, after, BinState.CUT, INCOMPLETE)
    else:
        end_bin(taking, after, BinState.WHOLE, None)
    return True


def _part_or_cut(taking: IngestContext, bin_: Bin, reason: str) -> None:
    """End a bin that was not read to its end. Parts that are not all of it leave it cut."""
    parts, is_all = parts_of(bin_)
    if parts and is_all:
        end_bin(taking, bin_, BinState.SPLIT, None, parts)
    else:
        end_bin(taking, bin_, BinState.CUT, reason, parts)


def _ask_whole(crawl: ForgeCrawl, bin_: Bin) -> tuple[ReceivedAnswer, Page | None]:
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
        told = read_page(other, bin_.kind)
        if told is not None and (not told.is_incomplete or told.item_count > page.item_count):
            answer, page = other, told
    return answer, page


def _ask(crawl: ForgeCrawl, bin_: Bin) -> ReceivedAnswer:
    page = bin_.page_count + 1
    params = {"q": bin_.query, "per_page": PER_PAGE, "page": page}
    if bin_.kind == REPOSITORIES:
        params["sort"] = "updated"
    context = {"search": bin_.kind, "topic": bin_.topic, "base": bin_.base, "page": str(page)}
    return crawl.github.get(_PATHS[bin_.kind], AnswerKind.SEARCH, context, params=params)


def _refused(taking: IngestContext, bin_: Bin, answer: ReceivedAnswer) -> None:
    """End a bin whose page is none.

    Raises:
        SourceRefused: GitHub refuses the search to this token.
        RetryLater: GitHub does not answer properly.
    """
    message = message_of(decoded(answer.body.decode("utf-8", "replace"))) or "no message"
    told = f"{answer.status}: {message[:200]}"
    if answer.status == 422 and bin_.page_count:
        end_bin(taking, bin_, BinState.CUT, told, parts_of(bin_)[0])
    elif answer.status == 422:
        log.warning("GitHub does not take the search %r (%s)", bin_.query, told)
        end_bin(taking, bin_, BinState.REFUSED, told)
    elif answer.status in {401, 403, 451}:
        raise SourceRefused(f"GitHub refuses its search ({told})", next_step="check GITHUB_TOKEN")
    else:
        raise RetryLater(
            f"GitHub answers its search with {told}",
            next_step="run the same command again later: it goes on where it stopped",
            kept="everything up to the last committed page",
        )


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


def _take_names(crawl: ForgeCrawl, names: Sequence[tuple[str, str]], source: FindingSource) -> int:
    """Write repositories that are only named, with where; return how many were new."""
    new = 0
    for start in range(0, len(names), _BATCH):
        group = names[start : start + _BATCH]
        with crawl.engine.begin() as connection:
            new += len({name for name, _ in group} - known_names(connection, dict(group)))
            taking = IngestContext(connection, crawl.run_id, None)
            keys = write_named(taking, [name for name, _ in group])
            write_findings(taking, ((keys[name], source.value, told) for name, told in group))
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


def _link(answer: ReceivedAnswer) -> str:
    return answer.headers.get("link", "")
