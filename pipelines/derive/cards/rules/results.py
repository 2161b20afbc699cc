"""Results in lists and prose: the lists of training templates, and ``an accuracy of 93.1``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards import numbers
from miner.pipelines.derive.cards.benchmarks import METRIC, NOT_RESULT, RESULTS, benchmark
from miner.pipelines.derive.cards.document import CodeBlock, Document, KeyValue
from miner.pipelines.derive.cards.make import from_code, from_pair, from_plain
from miner.pipelines.derive.cards.value import TEXT, Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_FOLLOWING = re.compile(r"achieves the following results on the evaluation set")
_VALUE = bounded(
    r"^[*_`\s]*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*%?[*_`\s]*(?:\([^)]*\))?\.?$", re.IGNORECASE
)
_NEAR = 3000
MAX_PROSE = 60
HUNDRED = 100
THOUSAND = 1000
_METRICS = (
    r"(?:accuracy|acc|f-?1(?:[- ]score)?|f-?(?:measure|score)"
    r"|(?:sacre)?bleu(?:[- ]?4)?(?: score)?|wer|word error rate|cer|character error rate"
    r"|perplexity|ppl|exact "
    r"match|em|rouge-?[12l](?:sum)?|m?ap(?:@[\d.:]+)?|m?iou|auc|roc[- ]auc|loss|precision"
    r"|recall|mae|rmse|mse|r2|r²|dice(?: score)?|chrf|comet|mcc|psnr|ssim|fid|eer|mean reward)"
)
_PROSE = sieved(
    rf"(?<![\w-])({_METRICS})\s*(?:\([^()]{{1,12}}\)\s*)?(?:score\s+|rate\s+|value\s+)?(?:of|is"
    rf"|was|:|=|at|≈|~)\s*(?:about |around |approximately |~|≈)?(-?\d+(?:\.\d+"
    rf"|,\d\d?(?!\d))?)(?![\w-]"
    rf"|\.\d)\s*%?"
    rf"|(?<![\w.-])(\d{{1,3}}(?:\.\d+)?)\s*(?:%\s*|(?<=\.\d\d)\s|(?<=\.\d)\s)(?:of "
    rf"|(?:top-?[15]|balanced|overall|test|macro|micro|weighted"
    rf"|average)[- ])*({_METRICS})(?![\w-]|\s+(?:reduc|improve|gain|drop|increase|loss|boost"
    rf"|point))"
)
_RATES = re.compile(r"accura|acc$|f-?1|f-?m|f-?s|recall|precision|auc|match")
_NOT_OWN = re.compile(
    r"\b(?:compared (?:to|with)|than|vs\.?|versus|baseline|previous|prior|existing|whereas"
    r"|while|other models?|gpt-[34]|human|original model|improv\w+ (?:of|by)|increase|gain"
    r"|drop|start|initial|threshold|target|should|would|learning rate|learning_rate|at least"
    r"|up to|set to)\b"
)
_CODED = bounded(
    r"[\"']?([A-Za-z][A-Za-z_@\d /.()-]{0,28}?)[\"']?\s*[:=]\s*[\"']?(-?\d+\.\d+(?:e-?\d+)?)"
    r"(?![\w.]*\s*[-+*/(])"
)
_DICTIONARY = re.compile(r"\{[\"']\w{1,30}[\"']:[^{}]{8,900}\}")
_NO_RESULTS = sieved(
    r"\bimport\b|learning_rate|def \w+\(|@\w+\{|temperature|torch\.|\bfrom_pretrained|--\w+"
    r"|[\"'](?:word|entity(?:_group)?|token_str|sequence|answer|label)[\"']\s*:"
)
_NO_KEY = bounded(
    r"thresh|total|runtime|per_second|epoch|step|loss_scale|time|samples|lr\b|std|stderr|flos",
    re.IGNORECASE,
)
LEAST_CODED = 2


def read(document: Document) -> Iterator[Value]:
    """Read results outside tables."""
    following = [match.end() for match in _FOLLOWING.finditer(document.low)]
    found = False
    for pair in document.pairs:
        if pair.origin != TEXT or not _VALUE.match(pair.value.text):
            continue
        near = any(
            0 <= pair.start - at < _NEAR and pair.section is document.section_at(at)
            for at in following
        )
        if NOT_RESULT.match(pair.key) or not (
            near or (_is_results(pair) and (METRIC.search(pair.key) or benchmark(pair.key)))
        ):
            continue
        match = _VALUE.match(pair.value.text)
        if match is not None:
            found = True
            yield from _result(document, pair, match[1])
    if not found:
        yield from _prose(document)
    yield from _coded(document)


def _is_results(pair: KeyValue) -> bool:
    title = " / ".join(pair.section.path[-2:])
    return bool(RESULTS.search(title)) and not re.search(r"param|procedure|config", title)


def _result(document: Document, pair: KeyValue, text: str) -> Iterator[Value]:
    title = pair.section.title
    dataset = (
        benchmark(pair.key)
        or benchmark(pair.value.text)
        or (benchmark(title) if RESULTS.search(title.lower()) else None)
    )
    yield from_pair(
        document, "evaluation", numbers.tidy(float(text)), pair, method="list",
        metric=pair.key, dataset=dataset[0] if dataset else "",
    )  # fmt: skip
    if dataset and not METRIC.fullmatch(dataset[0]):
        yield from_pair(document, "evaluation_dataset", dataset[0], pair, method="list")


def _prose(document: Document) -> Iterator[Value]:
    for match in islice(_PROSE.finditer(document.low), MAX_PROSE):
        metric = match[1] or match[4]
        number = float((match[2] or match[3]).replace(",", "."))
        first, _ = document.sentence(match.start())
        if _NOT_OWN.search(document.low, first, match.start()) or not _is_plausible(metric, match):
            continue
        data = _IN_BRACKETS.match(document.plain, match.end())
        name = data["data"] if data is not None and benchmark(data["data"]) else ""
        yield from_plain(
            document, "evaluation", numbers.tidy(number), match.start(), match.end(),
            method="prose", metric=metric, dataset=name,
        )  # fmt: skip
        if data is not None and name:
            yield from _bracketed(document, metric, data)


_IN_BRACKETS = bounded(r"\s?%?\s?\((?P<data>[^()\n]{3,40})\)")
_NEXT = bounded(r"\s?(?:,|;|and)\s(?P<number>\d+[.,]\d+)\s?%?\s?\((?P<data>[^()\n]{3,40})\)")


def _bracketed(document: Document, metric: str, first: re.Match[str]) -> Iterator[Value]:
    """Read ``F1: 92,16 (CoNLL-03 English), 87,33 (CoNLL-03 German)``: the data, and what follows.

    Args:
        document: The card.
        metric: What the numbers are.
        first: The brackets behind the first number, which itself has been read.
    """
    last: re.Match[str] | None = first
    while last is not None and benchmark(last["data"]):
        yield from_plain(
            document, "evaluation_dataset", last["data"], *last.span("data"), method="prose"
        )
        last = _NEXT.match(document.plain, last.end())
        if last is not None:
            yield from_plain(
                document, "evaluation", float(last["number"].replace(",", ".")),
                last.start("number"), last.end(), method="prose", metric=metric,
                dataset=last["data"],
            )  # fmt: skip


def _is_plausible(metric: str, match: re.Match[str]) -> bool:
    """Return whether a number can be a result: a rate is at most 100, and not 16 of precision."""
    text = (match[2] or match[3]).replace(",", ".")
    if float(text) >= THOUSAND and "." not in text:
        return False
    if _RATES.search(metric):
        return float(text) <= HUNDRED and ("." in text or "%" in match[0])
    return "." in text or "%" in match[0] or metric.startswith(("perplexity", "bleu", "wer"))


def _dictionaries(document: Document) -> Iterator[CodeBlock]:
    """Return dictionaries of results that stand in the text, not in a block of code."""
    if "'f1'" not in document.low and "'eval_" not in document.low:
        return
    for match in islice(_DICTIONARY.finditer(document.card, document.front.end), MAX_PROSE):
        place = match.start()
        inside = any(code.start <= place < code.start + len(code.text) for code in document.codes)
        if not inside:
            yield CodeBlock("", match[0], place, document.sections[0])


def _coded(document: Document) -> Iterator[Value]:
    """Read results printed as JSON or lines of a log, where text or heading announce results."""
    for code in [*document.codes, *_dictionaries(document)]:
        if _NO_RESULTS.search(code.text) or not _is_announced(document, code):
            continue
        found = [
            match
            for match in islice(_CODED.finditer(code.text), MAX_PROSE)
            if METRIC.search(match[1].replace("_", " ")) or match[1].lower().startswith("exact")
            if not _NO_KEY.search(match[1])
        ]
        if len(found) < LEAST_CODED:
            continue
        for match in found:
            start, end = code.start + match.start(), code.start + match.end()
            yield from_code(
                document, "evaluation", numbers.tidy(float(match[2])), start, end,
                method="code", metric=match[1].strip(),
            )  # fmt: skip


FAR = 160
_BEFORE = re.compile(r"\b(?:results?|test set|evaluation)\b[^`]{0,50}:\s*`{3}\w*\s*$")
_PRINTED = sieved(
    r"^\W*(?:results?|train|test|eval\w*|dev|metrics)\b\W|[\"'](?:exact|f1|accuracy|eval_\w+"
    r"|wer|bleu)[\"']:",
    re.I,
)


def _is_announced(document: Document, code: CodeBlock) -> bool:
    title = " / ".join(code.section.path[-2:])
    before = document.card[max(code.start - FAR, 0) : code.start].lower()
    if _BEFORE.search(before):
        return True
    if _PRINTED.search(code.text) or " - accuracy: " in code.text:
        return True
    return RESULTS.search(title) is not None and not re.search(r"usage|how to|example", title)
