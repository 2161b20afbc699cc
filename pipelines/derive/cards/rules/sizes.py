"""Sizes of the model: parameters, experts, context, vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from miner.pipelines.derive.cards import numbers
from miner.pipelines.derive.cards.document import Document, KeyValue
from miner.pipelines.derive.cards.make import from_cells, from_code, from_pair, from_plain
from miner.pipelines.derive.cards.siblings import is_of_sibling
from miner.pipelines.derive.cards.table_rows import own_row
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_COUNT = numbers.COUNT


class _Prose(NamedTuple):
    field: str
    needs: str
    on_line: tuple[str, ...]
    pattern: re.Pattern[str]
    unit: str


def _rule(field: str, needs: str, pattern: str, unit: str) -> _Prose:
    """Return a rule for sentences: every place of it has a word of ``on_line`` in it."""
    return _Prose(field, needs, _ON_LINE.get(needs, (needs,)), numbers.lowered(pattern), unit)


_ON_LINE = {"token": ("token", "piece", "word"), "total param": ("total",), "word piece": ("word",)}
"""Where what the card needs is not what the line has to have."""


_PROSE = (
    _rule("active_parameter_count", "activ",
          rf"({_COUNT})\s*(?:parameters\s*)?(?:are\s+)?(?:\w+\s+)?(?:activated"
          rf"|active\b)(?!\s+experts)", "parameters"),
    _rule("active_parameter_count", "activ",
          rf"activat(?:ed|es|ing)\s+(?:only\s+)?(?:about\s+"
          rf"|around\s+)?({_COUNT})\s*(?:of\s+|parameters)", "parameters"),
    _rule("active_parameter_count", "active param", rf"({_COUNT})\s+active\s+param", "parameters"),
    _rule(
        "parameter_count",
            "total",
                rf"({_COUNT})\s*(?:parameters\s+)?(?:in\s+)?total\b(?!\s*(?:tokens"
                rf"|steps))(?:\s+parameters)?", "parameters"),
    _rule(
        "parameter_count",
            "total param",
                rf"total\s+(?:of\s+)?(?:parameters\s*(?:of|:"
                rf"|is)?\s*)?({_COUNT})\s*(?:parameters)?", "parameters"),
    _rule(
        "parameter_count",
            "param",
                rf"({_COUNT})[\s-]*(?:trainable\s+|model\s+)?param(?:eter)?s?\b", "parameters"),
    _rule(
        "parameter_count",
            "param",
                rf"param(?:eter)?s?\s*(?:count|size)?\s*(?:\((?:M|B"
                rf"|Million)\))?\s*(?:of|is|:|=|\()\s*(?:about |around "
                rf"|approximately |~)?({_COUNT})", "parameters"),
    _rule("parameter_count", "total",
          r"active(?:d|ated)?\s?/\s?(\d+(?:\.\d+)? ?[bm])\s+total\b", "parameters"),
    _rule("parameter_count", "the number of",
          rf"({_COUNT})[\"'”]?\s+(?:represents|denotes|is|refers to)\s+the\s+number\s+of\s+"
          r"(?:trainable\s+)?param\w*", "parameters"),
    _rule(
        "expert_count",
            "expert",
                r"\b(?:with|has|of|contains|uses|total)\s+(\d+|\w+)\s+(?:routed\s+|total\s+"
                r"|different\s+|fine-grained\s+)?experts\b", ""),
    _rule(
        "expert_count",
            "expert",
                r"\b(\d+)\s+(?:routed\s+|total\s+)?experts\b(?!\s*(?:per|are active|active))", ""),
    _rule(
        "experts_per_token",
            "expert",
                r"\b(?:top[- ](\d+)\b[^.\n]{0,30}(?:rout|gating|expert)|(\d+|two|four"
                r"|eight)\s+(?:of (?:them|which)\s+)?(?:active|activated)\s+experts|(\d+|two"
                r"|four)\s+experts?\s+(?:per token|are active|for each token))", ""),
    _rule(
        "context_length",
            "conte",
                rf"context[\s-]*(?:length|window"
                rf"|size)s?\s*(?:\(?tokens\)?\s*)?(?:\w+\s+){{0,3}}?(?:of|is|to|:|=|up "
                rf"to)\s*(?:up to\s+|about\s+)?({_COUNT})(?!\s*(?:x|times|words))", "tokens"),
    _rule(
        "context_length",
            "conte",
                rf"({_COUNT})[\s-]*(?:tokens?[\s-]*)?(?:token\s+)?context(?:[\s-]*(?:length"
                rf"|window|size))?\b", "tokens"),
    _rule(
        "context_length",
            "sequence length",
                rf"sequence length[s]?\s*(?:of|is|:|=)\s*(?:up "
                rf"to\s+)?({_COUNT})(?:\s+tokens)?,?\s+(?:or (?:lower|less)|tokens\b"
                rf"|was|were)?", "tokens"),
    _rule(
        "context_length",
            "token",
                rf"(?:longer than|maximum(?: input)? (?:length|size) of|max(?:imum)? of"
                rf"|up ?to|able to (?:process|handle)|limit of|less than|limited to"
                rf"|supports?)\s+({_COUNT})\s*[- ]?(?:word[- ]?pieces?|sub-?words?"
                rf"|tokens?)\b(?:\s+(?:is|are) truncated|\s+long|\s+context)?", "tokens"),
    _rule("context_length", "context",
          rf"\bcontext\s*(?:is|:|=)\s+(?:up to\s+)?({_COUNT})(?!\s*(?:words|sentences|%))",
          "tokens"),
    _rule("context_length", "sequence length",
          rf"({_COUNT})(?:[- ]tokens?)?\s+sequence length", "tokens"),
    _rule(
        "context_length", "word piece", rf"longer than\s+({_COUNT})\s*word[- ]?pieces?", "tokens"),
    _rule(
        "vocabulary_size",
            "vocab",
                rf"vocab(?:ulary)?(?:\s+size)?\s*(?:of|is|:|=|contains|with|has"
                rf"|\()\s*(?:about |around |roughly |approximately |~|size\s+)?({_COUNT})"
                r"(?![_\d]|\s*(?:gb|languages))", ""),
    _rule(
        "vocabulary_size",
            "vocab",
                rf"({_COUNT})[\s-]*(?:tokens? are included|tokens?|words?|word-?pieces?"
                rf"|sub-?words?|BPE|unique|entries"
                rf"|-?size)?\s*(?:in (?:the|its)\s+)?vocab(?:ulary)?\b", ""),
)  # fmt: skip
_PAIRS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "active_parameter_count", re.compile(
            r"^(?:#\s*|number of |num )?(?:activ(?:e|ated)(?: model)? "
            r"param(?:eter)?s?|activ(?:e|ated)(?: parameters)?)(?: \(.*\))?$"), "parameters"),
    (
        "expert_count", re.compile(
            r"^(?:#\s*|number of |num(?:ber)?[ _])?(?:of )?(?:total |routed |local "
            r")?experts(?: count)?$|^n_experts$"), ""),
    (
        "experts_per_token", re.compile(
            r"^(?:#\s*|number of |num(?:ber)?[ _])?(?:activated|active|selected) experts(?: "
            r"per token)?$|^experts? per tok(?:en)?$|^num_experts_per_tok$"), ""),
    (
        "parameter_count", re.compile(
            r"^(?:#\s*|number of |num |total |model )?(?:total )?(?:trainable "
            r")?param(?:eter)?s?(?: count| size)?(?: \((?!non|without|excl).*\))?$"
            r"|^n_?parameters$|^(?:model )?size$|^model parameters$|^parameter "
            r"count$"), "parameters"),
    (
        "context_length", re.compile(
            r"^(?:max(?:imum)? |supported |default |model )?(?:context"
            r"|sequence)(?:[ _](?:length|window|size))(?: \(.*\))?$|^context$|^n_?ctx$"
            r"|^max(?:imum)? (?:input |position )?(?:embeddings|tokens|length)$"), "tokens"),
    (
        "vocabulary_size", re.compile(
            r"^(?:tokenizer )?vocab(?:ulary)?(?:[ _]size)?$|^n_?vocab$"), ""),
)  # fmt: skip
_HEADS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("active_parameter_count", re.compile(r"activ\w+ param|#\s*activ", re.I), "parameters"),
    (
        "parameter_count", re.compile(
            r"^\W*(?:#\s*|total |model |num(?:ber)?(?: of)? |no\.? of )?(?:total "
            r")?(?:n_?)?param(?:eter)?s?(?: count| size)?(?: "
            r"?\(?[mb]\)?)?\W*$|^#\s*(?:total )?params$|^model size$"
            r"|^number of param", re.I), "parameters"),
    (
        "context_length", re.compile(
            r"^\W*(?:max |supported )?conte(?:x|n)t(?: (?:length|window"
            r"|size))?\W*$|^(?:max\w* )?seq(?:uence)? length$|^max (?:num )?tokens$",
            re.I), "tokens"),
    ("vocabulary_size", re.compile(r"^\W*vocab(?:ulary)?(?: size)?\W*$", re.I), ""),
)  # fmt: skip
_LEAST = {"parameter_count": 1e5, "active_parameter_count": 1e6, "context_length": 64,
          "vocabulary_size": 20, "expert_count": 2, "experts_per_token": 1}  # fmt: skip
_MOST = {"parameter_count": 1e14, "active_parameter_count": 1e13, "context_length": 2e7,
         "vocabulary_size": 5e6, "expert_count": 4096, "experts_per_token": 64}  # fmt: skip
_OTHERS = bounded(
    r"non-?embedding|compared|larger than|smaller than|(?:vs\.?|than|decrease the context "
    r"length from|ranging|range|from|between"
    r"|against|outperform\w*|like|such as|over)\s+(?:the\s+)?[\w-]*\s*$",
    re.IGNORECASE,
)
_TRAINING = re.compile(r"train|fine-?tun|hyperparam|procedure")


def read(document: Document) -> Iterator[Value]:
    """Read the sizes: pairs, this model's row in tables, printed architectures, then sentences."""
    found = list(_pairs(document))
    yield from found
    has = {value.field for value in found}
    for value in _tables(document):
        if value.field not in has:
            found.append(value)
            yield value
    yield from _architecture(document)
    has = {value.field for value in found}
    stated: set[str] = set()
    if "parameter_count" not in has:
        yield from _named_size(document)
    for value in _prose(document):
        if value.field in has or (value.field in stated and value.field != "context_length"):
            continue
        stated.add(value.field)
        yield value


