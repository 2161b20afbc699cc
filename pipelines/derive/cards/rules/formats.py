"""What goes in and what comes out, where the card describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from miner.pipelines.derive.cards import tongues
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.make import from_code, from_pair, from_plain
from miner.pipelines.derive.cards.value import MAX_QUOTE, Value
from miner.schema.patterns import bounded
from miner.schema.sieve import SievedPattern, sieved


@dataclass(frozen=True, slots=True)
class _Signs:
    """How a format shows: a key, a heading, words (lower case), marks in a snippet."""

    field: str
    key: re.Pattern[str]
    title: re.Pattern[str]
    words: SievedPattern
    marks: SievedPattern


_INPUT = _Signs(
    "input_format",
    re.compile(
        r"^(?:model )?inputs?(?: format| type(?:\(s\))?s?| image size| size| resolution"
        r"| modalit(?:y|ies))?$|^prompt(?: format| template| style|ing)?$|^chat (?:template"
        r"|format)$"
        r"|^(?:image|input) (?:size|resolution)$|^sampl(?:e|ing) ?rate$|^instruction format$"
        r"|^trigger (?:words?|phrase|token)$|^(?:instance|activation) (?:prompt|token|word)$"
        r"|^pre-?processing$"
        r"|^(?:trained|activation) words?$|^input (?:data|text|audio|images?|modality|shape"
        r"|dimensions?)$"
        rf"|^(?:{tongues.FORMAT})$"
    ),
    re.compile(
        r"prompt(?:ing)?[ -](?:format|template|style|structure)|chat (?:template|format)"
        r"|instruction format|input format|^prompt(?:ing)?(?: template)?$|^inputs?$|^trigger words$"
        r"|expected input|usage format|dialogue format|instruct template|prompt guide"
        r"|^trigger words?"
        r"|^(?:the )?prompt(?:s|ing)?\b.{0,20}$|^input (?:and output|data)"
        r"|^inputs? and outputs?$|^chatml$|^format$|prompting"
        rf"|{tongues.FORMAT}"
    ),
    sieved(
        r"(?<![a-z])(?:(?:speech|audio)[^.\n]{0,60}sampled at \d+\s?k?hz|sampl(?:ed|ing "
        r"rate)[^.\n]{0,25}\d+\s?k?hz"
        r"|(?:image|input)s? (?:are |is )?(?:size|resolution)[^.\n]{0,30}\d{2,4}\s?[x×]\s?\d{2,4}"
        r"|\d{2,4}\s?[x×]\s?\d{2,4} (?:pixels|resolution|images)"
        r"|resolution[^.\n]{0,10}\d{2,4}\s?[x×]"
        r"|resiz(?:e|ed|ing)\b[^.\n]{0,60}\d{3}|(?:should|must) use [^.\n]{0,60}to trigger|chatml"
        r"|prompt (?:format|template)|prompt (?:the )?model (?:with|using|as)\b|\b(?:uses?"
        r"|follow\w*) (?:the )?(?:alpaca|vicuna|chatml"
        r"|llama-?[23]?|mistral|zephyr)[\w\s-]{0,20}(?:format|template|prompt)|\[inst\]"
        r"|<\|im_start\|>|### instruction|\[cls\][^.\n]*\[sep\]|initial language token"
        r"|prefix[^.\n]{0,40}\"?(?:query|passage|translate)|inputs? (?:consist|should be|is a|are )"
        r"|models? (?:only )?(?:accepts?|inputs?|takes?) (?:text|images?|audio|only)|log-mel"
        r"|takes? (?:as input|an? (?:image|text|sentence|audio))|following prompt (?:format"
        r"|template)"
        r"|(?:prompt|input|convers|dialog|message)[^.\n]{0,80}following format"
        r"|mel (?:frequency|spectrogram)|trained to take|for tagging|based on text prompts?"
        r"|trigger (?:words?|phrase|token)s? (?:is|are|:|=)|use (?:that|this) (?:on"
        r"|in) your prompt|(?:use|using|include|add|type) [^.\n]{0,40}(?:in (?:the|your) prompt"
        r"|as (?:a )?trigger|to activate)"
        r"|(?:(?:re|down|up)?sampl\w+|recorded)[^.\n]{0,30}\d{1,2}(?:\.\d+)?\s?k?hz"
        r"|\d{1,2}(?:\.\d+)?\s?khz (?:audio|speech|sampl|mono)"
        r"|prefixed with|(?:add|prepend|prefix)\w* [^.\n]{0,60}(?:prefix|in front)"
        r"|must be (?:word-)?segmented|word[- ]segmented"
        r"|(?:expects?|requires?) (?:an? |the )?(?:input|text|image|audio|sentence|sequence)"
        r"|(?:uses?|follow\w*|with|in) (?:the )?(?:alpaca|vicuna|chatml"
        r"|llama-?[23]?|mistral|zephyr|chat-?ml|metharme|openchat"
        r"|instruct)(?:[- ]\w+)? (?:prompt |chat |instruction |instruct )?(?:format|template"
        r"|style|prompt)"
        r"|lower-?cased text|@ ?\d{3,4} ?(?:px|x)|\d{3,4} ?px\b"
        r"|(?:given|takes?|taking|accepts?|receives?|expects?) "
        r"[^.\n:]{3,70} as (?:an |its |the )?inputs?\b"
        r"|given (?:an?|the) [^.,\n]{4,60}, (?:it |the model |this model )?"
        r"(?:predict"
        r"|generat|classif)"
        r"|prompts? should be in (?:the form|natural)|works? best (?:with|on) "
        r"[^.\n]{3,50}(?:inputs?"
        r"|text|prompts?|functions?|code|sentences?|images?|instructions?)\b"
        r"|should be (?:phrased|worded|formulated|written|given) (?:as|in the form)"
        r"|models? (?:that )?operates? (?:directly )?on (?:raw )?(?:characters|bytes|pixels"
        r"|phonemes|audio)"
        r"|presented to the model as|/think`? and `?/no_?think"
        r"|begins? with `?<think>|starts? with [`\"']*<think|starts? with [`\"']*<thought"
        r"|プロンプト(?:フォーマット|テンプレート)|alpaca形式|提示词(?:格式|模板))"
    ),
    sieved(
        r"<\|im_start\|>|\[INST\]|### (?:Instruction|Human|User|Input|Question)"
        r"|<\|(?:user|prompter|system|begin_of_text)\|>|Below is an instruction|USER:"
        r"|<start_of_turn>|\[MASK\]|\[CLS\]|sampling_rate ?= ?16_?000|Image size: train"
        r"|\{(?:instruction|prompt|input|question|system_prompt|context|user_message\w*"
        r"|user_input|query|text)\}|task_prefix ?="
        r"|<\|?(?:User|USER|human)\|?>|<extra_id_0>System|<｜(?:User|begin)"
        r"|(?m:^\W{0,3}(?:Human|User|Question|Instruction|Prompt|\|Human\||### ?\w+|Q|问"
        r"|用户)\s?:\s?\S)"
        r"|sampling_rate\s?=\s?\d{4,5}|Resize\(|image_size ?=|<s>\s?\[INST"
        r"|(?i:must be (?:already )?word-segmented)|query: |passage: |Represent th\w+"
        r"|<mask>.{0,3}\Z|imgsz ?=|, size=\d{3}\)|(?i:how to (?:make|write|use) (?:the "
        r"|a )?prompt)"
    ),
)
_OUTPUT = _Signs(
    "output_format",
    re.compile(
        r"^(?:model )?outputs?(?: format| type(?:\(s\))?s?| dimension(?:ality)?s?| size"
        r"| modalit(?:y|ies))?$|^(?:embedding |vector )?dimension(?:ality|s)?$"
    ),
    bounded(r"^outputs?(?: format)?$|output format"),
    sieved(
        r"(?<![a-z])(?:(?:\d{2,5}|low|high)[- ]dimension(?:al|s)? (?:dense )?(?:vector|embedding)"
        r"|models? (?:only )?generates? text"
        r"|models?(?:'s)? outputs? (?:is|are|will|an?|the|one|text|only|consists?|contains?"
        r"|format|should)\b|outputs? consists? of|\b(?:it|pipeline|which|and) outputs? (?:an?"
        r"|the|one)\b"
        r"|\boutputs? (?:is|are|will be) (?:an?|one|in|of|the (?:class|label|probab|predict"
        r"|logit|text|score))\b|(?:inside|within|between|in) [`\"'*]*<(?:think|answer|reasoning"
        r"|thought)|returns? (?:a|the) (?:json|list|dict"
        r"|score|label)|wrapped in a? ?[`<]|labels? (?:are|is)(?: (?:one of|either"
        r"|the following|as follows)|:|\s+[\"'`\d])|label_\d|single-sentence"
        r"|(?:label|class)e?s?\W{0,4}(?:\n\W*)?[\"'`*(\[]*0\W{0,3}\s?(?:=|->|→|:|-|for|is)\s?\w"
        r"|\b0\s?(?:=|->|→|:)\s?[\"'`*]*[a-z][\w ]{1,25}[\"'`*]*[,;\n|*\s-]{1,5}1\s?(?:=|->|→|:)"
        r"|predicts? (?:the )?(?:following|three|two|four|five|six|seven|\d+) (?:labels|classes"
        r"|tags"
        r"|categories|entit|emotions)"
        r"|(?:classif\w+|categori[sz]\w+) [^.\n]{0,60}into (?:one of )?(?:the )?(?:following"
        r"|three|two|four|five|six|seven|\d+) |recogni[sz]es? (?:the following|four|three) "
        r"|predicts? (?:one of|a label|whether|transcriptions)"
        r"|predicts? (?:the|an?) [^.,\n]{3,40} (?:of|for) (?:each|every) "
        r"|per-(?:pixel|token|residue|word|character) (?:classif|predict|label|segment|prob)"
        r"|(?:could|can) be used to (?:generate|produce) (?:the |an? )[^.,\n]{3,40} (?:for"
        r"|from) (?:the "
        r"|an? )"
        r"|(?:enclosed|wrapped|contained|placed) (?:by|in|within|inside|between)"
        r" (?:an? )?[`\"'*]*<(?:think|thought|answer|reason|tool)"
        r"|(?:inside|in|within|between|using|with) [`\"'*]*<(?:think|thought)>\W{0,6}(?:\.\.\.|…"
        r"|and )?\W{0,6}(?:</?(?:think|thought)>)?[`\"'*]* ?tags?"
        r"|(?:generat|produc)(?:es?|ing) executable (?:code|programs?)"
        r"|given (?:an?|the) [^.,\n]{4,60}, (?:it |the model |this model )?"
        r"predicts? "
        r"|generates? (?:text|json|code)[^.\n]{0,10}only"
        r"|formatted[^.\n]{0,50}as a list of json|predict among)"
    ),
    sieved(
        r"output is (?:unpooled|a)|convert outputs \(|# ?(?:[Oo]utputs?|[Rr]eturns?"
        r"|[Pp]rints?)(?::| is) |id2label\s*=|LABEL_0|# ?x1, ?y1, ?x2, ?y2"
    ),
)


def read(document: Document) -> Iterator[Value]:
    """Read both formats: at most one value each."""
    for signs in (_INPUT, _OUTPUT):
        yield from next((values for one in _WAYS if (values := list(one(document, signs)))), [])


_NEXT_HEAD = re.compile(r"(?:model )?(?:in|out)puts?\b.{0,20}$")
"""The next head of a table, which is no value."""


def _keyed(document: Document, signs: _Signs) -> Iterator[Value]:
    for pair in document.pairs:
        text = pair.value.text.lower()
        if not signs.key.match(pair.key) or _NEXT_HEAD.match(text):
            continue
        if "information needed" not in text:
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
        if not start or start >= len(document.plain) or document.section_at(start) is not section:
            continue  # nothing stands under it but the next heading
        _, last = document.sentence(start)
        text = document.plain[start:last].strip()[:MAX_QUOTE]
        if text and "information needed" not in text.lower():
            yield from_plain(document, signs.field, text, start, last, method="section")
            return


MAX_PLACES = 20
_NOT_ITS_OWN = re.compile(r"notebook|\bcolab\b")
"""A sentence on something that the card offers beside the model."""


def _stated(document: Document, signs: _Signs) -> Iterator[Value]:
    for match in islice(signs.words.finditer(document.low), MAX_PLACES):
        first, last = document.sentence(match.start())
        if _NOT_ITS_OWN.search(document.low, first, last):
            continue
        start, end = match.start(), min(max(last, match.end()), match.end() + 60)
        text = document.plain[start:end]
        yield from_plain(document, signs.field, text, start, end, method="words")
        return


def _marked(document: Document, signs: _Signs) -> Iterator[Value]:
    for code in document.codes:
        match = signs.marks.search(code.text)
        if match is not None:
            start, end = code.start + match.start(), code.start + match.end()
            yield from_code(document, signs.field, match[0], start, end, method="template")
            return


_WAYS = (_keyed, _headed, _stated, _marked)
"""How a format shows, the surest first."""
