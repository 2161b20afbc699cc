"""A card's own words on origins: its front matter, papers and code it links, with spans."""

from __future__ import annotations

import re
from dataclasses import dataclass

from miner.pipelines.sources.records import statements
from miner.pipelines.sources.records.facts import (
    LinkedRepository,
    PaperUse,
    Problem,
    Span,
    Statements,
)
from miner.pipelines.sources.records.front_matter import Scalar, read_front_matter
from miner.pipelines.sources.records.values import Reader
from miner.schema.vocab import PaperRole, ParseState, RecordReason, Source

_ARXIV_LINK = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/|hf\.co/papers/|\barXiv:\s?"
    r"|\b10\.48550/arXiv\.|\beprint\s{0,3}=\s{0,3}[{\"])"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
_MAX_PAPERS = 200
_OWN = re.compile(
    r"\b(?:official(?:ly)?\b[^.\n]{0,60}\b(?:implementations?|weights|checkpoints?|models?|code|release)"
    r"|(?:introduced|proposed|presented|described|released)\s(?:in|with|by)\b"
    r"|our\s(?:[\w-]+\s){0,2}(?:paper|work|report|preprint|manuscript|arxiv)\b"
    r"|(?:implementation|weights|checkpoints?|models?)\s(?:of|for|from|accompanying)\s"
    r"(?:the|our)\s(?:[\w-]+\s){0,2}(?:paper|work|report|preprint)\b)",
    re.IGNORECASE,
)
_NOT_OWN = re.compile(
    r"\b(?:dataset|benchmark|corpus|optimizer|loss|method|technique|attention|tokenizer|base model"
    r"|based on|fine-?tuned|trained (?:on|with|using)|using|uses|following|follows|inspired"
    r"|quantized|merged|merge)\b",
    re.IGNORECASE,
)
"""Words by which a sentence is about what the model was made from or with."""
_BEFORE = 160
_REPOSITORY_LINK = re.compile(
    r"github\.com/([a-z0-9][a-z0-9-]{0,38}/[a-z0-9._-]{1,100})", re.ASCII | re.IGNORECASE
)
_NO_OWNERS = frozenset(
    {"about", "apps", "collections", "enterprise", "features", "login", "marketplace", "orgs",
     "search", "settings", "site", "sponsors", "stars", "topics", "user", "users"}
)  # fmt: skip
"""First parts of addresses on GitHub that are no owners."""
_MAX_REPOSITORIES = 100


@dataclass(slots=True)
class CardFacts:
    """What a card says.

    Attributes:
        statements: Edges, datasets, papers, licenses, repositories, each with its span.
        languages: As stated, lower case.
        state: ``vocab.ParseState`` of the front matter; partial where fields were unusable.
        reason: Detail of the state.
        problems: Fields that could not be used.
    """

    statements: Statements
    languages: list[str]
    state: str
    reason: str
    problems: list[Problem]


def decode(body: bytes) -> tuple[str, bool]:
    """Return a card's text and whether all of it was UTF-8. Nothing is normalized."""
    try:
        return body.decode("utf-8"), True
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace"), False


def read_card(body: bytes, blob_sha: str, name: str) -> CardFacts:
    """Read a card.

    Args:
        body: The file's bytes.
        blob_sha: Their git blob sha, for the evidence.
        name: The model, for the problems.
    """
    text, is_utf8 = decode(body)
    front = read_front_matter(text)
    reader = Reader(name=name)
    known = statements.from_card(reader, front.data, Source.CARD.value, _spans_in(blob_sha))
    library = reader.text("library_name", front.data.get("library_name"))
    tags = set(reader.texts("tags", front.data.get("tags")))
    known = known._replace(
        edges=statements.fill_relations(list(known.edges), library, tags, has_files=False),
        papers=_papers(text, blob_sha),
        repositories=_repositories(text, blob_sha),
    )
    languages = reader.texts("language", front.data.get("language"))
    if not is_utf8:
        reader.note("", RecordReason.WRONG_TYPE, "not UTF-8: undecodable bytes replaced")
    state, reason = front.state, front.reason
    if state != ParseState.UNPARSABLE and reader.problems:
        state = ParseState.PARTIAL.value
        reason = ", ".join(dict.fromkeys(problem.field or "bytes" for problem in reader.problems))
    return CardFacts(
        known, [item.strip().lower() for item in languages], state, reason, reader.problems
    )


def _spans_in(blob_sha: str) -> statements.SpanOf:
    """Return a look-up from a value of the front matter to its place."""

    def span_of(value: str) -> Span | None:
        return Span(blob_sha, value.start, value.end) if isinstance(value, Scalar) else None

    return span_of


def _papers(text: str, blob_sha: str) -> list[PaperUse]:
    """Return the papers that a card links or names: where one is said to be its own, else first."""
    found: dict[str, PaperUse] = {}
    for match in _ARXIV_LINK.finditer(text):
        identifier = statements.arxiv_id(match[1])
        if not identifier:
            continue
        span = Span(blob_sha, match.start(1), match.end(1))
        known = found.get(identifier)
        if known is None or known.role == PaperRole.CITES.value:
            is_own = _is_own(text, match.start())
            role = PaperRole.IMPLEMENTS if is_own else PaperRole.CITES
            if known is None or is_own:
                found[identifier] = PaperUse(identifier, role.value, Source.CARD.value, span)
        if len(found) >= _MAX_PAPERS:
            break
    return list(found.values())


def _is_own(text: str, start: int) -> bool:
    """Return whether the sentence before a link says that the model is what the paper describes."""
    before = text[max(0, start - _BEFORE) : start]
    sentence = re.split(r"\n\s*\n|\n\s*[-*#>|]|(?<=[.!?])\s+(?=[A-Z])", before)[-1]
    return _OWN.search(sentence) is not None and _NOT_OWN.search(sentence) is None


def _repositories(text: str, blob_sha: str) -> list[LinkedRepository]:
    """Return the repositories on GitHub that a card links, each at its first mention."""
    found: dict[str, LinkedRepository] = {}
    for match in _REPOSITORY_LINK.finditer(text):
        name = match[1].rstrip(".")
        end = match.start(1) + len(name)
        name = name.removesuffix(".git")
        if name.partition("/")[0].lower() in _NO_OWNERS or not name.partition("/")[2].strip("."):
            continue
        span = Span(blob_sha, match.start(1), end)
        found.setdefault(name.lower(), LinkedRepository(name, Source.CARD.value, span))
        if len(found) >= _MAX_REPOSITORIES:
            break
    return list(found.values())