_OWN_SIZE = sieved(
    r"\b(?:the|this|a|an"
    r"|our)\s+(?:[\w-]+\s+){0,2}?(\d+(?:\.\d+)?\s?[BM])\s+(?:[\w-]+\s+){0,3}?(?:model|version"
    r"|variant|LLM|checkpoint)\b"
)


_TOTAL = sieved(r"^\s*Total params:\s*([\d,]{5,})", re.MULTILINE)
"""The last line of the table that Keras prints of a model."""
_MAX_LENGTH = re.compile(r"Transformer\(\{\s*'max_seq_length': (\d{1,9})(?!\d)")


def _architecture(document: Document) -> Iterator[Value]:
    """Read the longest input in the architecture that sentence-transformers cards print."""
    for code in document.codes:
        total = _TOTAL.search(code.text)
        number = numbers.whole(total[1]) if total is not None else None
        if total is not None and number:
            start, end = code.start + total.start(1), code.start + total.end(1)
            yield from_code(
                document, "parameter_count", number, start, end, method="summary",
                unit="parameters",
            )  # fmt: skip
        match = _MAX_LENGTH.search(code.text)
        if match is not None:
            start = code.start + match.start()
            yield from_code(
                document, "context_length", int(match[1]), start, code.start + match.end(),
                method="architecture", unit="tokens",
            )  # fmt: skip
            return


