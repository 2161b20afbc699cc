"""What goes in and what comes out, where the card describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from miner.pipelines.extract.document import Document
from miner.pipelines.extract.make import from_code, from_pair, from_plain
from miner.pipelines.extract.value import MAX_QUOTE, Value


@dataclass(frozen=True, slots=True)
class _Signs:
    """How a format shows: a key, a heading, words (lower case), marks in a snippet."""

    field: str
    key: re.Pattern[str]
    title: re.Pattern[str]
    words: re.Pattern[str]
    marks: re.Pattern[str]


_INPUT = _Signs(
    "input_format",
    re.compile(
        r"^(?:model )?inputs?(?: format| type(?:\(s\))?s?| image size| size| resolution"
        r"| modalit(?:y|ies))?$|^prompt(?: format| template| style|ing)?$|^chat (?:template"
        r"|format)$"
        r"|^(?:image|input) (?:size|resolution)$|^sampl(?:e|ing) ?rate$|^instruction format$"
        r"|^trigger words?$|^instance prompt$|^pre-?processing$"
    ),
    re.compile(
        r"prompt(?:ing)?[ -](?:format|template|style|structure)|chat (?:template|format)"
        r"|instruction format|input format|^prompt(?:ing)?(?: template)?$|^inputs?$|^trigger words$"
        r"|expected input|usage format|dialogue format|instruct template|prompt guide"
    ),
    re.compile(
        r"(?:speech|audio)[^.\n]{0,60}sampled at \d+\s?k?hz|sampl(?:ed|ing "
        r"rate)[^.\n]{0,25}\d+\s?k?hz"
        r"|(?:image|input)s? (?:are |is )?(?:size|resolution)[^.\n]{0,30}\d{2,4}\s?[x×]\s?\d{2,4}"
        r"|\d{2,4}\s?[x×]\s?\d{2,4} (?:pixels|resolution|images)"
        r"|resolution[^.\n]{0,10}\d{2,4}\s?[x×]"
        r"|resiz(?:e|ed|ing)\b[^.\n]{0,60}\d{3}|(?:should|must) use [^.\n]{0,60}to trigger|chatml"
        r"|prompt (?:format|template)|\b(?:uses?|follow\w*) (?:the )?(?:alpaca|vicuna|chatml"
        r"|llama-?[23]?|mistral|zephyr)[\w\s-]{0,20}(?:format|template|prompt)|\[inst\]"
        r"|<\|im_start\|>|### instruction|\[cls\][^.\n]*\[sep\]|initial language token"
        r"|prefix[^.\n]{0,40}\"?(?:query|passage|translate)|inputs? (?:consist|should be|is a|are )"
        r"|models? (?:only )?(?:accepts?|inputs?|takes?) (?:text|images?|audio|only)|log-mel"
        r"|takes? (?:as input|an? (?:image|text|sentence|audio))|following (?:prompt "
        r")?(?:format|template)"
        r"|mel (?:frequency|spectrogram)|trained to take|for tagging|based on text prompts?"
    ),
    re.compile(
        r"<\|im_start\|>|\[INST\]|### (?:Instruction|Human|User|Input|Question)"
        r"|<\|(?:user|prompter|system|begin_of_text)\|>|Below is an instruction|USER:"
        r"|<start_of_turn>|\[MASK\]|\[CLS\]|sampling_rate ?= ?16_?000|Image size: train"
        r"|\{(?:instruction|prompt|input|question|system_prompt|context)\}|task_prefix ?="
    ),
)
_OUTPUT = _Signs(
    "output_format",
    re.compile(
        r"^(?:model )?outputs?(?: format| type(?:\(s\))?s?| dimension(?:ality)?s?| size"
        r"| modalit(?:y|ies))?$|^(?:embedding |vector )?dimension(?:ality|s)?$"
    ),
    re.compile(r"^outputs?(?: format)?$|output format"),
    re.compile(
        r"\d{2,5}[- ]dimensional (?:dense )?(?:vector|embedding)|models? (?:only )?generates? text"
        r"|output(?:s)? (?:is|are|will be|consist|the|a)\b|returns? (?:a|the) (?:json|list|dict"
        r"|score|label)|wrapped in a? ?[`<]|labels? (?:are|is)\b|label_\d|single-sentence"
        r"|predicts? (?:one of|a label|whether|transcriptions)|generates? (?:text|json|code)"
        r"[^.\n]{0,10}only|formatted[^.\n]{0,50}as a list of json|predict among"
    ),
    re.compile(r"output is (?:unpooled|a)|# ?(?:output|returns?|prints?):? "),
)


def read(document: Document) -> Iterator[Value]:
    """Read both formats: at most one value each."""
    for signs in (_INPUT, _OUTPUT):
        yield from next((values for one in _WAYS if (values := list(one(document, signs)))), [])


def _keyed(document: Document, signs: _Signs) -> Iterator[Value]:
    for pair in document.pairs:
        if signs.key.match(pair.key) and "information needed" not in pair.value.text.lower():
            yield from_pair(document, signs.field, pair.value.text[:MAX_QUOTE], pair)
            return


def _headed(document: Document, signs: _Signs) -> Iterator[Value]:
    for section in document.sections:
        if not section.level or not signs.title.search(section.title.lower()):
            continue
        code = next((code for code in document.codes if code.section is section), None)
        if code is not None:
            value, end = code.text.strip()[:MAX_QUOTE], code.start + len(code.text.rstrip())
            yield from_code(document, signs.field, value, code.start, end, method="section")
            return
        start = document.plain.find("\n", section.start) + 1
        _, last = document.sentence(start)
        text = document.plain[start:last].strip()[:MAX_QUOTE]
        if text and "information needed" not in text.lower():
            yield from_plain(document, signs.field, text, start, last, method="section")
            return


def _said(document: Document, signs: _Signs) -> Iterator[Value]:
    match = signs.words.search(document.low)
    if match is not None:
        _, last = document.sentence(match.start())
        start, end = match.start(), min(max(last, match.end()), match.end() + 60)
        text = document.plain[start:end]
        yield from_plain(document, signs.field, text, start, end, method="words")


def _marked(document: Document, signs: _Signs) -> Iterator[Value]:
    for code in document.codes:
        match = signs.marks.search(code.text)
        if match is not None:
            start, end = code.start + match.start(), code.start + match.end()
            yield from_code(document, signs.field, match[0], start, end, method="template")
            return


_WAYS = (_keyed, _headed, _said, _marked)
"""How a format shows, the surest first."""
