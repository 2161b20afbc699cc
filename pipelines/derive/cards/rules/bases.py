"""The models that the text states as bases of this one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from miner.pipelines.derive.cards import bases_prose, own_names, tongues
from miner.pipelines.derive.cards.document import CardLink, Document
from miner.pipelines.derive.cards.make import from_code, from_link, from_pair, from_plain
from miner.pipelines.derive.cards.rules.front_matter_fields import relation
from miner.pipelines.derive.cards.value import Value
from miner.pipelines.sources.records.statements import clean_name
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

_ID = r"[A-Za-z0-9][\w.-]{1,95}/[\w.-]{2,95}"
_BARE_ID = bounded(rf"(?<![\w/.:@-])({_ID})(?![\w/])")
_HUB = bounded(
    rf"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/((?!datasets/|spaces/|docs/|papers/"
    rf"|blog/|models\b|collections/|models/)(?:{_ID}|[\w.-]+))/?(?:[?#].*|/(?:tree|blob"
    rf"|resolve).*)?$"
)
_LEAD = sieved(
    r"(?:fine[- ]?tun(?:ed|ing)(?: version| variant| checkpoint| model)?(?: of| from| on top of)|"
    r"(?:a|an|the) (?:\w+ ){0,2}fine[- ]?tune of|finetune of|"
    r"finetuned (?:version )?(?:of|from)|further (?:pre-?)?train(?:ed|ing) (?:of|from)|"
    r"(?:[\w-]+ )?(?:version|variant|quant|copy|clone|fork|conversion|checkpoint|extension)s? of|"
    r"(?:is |are )?(?:initiali[sz]ed|seeded|started|distilled|derived|converted|obtained) (?:from"
    r"|with)(?: the)?(?: weights of)?|"
    r"converted to (?:\w+ ){1,3}from|"
    r"(?:by|after|via|through) fine-?tuning|"
    r"based on|\w+-based|trained from|trained on (?:this|the) model"
    r"|pre-?trained (?:base )?model|parameters? |built (?:on|upon)(?: top of)?"
    r"|trained on top of|transformer pipeline|"
    r"(?<![-\w])(?:base|backbone|original|parent|source|teacher|foundation)(?: (?:model"
    r"|checkpoint))?(?: "
    r"is| was)?(?: from| used(?: is| was)?)?|"
    r"we used the pretrained|using the pretrained|starting from(?: the)?|"
    r"(?:gguf|quantization|quants?|conversion|ggml|exl2|awq|gptq)[\w ]{0,20} (?:of|from|for)"
    r"|lora (?:adapter |weights )?(?:for|of)|adapter for|weights for|derived from|(?:adapter"
    rf"|prefix|prompt)[^.\n]{{0,60}}for|{tongues.BASE_BEFORE})"
    r"[\s:*`\[(\"']*(?:the |a |an |our |pre-?trained |fine-?tuned |original |base |official "
    r"|(?:french|english|german|dutch|spanish|italian|multilingual|monolingual) "
    r"|\d+(?:\.\d+)?[MB] parameters? |[\w'’]+'s "
    r")*[\s:*`\[(\"']*$",
    re.IGNORECASE,
)
_TRAIL = bounded(
    r"^[\s\])*`\"']*(?:(?:model\s+|checkpoint\s+)?(?:was |is |has been "
    rf")?(?:fine-?\s?tuned|finetuned)\b|(?:{tongues.BASE_AFTER}))",
    re.IGNORECASE,
)
_FROM = bounded(
    r"\b(?:fine-?\s?tuned|trained|adapted|started"
    r"|initiali[sz]ed)\b[^.\n]{0,80}\bfrom(?: the)?[\s`*\[\"']*$",
    re.IGNORECASE,
)
_BEGINS = bounded(r"[\s*_>]*fine-?\s?tuned(?: the)?[\s`*\[\"']*$", re.IGNORECASE)
"""A block that begins so, before a link: ``Fine-tuned [acme/base](…) on …``."""
_CHECKPOINT = bounded(
    r"[\s\])*`\"']*(?:pre-?trained\s+)?(?:checkpoint|weights|model)\b", re.IGNORECASE
)
_KEY = re.compile(
    r"^(?:(?:base|parent|original|foundation|backbone|teacher|pre-?trained|underlying)(?: model| "
    r"checkpoint| llm)s?(?: name)?|base|parent|source model|original"
    r"|finetuned from(?: model)?(?: \[optional\])?|fine-tuned from(?: model)?|finetuned from "
    r"model|model (?:base|creator's original)|original model card|architecture/base"
    r"|language model|(?:model|pre-?trained|initial|starting) checkpoint"
    r"|pre-?trained model(?: name)?|model[_ ]name[_ ]or[_ ]path|base llm|tuned from"
    r"|starting model"
    rf"|{tongues.BASE})$"
)
_FAMILY = (
    r"(?:XLM-?R(?:oBERTa)?|(?:[A-Z]+-)?[A-Za-z]{2,9}BERT|[A-Z]+-BERT|RoBERTa|DistilBERT|ALBERT"
    r"|ELECTRA|DeBERTa|BERT|BART|mBART"
    r"|GPT-?[2J]|T5|mT5|Mistral|Mixtral|LLaMA|Llama|Whisper|Wav2Vec2|Stable [Dd]iffusion|ViT|Qwen"
    r"|Gemma|Falcon|Baichuan|ChatGLM|InternLM|Yi|Phi|OPT|BLOOM|Pythia|MPT)"
)
_WORD = r"(?:large|Large|[Bb]ase|small|[Mm]edium|(?:un)?cased|Instruct|Chat|XL|XLSR|NeMo|Code)"
# A number takes all that follows it without a hyphen or a blank, so that there is one way to
# read a run of digits: with two for each digit the time would double with it.
_INNER = rf"(?:[-\s]?(?:{_WORD}|v?\d[\w.]*(?=[-\s])))"
_LAST = r"(?:[-\s]?v?\d[\w.]*)"
_SUFFIXES = rf"{_INNER}*{_LAST}?"
_SOME_SUFFIX = rf"(?:{_INNER}+{_LAST}?|{_LAST})"
_PLAIN_BASE = sieved(
    rf"\b(?i:fine[- ]?tuned (?:version )?(?:of|from)(?: the)?)\s+[\"'`*]*({_FAMILY}{_SUFFIXES})"
    r"(?=[\s.,;)\"'`*]|$)"
    rf"|\b(?i:based on(?: the)?(?: pre-?trained)?|fine[- ]?tuned(?: the)?|fine-?tuning(?: the)?"
    rf"|fine-?tune of)\s+[\"'`*]*({_FAMILY}{_SOME_SUFFIX})"
    r"(?=[\s.,;)\"'`*]|$)"
    rf"|(?:基于|基於|在)\s*[\"'`*]*({_FAMILY}{_SOME_SUFFIX})"
    rf"|(?<![\w-])({_FAMILY}{_SOME_SUFFIX})\s+(?i:(?:language )?model )?(?i:(?:was "
    rf"|is )?(?:further )?fine[- ]?tuned)\b"
    rf"|\b(?i:trained from|used an?)\s+[\"'`*]*({_FAMILY}{_SOME_SUFFIX})(?=[\s.,;)\"'`*]|$)"
    rf"|\b(?i:initiali[sz]ed (?:from|with)(?: the)?)\s+[\"'`*]*({_FAMILY}{_SOME_SUFFIX})"
    r"(?=[\s.,;)\"'`*]|$)"
    r"|\b(?i:used an?)\s+[\"'`*]*([A-Z]\w*\d\w*)(?= pre-?trained on)"
    r"|(?m:^)\W*([A-Z][a-z]+\d?-(?:base|large|small|medium))[`*]* model fine[- ]?tuned\b"
    r"|\b(?:is|from|of)\s+(?:an?\s+|the\s+)?[\"'`*]*([a-z]+\d?-(?:base|large|small|medium|xl)"
    r"(?:-[\w-]+)?)[\"'`*]*\s+(?:(?:language )?model\s+)?(?:that )?(?:was |is )?fine[- ]?tuned\b",
    re.ASCII,
)
_WHOLE_NAME = sieved(
    r"\bis an? [\"'`*]*([a-z]+\d*(?:-[a-z]+)?-(?:base|large|small|medium|xl)(?:-[\w-]+)?)"
    r"[\"'`*]* model that was fine[- ]?tuned\b",
    re.ASCII,
)
"""A name as the Hub has it, which counts more than that of a family before it."""
_NAMED_BASE = sieved(
    r"\b(?:[Ff]ine[- ]?tuned|[Ii]nstruction[- ]tuned|[Qq]uanti[sz]ed|[Aa]ligned|[Dd]istilled"
    r"|[Cc]hat)\s+(?:version|variant)\s+of\s+(?:the\s+)?[`*\"']*"
    r"([A-Z][\w.]*(?:[- ][A-Z\d][\w.]*)*-?\d[\w.-]*)"
    r"|\bbased on the (?:\w+ )?([A-Z][A-Za-z]+-\d[\w.-]*)"
    r"|\binitiali[sz]ed (?:with|from)\s+(?:the\s+)?[`*\"']*([A-Z][\w.]*(?:-[\w.]+)+(?: \d+"
    r"(?:\.\d+)?[BM]\b)?)"
)
_MERGED = re.compile(
    r"models? merged|merge(?:d)? (?:of|from|using)|following models(?! (?:are"
    r"|were) (?:evaluated|compared|tested))|base (?:model"
    r"|expert)s?|component",
    re.IGNORECASE,
)
_YAML = bounded(
    rf"(?m)^[ \t]*-?[ \t]*(?:-[ \t]+)*(?:model|base_model|source_model|base_model_name"
    rf"|model_name)[ \t]*:[ \t]*[\"']?({_ID})(?:[\"']|[ \t]*(?:#.*)?\r?$|\+)"
)
_NOT_OWNERS = frozenset(
    """
    http https and or he she his input w n m docs datasets spaces
    image video audio text application path_to path your models output outputs
    """.split()  # noqa: SIM905 - words read best as words
)
_TICKED = re.compile(
    r"(?<![\w/.-])((?:bert|roberta|distilbert|albert|electra|deberta|xlm|gpt2|gpt-neo|gpt-j|t5"
    r"|mt5|bart|mbart|camembert|wav2vec2|hubert|vit|opus|llama|mistral|qwen|gemma|phi|falcon"
    r"|pythia|bloom|opt)[\w.]*-[\w.-]*\w)(?![\w/])",
    re.IGNORECASE,
)
_NOT_MODEL = bounded(
    r"[`*\"' ]*(?:codebase|repo|library|framework|dataset|template|format|script|github)"
)
_AND = re.compile(r"[`*\"' ]*(?:,|and|&|\+|, and)?[`*\"' ]*")
_MERGE_WORDS = re.compile(r"franken|merge|mixture of experts|\bmoe\b")
_USES = bounded(
    r"(?:[Uu]ses|[Cc]ombin\w+|[Mm]erg\w+|[Cc]onsists of)\s+(?:of\s+)?(?:[\w./-]+,\s+"
    r"|and\s+)*(?:[\w./-]+\s+and\s+)?$"
)
LEAST_PACKED = 6
_PACKING = bounded(
    r"(?:i1|imat\w*|\d[\d.]*bpw|gguf|ggml|gptq|awq|exl[23]|\d+bit|bnb|q\d|int\d|fp\d|mlx|hqq|w\d)"
)
_FILES = (".zip", ".pt", ".bin", ".ckpt", ".safetensors", ".gguf", ".md", ".py", ".sh")
_MAX = 40


def read(document: Document) -> Iterator[Value]:
    """Read the bases in links, pairs, lists, YAML and sentences."""
    found = list(_merges(document))
    yield from found
    kind = relation(document, document.front.data, 0)
    if document.front.data.get("base_model"):
        yield from _repacked(document, kind)
        return
    values = [*_pairs(document, kind), *_links(document, kind), *_ids(document, kind)]
    yield from values
    for read_more in (_headed, _commanded, _names) if not found else ():
        if not values:
            values = list(read_more(document, kind))
            yield from values
    if not found and not values:
        yield from bases_prose.read(document, kind, lambda name: _is_base(document, name))


_LETTER = re.compile(r"[A-Za-z]")


def _is_base(document: Document, name: str) -> bool:
    if not _LETTER.search(name):
        return False
    owner, slash, short = name.partition("/")
    if not slash and own_names.likeness(document.model, name) == 1.0:
        return _is_packed(document, name)
    if name.lower() == document.model.lower() or owner.lower() in _NOT_OWNERS:
        return False
    if name.lower().endswith(_FILES) or re.fullmatch(r"\d+(?:\.\d+)?[bm]?", short.lower()):
        return False
    return not slash or (len(owner) > 1 and short.lower() not in {"or", "a"})


def _merges(document: Document) -> Iterator[Value]:
    """Read the configuration of a merge; names of places on disk are none."""
    for code in document.codes:
        if not re.search(
            r"(?m)^[^\S\n]*(?:merge_method|slices|models|experts|base_model|dtype"
            r"|gate_mode)\s*:",
            code.text,
        ):
            continue
        for match in list(_YAML.finditer(code.text))[:_MAX]:
            name = match[1]
            if _is_base(document, name) and not name.startswith((".", "/")):
                start = code.start + match.start()
                start += len(match[0]) - len(match[0].lstrip())
                yield from_code(
                    document, "base_model", name, start, code.start + match.end(1),
                    method="merge", relation="merge",
                )  # fmt: skip


def _pairs(document: Document, kind: str) -> Iterator[Value]:
    for pair in document.pairs:
        if not _KEY.match(pair.key) or "information needed" in pair.value.text.lower():
            continue
        name = _name_in(document, pair.value.start, pair.value.end, pair.value.text, pair.origin)
        if name and _is_base(document, name):
            yield from_pair(document, "base_model", name, pair, relation=kind)


def _name_in(document: Document, start: int, end: int, text: str, origin: str) -> str:
    """Return the name of a model in a value: where its link leads, an id, or a short text."""
    if origin == "text":
        for link in document.links_from(start, end, in_text=True):
            if match := _HUB.match(link.url):
                return match[1]
    if match := _HUB.match(text.strip()):
        return match[1]
    if match := _BARE_ID.search(text):
        return match[1]
    text = re.split(r"[(,;]|\. ", text)[0].strip(" *`[]\"'")
    text = re.sub(
        r"^[\w ]{1,30}['’]s |^(?:base )?(?:llm|model|lm)\s*:\s*", "", text, flags=re.IGNORECASE
    )
    if re.search(r"checkpoints|^all ", text.lower()):
        return ""
    return (
        clean_name(text)
        if len(text) <= 50 and len(text.split()) <= 5 and "http" not in text
        else ""
    )


def _headed(document: Document, kind: str) -> Iterator[Value]:
    """Read the first model under a heading that says base model."""
    for link in document.links:
        match = _HUB.match(link.url)
        if match is None or link.is_image or not _is_base(document, match[1]):
            continue
        title = document.section_at(link.at).title.lower().strip(" :：")
        if "/" in match[1] and _KEY.match(title) and not title.endswith("s"):
            yield from_link(document, "base_model", match[1], link, method="headed", relation=kind)
            return


_COMMAND = re.compile(
    r"--?(?:pretrained_)?(?:model_name_or_path|model_name|base_model|init_checkpoint)[= ]+[\"']?"
    r"([A-Za-z][\w.-]*(?:/[\w.-]+)?)(?=[\"'\s\\]|$)"
)


def _commanded(document: Document, kind: str) -> Iterator[Value]:
    """Read the model that a command trains from."""
    for code in document.codes:
        match = _COMMAND.search(code.text)
        if match is None or not re.search(r"--do_train|train|--learning_rate", code.text):
            continue
        if _is_base(document, match[1]) and ("-" in match[1] or "/" in match[1]):
            start, end = code.start + match.start(), code.start + match.end()
            yield from_code(
                document, "base_model", match[1], start, end, method="command", relation=kind
            )
            return


def _links(document: Document, kind: str) -> Iterator[Value]:
    for link in document.links:
        match = _HUB.match(link.url)
        if match is None or link.is_image or not _is_base(document, match[1]):
            continue
        if re.search(r"\bcards?\b", link.text.lower()):
            continue
        if _leads(document, link) or _is_packed(document, match[1]):
            yield from_link(document, "base_model", match[1], link, relation=kind)


def _repacked(document: Document, kind: str) -> Iterator[Value]:
    """Read the model that a sentence says was quantized, though the front matter names another."""
    for link in document.links:
        match = _HUB.match(link.url)
        if match is None or link.is_image or not _is_base(document, match[1]):
            continue
        if _is_packed(document, match[1]) and _leads(document, link):
            yield from_link(document, "base_model", match[1], link, relation=kind)
            return


def _is_packed(document: Document, name: str) -> bool:
    """Return whether this model is named as another one and a packing, as ``X-3.0bpw-exl2``."""
    short = own_names.squeezed(name.rpartition("/")[2])
    mine = own_names.squeezed(document.name)
    rest = mine.removeprefix(short)
    return len(short) > LEAST_PACKED and rest != mine and _PACKING.match(rest) is not None


def _leads(document: Document, link: CardLink) -> bool:
    """Return whether the words before a link, or after it, say that it is a base."""
    first, last = document.block_at(link.at)
    before = document.plain[max(first, link.at - 160) : link.at]
    after = document.plain[link.end_at : min(last, link.end_at + 60)]
    if first >= link.at - 160 and _BEGINS.match(before):
        return True
    if _LEAD.search(before) or (_FROM.search(before) and _CHECKPOINT.match(after)):
        return True
    return bool(_TRAIL.match(after))


_QUOTED = bounded(r"(?<![\w/.-])([A-Za-z][\w.]*[-_][\w.-]*\w)(?![\w/])", re.ASCII)


def _ticked(document: Document) -> Iterator[re.Match[str]]:
    """Return names of well-known families, and any name that the card has in ticks."""
    for match in _QUOTED.finditer(document.plain):
        place = -1 if _TICKED.fullmatch(match[1]) else document.place(match.start())
        if place < 0 or document.card[place - 1 : place] == "`":
            yield match


_MARK = re.compile(r"[\d_-]")


def _is_marked(document: Document, at: int) -> bool:
    """Return whether a name is in ticks or links, where two words with a slash may be an id."""
    place = document.place(at)
    return document.card[place - 1 : place] in {"`", "[", "*"}


def _is_led(document: Document, at: int) -> bool:
    """Return whether the words before a place lead to a base."""
    first, _ = document.block_at(at)
    return _LEAD.search(document.plain[max(first, at - 160) : at]) is not None


def _ids(document: Document, kind: str) -> Iterator[Value]:
    """Read ids in the text: after words that lead to a base, and in lists of merged models."""
    count, last = 0, -1
    is_merge = "merge" in str(document.front.data.get("tags")).lower() and document.contains(
        _MERGE_WORDS
    )
    named = (match for match in _ticked(document) if _is_led(document, match.start()))
    for match in chain(document.matches(_WHOLE_NAME, document.plain), named):
        if _is_base(document, match[1]):
            yield from_plain(
                document, "base_model", match[1], match.start(1), match.end(1), method="prose",
                relation=kind,
            )  # fmt: skip
            break
    for match in document.matches(_BARE_ID, document.plain):
        name = match[1].rstrip(".")
        if not _is_base(document, name) or not re.search(r"[A-Za-z]", name.partition("/")[2]):
            continue
        if not _MARK.search(name) and not _is_marked(document, match.start()):
            continue
        if _NOT_MODEL.match(document.low, match.start() + len(name)):
            continue
        first, _ = document.block_at(match.start())
        before = document.plain[max(first, match.start() - 160) : match.start()]
        is_listed = (is_merge and _USES.search(before) is not None) or (
            not before.strip(" -*•\"'`")
            and bool(
                _MERGED.search(document.section_at(match.start()).title)
                or _MERGED.search(document.plain[max(0, first - 120) : first])
            )
        )
        goes_on = 0 <= match.start() - last <= 8 and _AND.fullmatch(
            document.plain, last, match.start()
        )
        if is_listed or goes_on or _LEAD.search(before):
            count += 1
            last = match.start() + len(name)
            yield from_plain(
                document, "base_model", name, match.start(), match.start() + len(name),
                method="listed" if is_listed else "prose", relation="merge" if is_listed else kind,
            )  # fmt: skip
        if count >= _MAX:
            return


def _names(document: Document, kind: str) -> Iterator[Value]:
    match = _PLAIN_BASE.search(document.plain) or _NAMED_BASE.search(document.plain)
    name = next((group for group in match.groups() if group), "") if match else ""
    if match is not None and _is_base(document, name):
        yield from_plain(
            document, "base_model", name.strip(" ."), match.start(), match.end(),
            method="name", relation=kind,
        )  # fmt: skip