def _named_size(document: Document) -> Iterator[Value]:
    """Read ``the 7B fine-tuned model`` where the name has that size too."""
    for match in document.matches(_OWN_SIZE, document.plain):
        number = numbers.whole(match[1])
        if number and _SIZE.search(document.name) and _suits_name(document.name, number):
            first, _ = document.sentence(match.start())
            if not _OTHERS.search(document.plain[first : match.start()]):
                yield from_plain(
                    document, "parameter_count", number, match.start(), match.end(),
                    method="named-size", unit="parameters",
                )  # fmt: skip
                return


def _fits(field: str, number: float | None) -> bool:
    return number is not None and _LEAST[field] <= number <= _MOST[field]


def _pairs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        for field, pattern, unit in _PAIRS:
            if pattern.match(pair.key) and not _is_training(field, pair):
                number = _scaled(field, pair.key, pair.value.text)
                if _fits(field, number) and number is not None:
                    yield from_pair(document, field, number, pair, unit=unit)
                    yield from _more(document, field, pair)
                break


def _is_training(field: str, pair: KeyValue) -> bool:
    path = " / ".join(pair.section.path[-2:])
    return field == "context_length" and bool(_TRAINING.search(path))


def _scaled(field: str, key: str, text: str) -> int | None:
    """Return a count in its unit; ``Params (M): 88.6`` has the scale in its key."""
    number = numbers.whole(text)
    exact = numbers.count(text)
    scale = re.search(r"\((m|b|million|billion)\)", key.lower())
    if field == "parameter_count" and scale and exact is not None and exact < 1e5:
        return round(exact * numbers.SCALES[scale[1]])
    return number


