"""The data a model was trained on, how much of it, and up to when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.extract import numbers
from miner.pipelines.extract.document import Document
from miner.pipelines.extract.make import from_cells, from_link, from_pair, from_plain
from miner.pipelines.extract.value import Value

_HUB_DATASET = re.compile(
    r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/([\w.-]+(?:/[\w.-]+)?)"
)
_KEY = re.compile(
    r"^(?:train(?:ing)? )?data\s?sets?(?:\(s\))?(?: used| name)?$|^training data(?: used)?$"
    r"|^train(?:ed)? (?:on|data)$|^(?:fine-?tuning |pretraining |training )data(?:set)?s?$"
    r"|^corpus$|^sources$|^data$|^training corpus$"
)
_EVAL_KEY = re.compile(r"^(?:eval(?:uation)?|test(?:ing)?|validation)[ -]?(?:data(?:set)?s?|set)?$")
_SECTION = re.compile(
    r"^(?:training|train|fine-?tuning|pre-?training)?\s?(?:and evaluation )?data(?:set)?s?(?: "
    r"used)?$|^training (?:and evaluation )?data$|^training corpora$|^dataset details$"
    r"|^datasets? used$"
)
_TRAINED = re.compile(
    r"(?:(?:pre-?|post-?|fine-?\s?)?train(?:ed|ing)|fine-?\s?tuned|tuned"
    r"|aligned)\b(?:[^.\n]{0,60}?)\b(?:on|using|with|from|over)\s+(?:both\s+|all of\s+|parts? "
    r"of\s+|a subset of\s+|the following\s+)?(?:the\s+|an?\s+|our\s+)?"
)
_NAMED = re.compile(
    r"(?:the\s+)?[\"'`*\[]*(?P<name>[A-Z][\w.+-]*(?:[ ](?:[A-Z0-9][\w.+-]*|v?\d[\w.]*|of|and "
    r"the)){0,5}|[a-z]+[-_][\w-]+"
    r"|[A-Za-z0-9][\w.-]+/[\w.-]+)[\"'`*\]]*\s*(?:\([^)]*\)\s*)?(?:\w+\s+)?(?:dataset"
    r"|data\s?set|corpus|corpora|benchmark)s?\b"
)
_KNOWN = re.compile(
    r"\b(The Pile|the Pile|Common\s?Crawl|C4|OSCAR|CC-?100|mC4|BookCorpus|BooksCorpus|English "
    r"Wikipedia|Wikipedia|OpenWebText|CC-?News|RedPajama|RefinedWeb|FineWeb(?:-Edu)?|SlimPajama"
    r"|Dolma"
    r"|The Stack|CodeSearchNet|LAION-?[\w-]*|ImageNet(?:-\d+k)?|COCO|LibriSpeech|Libri-?Light"
    r"|LJSpeech|VCTK|AudioSet|VoxPopuli|MultiNLI|SNLI|AllNLI|MS\s?MARCO"
    r"|SQuAD(?:[\s-]?[vV]?[12](?:\.\d)?)?|CoNLL-?\d{4}|OntoNotes(?:\s?\d)?"
    r"|PubMed(?:\s(?:abstracts|Central))?|PMC|MIMIC-(?:III|IV)|S2ORC|Alpaca|ShareGPT"
    r"|UltraChat(?:[\s-]?200k)?|UltraFeedback|OpenHermes(?:[\s-]?2\.5)?|Dolly[\s-]?15k"
    r"|OpenAssistant|OASST1|Anthropic HH|SlimOrca|OpenOrca|MetaMathQA|Capybara|WizardLM"
    r"|ADE20K|Cityscapes|KITTI|Conceptual Captions|CC12M|YFCC\w*|JFT-\d+M|JFT-300M|WebText"
    r"|WuDaoCorpora|CLUECorpus|KLUE|AI Hub|Tatoeba|OPUS|ParaCrawl|WMT\d\d|IMDB|Yelp|AG News"
    r"|GLUE|Common Voice(?: \d+(?:\.\d)?)?|FLEURS|TED-?LIUM|GigaSpeech)(?![\w/])"
)
_OTHERS = re.compile(
    r"evaluat|\btest(?:ed|ing)?\b|benchmark|compar|inference|example|base model was|teacher"
    r"|outperform|tokenizer"
)
LEAST_EXAMPLES = 500
MAX_SENTENCES = 300
MAX_NAME = 60
_NO_NAME = re.compile(
    r"(?:number|size|count|link|source|description|name"
    r"|\W*[~\d.,]+\s?[KMBT]?\s+(?:unique\s+)?\w+)$",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    rf"({numbers.COUNT}|one trillion|one billion)\s+(?:[\w-]+\s+){{0,2}}?(tokens?"
    rf"|words)\b",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(
    rf"({numbers.COUNT}|one million)\s*(?:(?!hours?\b|tokens?\b|models?\b|billion\b"
    rf"|parameters?\b|steps?\b"
    rf"|epochs?\b|gpus?\b|languages?\b|layers?\b|times?\b|days?\b)[\w/’'-]+[,\s]\s*){{0,4}}?"
    r"(examples?|samples?|pairs|instances|images?|sentences|records|rows|conversations"
    r"|documents|files|tweets|dialogues?|articles|instructions|captions|questions|reviews"
    r"|utterances|recordings|molecules|sequences|prompts|data\s?points|texts|posts"
    r"|annotations|functions|transcriptomes|cells|proteins|compounds|genomes|human-annotated "
    r"data)\b",
    re.IGNORECASE,
)
_TRAIN_WORD = re.compile(
    r"train|tun(?:ed|ing)|corpus|dataset of|dataset contains|dataset consists|instances are "
    r"used|learn"
)
_NO_COUNT = re.compile(
    r"evaluat|\btest\b|validation|held-?out|dev set|samples/|per second|per batch|generat"
    r"|context|max|batch|sequence "
    r"length|up to|window|vocab|inference|input"
)
_CUTOFF_KEY = re.compile(
    r"^(?:knowledge |training |pretraining |data )?(?:data )?cut-?off(?: date)?$|^data "
    r"freshness$|^knowledge cut-?off.*$"
)
_MONTH_NAMES = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
)  # fmt: skip
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DATE = re.compile(
    r"\b(?:(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
    r"|Dec)[a-z]*\.?\s+(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)"
    r"|(?P<year2>20\d\d)[-/](?P<month2>\d{1,2})(?:[-/](?P<day2>\d{1,2}))?|(?P<year3>20\d\d))\b"
)
_CUTOFF = re.compile(r"cut-?\s?off|up (?:to|until)|data freshness|knowledge (?:is )?until")


def read(document: Document) -> Iterator[Value]:
    """Read training data."""
    declared = bool(document.front.data.get("datasets"))
    yield from _pairs(document)
    if not declared:
        yield from _links(document)
        yield from _sentences(document)
        yield from _listed(document)
    yield from _amounts(document)
    yield from _cutoffs(document)


def _is_blank(text: str) -> bool:
    return bool(
        re.search(
            r"information needed|^\W*(?:none|n/?a|unknown|tbd|private|custom)\W*$", text, re.I
        )
    )


def _pairs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        is_evaluation = bool(_EVAL_KEY.match(pair.key)) and "data" in pair.key
        if not (is_evaluation or _KEY.match(pair.key)) or _is_blank(pair.value.text):
            continue
        field = "evaluation_dataset" if is_evaluation else "training_dataset"
        if field == "training_dataset" and re.search(
            r"eval|result|test", pair.section.title.lower()
        ):
            field = "evaluation_dataset"
        names = _names(document, pair.value.start, pair.value.end, pair.value.text, pair.origin)
        for name in names[:10]:
            yield from_pair(document, field, name, pair)


def _names(document: Document, start: int, end: int, text: str, origin: str) -> list[str]:
    """Return the names of data in a value: those its links lead to, else its words."""
    links = [
        link
        for link in document.links
        if start - 1 <= (link.at if origin == "text" else link.start) < max(end, start + 1)
        and not link.is_image
    ]
    linked = [match[1] for link in links if (match := _HUB_DATASET.match(link.url))]
    if linked or (origin == "table" and links):
        return linked or [link.text for link in links if link.text]
    text = text.split("-->", maxsplit=1)[0]
    if len(text) > 120 or text.count(" ") > 12 or text.endswith("."):
        return list(dict.fromkeys(match[1] for match in _KNOWN.finditer(text)))
    parts = re.split(r",\s+|;\s*|\s+and\s+|\s+\+\s+", re.sub(r"\([^)]*\)|https?://\S+", "", text))
    names = [part.strip(" .*`[]\"'") for part in parts]
    return [name for name in names if 1 < len(name) < MAX_NAME and not _NO_NAME.match(name)]


def _links(document: Document) -> Iterator[Value]:
    """Read links to data of the Hub in sentences and sections on training."""
    for link in document.links:
        match = _HUB_DATASET.match(link.url)
        if match is None or link.is_image:
            continue
        first, last = document.sentence(min(link.at, max(len(document.low) - 1, 0)))
        sentence = document.low[first:last]
        section = document.section_at(link.at)
        if _EVALUATED.search(sentence) and not _TRAIN_WORD.search(sentence):
            yield from_link(document, "evaluation_dataset", match[1], link)
        elif (
            (_TRAIN_WORD.search(sentence) and not _OTHERS.search(sentence))
            or _SECTION.match(section.title.lower())
            or len(sentence.strip()) < len(match[0]) + len(match[1]) + 12
        ):
            yield from_link(document, "training_dataset", match[1], link)


_EVALUATED = re.compile(r"evaluat|test(?:ed| set)|validation set|dev set|benchmark")


def _sentences(document: Document) -> Iterator[Value]:
    """Read names of data after ``trained on``, and in sections on training data."""
    count = 0
    for match in islice(_TRAINED.finditer(document.low), MAX_SENTENCES):
        first, last = document.sentence(match.start())
        sentence = document.low[first:last]
        if _OTHERS.search(sentence[: match.end() - first]):
            continue
        tail_end = min(last, match.end() + 220)
        found = list(_after(document, match.end(), tail_end))
        yield from found
        count += len(found)
        if count > 15:
            return
    for section in document.sections:
        if _SECTION.match(section.title.lower()):
            yield from _in_section(document, section.start, section.title)


def _after(document: Document, start: int, end: int) -> Iterator[Value]:
    seen = False
    for known in _KNOWN.finditer(document.plain, start, end):
        seen = True
        yield _data(document, known[1], known.start(), known.end(), "known")
    if seen:
        return
    named = _NAMED.match(document.plain, start, end)
    if named is not None and named["name"].lower() not in _GENERIC:
        yield _data(document, named["name"], named.start(), named.end(), "named")


_GENERIC = frozenset(
    """
    none unknown a the this our an custom english large private training state-of-the-art
    high-quality
    multi-lingual publicly-available large-scale open-source in-house following gpt-4 chinese german
    french spanish japanese korean russian image-text multi-task instruction-tuning fine-tuning
    domain-specific question-answering
    """.split()  # noqa: SIM905 - words read best as words
)


def _data(document: Document, name: str, start: int, end: int, method: str) -> Value:
    return from_plain(document, "training_dataset", name.strip(), start, end, method=method)


def _in_section(document: Document, start: int, title: str) -> Iterator[Value]:
    at = document.plain.find("\n", start) + 1 or start
    end = min(at + 1500, len(document.plain))
    section = document.section_at(start)
    for known in _KNOWN.finditer(document.plain, at, end):
        if document.section_at(known.start()) is not section:
            return
        yield _data(document, known[1], known.start(), known.end(), "section")


_ITEM = re.compile(
    r"[\"'`]?(?P<name>[A-Z][\w.'’/&+-]*(?: [\w.'’/&+-]+){0,4})[\"'`]?(?:\s*[(:,–-].*|\s*)$"
)
_SENTENCE_WORD = re.compile(
    r"\b(?:is|are|was|were|we|the|this|for|with|use|used|using|from|train|trained|training|model"
    r"|epochs?|batch|learning|tokens?|version|steps?|size|date|number|total|loss|in|also|see|name"
    r"|link|data collection|english|chinese|german|french|spanish|japanese)\b",
    re.IGNORECASE,
)


def _listed(document: Document) -> Iterator[Value]:
    """Read the names that begin the items of a list under a heading on training data."""
    for start in document.items:
        section = document.section_at(start)
        if not _SECTION.match(section.title.lower()):
            continue
        end = document.plain.find("\n", start)
        match = _ITEM.match(document.plain[start:end])
        if match is None or _SENTENCE_WORD.search(match["name"]) or _is_blank(match["name"]):
            continue
        first, last = start + match.start("name"), start + match.end("name")
        yield _data(document, match["name"], first, last, "listed")


def _amounts(document: Document) -> Iterator[Value]:
    low = document.low
    count = 0
    if "token" in low or "words" in low:
        for match in _TOKENS.finditer(document.plain):
            number = numbers.whole(match[1])
            if number is None or number < 1e6 or not _is_amount(document, match):
                continue
            yield from_plain(
                document, "training_tokens", number, match.start(), match.end(), method="prose",
                unit="tokens",
            )  # fmt: skip
            count += 1
            if count >= 3:
                break
    for match in _EXAMPLES.finditer(document.plain):
        number = numbers.whole(match[1])
        if number is None or number < LEAST_EXAMPLES or not _is_amount(document, match):
            continue
        yield from_plain(
            document, "training_tokens", number, match.start(), match.end(), method="examples",
            unit="examples", counted="examples",
        )  # fmt: skip
        break
    yield from _totals(document)


def _is_amount(document: Document, match: re.Match[str]) -> bool:
    first, last = document.sentence(match.start())
    near = document.low[max(first, match.start() - 60) : min(last, match.end() + 30)]
    sentence = document.low[first:last]
    return bool(_TRAIN_WORD.search(sentence)) and not _NO_COUNT.search(near)


def _totals(document: Document) -> Iterator[Value]:
    """Read the total of a table of training data."""
    for table in document.tables:
        heads = " ".join(cell.text.lower() for cell in table.header)
        unit = re.search(r"pairs|tuples|examples|samples|tokens|sentences", heads)
        if not unit or not table.rows:
            continue
        last = table.rows[-1]
        if "total" in last[0].text.lower():
            number = numbers.whole(last[-1].text.strip(" *_"))
            if number and number > 1000:
                is_tokens = unit[0] == "tokens"
                yield from_cells(
                    document, "training_tokens", number, last[-1], method="table",
                    unit="tokens" if is_tokens else "examples",
                    counted="" if is_tokens else "examples",
                )  # fmt: skip


def _cutoffs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if _CUTOFF_KEY.match(pair.key):
            for match in _DATE.finditer(pair.value.text):
                yield from_pair(document, "training_data_cutoff", _date(match), pair)
    if "cutoff" not in document.low and "cut-off" not in document.low:
        return
    for match in _CUTOFF.finditer(document.low):
        first, last = document.sentence(match.start())
        if "cutoff" not in document.low[first:last] and "cut-off" not in document.low[first:last]:
            continue
        for date in _DATE.finditer(document.plain, match.start(), last):
            size = _FOR_SIZE.match(document.plain, date.end())
            if size and size[1].lower() not in document.name.lower():
                continue
            yield from_plain(
                document,
                "training_data_cutoff",
                _date(date),
                match.start(),
                date.end(),
                method="prose",
            )


_FOR_SIZE = re.compile(r" for (?:the )?(\d+(?:\.\d+)?[BbMm])\b")


def _date(match: re.Match[str]) -> str:
    if match["month"]:
        parts = [match["year"], f"{_MONTHS[match['month'].lower()]:02d}"]
        day = match["day"]
    elif match["year2"]:
        parts, day = [match["year2"], f"{int(match['month2']):02d}"], match["day2"]
    else:
        return str(match["year3"])
    return "-".join([*parts, *([f"{int(day):02d}"] if day else [])])