_ACTIVE = bounded(rf"({_COUNT})\s*(?:parameters )?activ", re.IGNORECASE)


def _more(document: Document, field: str, pair: KeyValue) -> Iterator[Value]:
    """Read the second number in ``30.5B in total and 3.3B activated``, ``12B active/52B total``."""
    if field != "parameter_count":
        return
    match = _ACTIVE.search(pair.value.text)
    number = numbers.whole(match[1]) if match else None
    if _fits("active_parameter_count", number) and number is not None:
        yield from_pair(document, "active_parameter_count", number, pair, unit="parameters")


def _prose(document: Document) -> Iterator[Value]:
    for rule in _PROSE:
        if rule.needs not in document.low:
            continue
        for match in document.matches_beside(rule.on_line, rule.pattern, document.low):
            text = next((group for group in match.groups() if group), "")
            number = numbers.whole(text)
            if not _fits(rule.field, number) or number is None:
                continue
            if _is_of_others(document, rule.field, match):
                continue
            if rule.field == "parameter_count" and not _suits_name(document.name, number):
                continue
            yield from_plain(
                document, rule.field, number, match.start(), match.end(), method="prose",
                unit=rule.unit,
            )  # fmt: skip


_SIZE = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)


def _suits_name(name: str, number: int) -> bool:
    """Return whether a count is near the size in the model's name, where that has one."""
    sizes = [float(m[1]) * numbers.SCALES[m[2].lower()] for m in _SIZE.finditer(name)]
    return not sizes or any(0.65 <= number / size <= 1.45 for size in sizes if size)


def _is_of_others(document: Document, field: str, match: re.Match[str]) -> bool:
    first, _ = document.sentence(match.start())
    before = document.plain[max(first, match.start() - 50) : match.start()]
    if _OTHERS.search(before) or is_of_sibling(document, match.start()):
        return True
    if field == "context_length" and _NOT_SO_LONG.search(document.low, first, match.start()):
        return True
    if field == "context_length" and "vram" in document.low[match.end() : match.end() + 40]:
        return True
    if field == "active_parameter_count" and not document.contains(_EXPERTS):
        return True
    title = document.section_at(match.start()).title.lower()
    return field == "context_length" and bool(_TRAINING.search(title))


_NOT_SO_LONG = re.compile(r"\bnot\W{1,5}support|\bdecreas|\bset\b[^.\n]{0,60}\bfor\b")
_EXPERTS = bounded(r"expert|\bmoe\b|sparse|\d+b-a\d")


def _tables(document: Document) -> Iterator[Value]:
    """Read this model's row in a table of its family."""
    for table in document.tables:
        columns = [
            (index, field, unit)
            for index, cell in enumerate(table.header)
            for field, pattern, unit in _HEADS
            if pattern.search(cell.text)
        ]
        if not columns:
            continue
        row = own_row(document, table, is_family=True)
        if row is None and len(table.rows) == 1:
            row = table.rows[0]
        if row is None:
            continue
        for index, field, unit in columns:
            if index < len(row):
                text = row[index].text
                number = _scaled(field, table.header[index].text, text)
                if _fits(field, number) and number is not None:
                    yield from_cells(document, field, number, row[index], method="table", unit=unit)
