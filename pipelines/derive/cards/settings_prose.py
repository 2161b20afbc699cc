"""Hyper-parameters in sentences, in commands that stand in the text, in ``key=value`` and calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.derive.cards import numbers, tongues
from miner.pipelines.derive.cards.document import Document
from miner.pipelines.derive.cards.hyperparameters import TEXTS, name_of, value_of
from miner.pipelines.derive.cards.make import from_plain
from miner.pipelines.derive.cards.value import Value
from miner.schema.sieve import sieved

MAX_INLINE = 100
MAX_KEY = 60
TRAINING = re.compile(
    r"train|fine-?\s?tun|hyper-?\s?param|procedure|optimi[sz]|setup|setting|config|regime"
    r"|recipe|details|" + tongues.TRAINING
)
NOT_TRAINING = re.compile(
    r"usage|inference|how to|generat|sampling|quant|merge|deploy|example|getting started|quick"
)
_N = r"(\d+(?:\.\d+)?(?:\s*(?:x|×|\*|·)\s*10\s*\^?\s*(?:\{?[-−–]\s*\d+|⁻[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|e[-−–]\d+)?)"
_COUNT = numbers.COUNT
_PROSE: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (name, needs, (numbers.on_a_line if name in TEXTS else numbers.lowered)(pattern))
    for name, needs, pattern in (
        (
            "learning_rate",
                "learning rate",
                    rf"learning rate(?: was| is)?(?: set)?(?: of| to| =|:| was| is|)\s+{_N}"),
        ("learning_rate", "learning rate", rf"(?<![\w.]){_N}\s+(?:\w+\s+)?learning rate\b"),
        (
            "batch_size",
                "batch",
                    rf"batch[\s-]?size(?:s)?(?: was| is)?(?: set)?(?: of| to| =|:"
                    rf"|)\s+({_COUNT})"),
        ("batch_size", "batch", rf"batch(?:es)? of (?:size )?({_COUNT})"),
        (
            "epochs",
                "epoch",
                    r"(?:for|over|with|during|in|of)\s+(?:about |around |a total of "
                    r")?(\d+(?:\.\d+)?|one|two|three|four|five|ten|twenty)\s+(?:full |training "
                    r"|more )?epochs?\b"),
        (
            "epochs",
                "epoch",
                    r"(?:trained|fine-?tuned|training)[^.\n]{0,60}?\b(\d+(?:\.\d+)?|one|two"
                    r"|three|four|five|ten)\s+epochs?\b"),
        (
            "training_steps",
                "step",
                    rf"(?:for|during|over|of|after|at)\s+(?:about |around |approximately |a "
                    rf"total of |another )?({_COUNT}|one million|one hundred "
                    rf"thousand)\s+(?:training |optimi[sz]ation |gradient |update |global "
                    rf"|train )?(?:steps?|iterations|updates)\b"),
        (
            "warmup_steps",
                "warm",
                    rf"warm-?\s?up(?: steps| phase| period)?(?: was| is)?(?: set)?(?: of| for|:"
                    rf"| over)?(?: the first)?\s+({_COUNT})(?!\s*%|\.\d)(?:\s+steps)?"),
        ("warmup_steps", "warm", rf"({_COUNT})\s+(?:\w+\s+)?warm-?\s?up steps"),
        ("warmup_steps", "warm", rf"warm-?\s?up to [\d.e-]+ (?:for|over|in) ({_COUNT}) steps"),
        ("learning_rate", "warm", rf"warm-?\s?up to {_N} (?:for|over|in)\b"),
        ("lr_scheduler", "constant", r"(?:then|kept|held|remained) (constant)\b"),
        ("precision", "precision", r"\b(bf16|bfloat16|fp16|float16|fp32"
                                   r"|fp8)[`*]*[\s-]+(?:mixed[\s-]+)?precision"),
        ("precision", "16", r"(?:trained|training|fine-?tuned) (?:[\w-]+ ){0,4}(?:in|with"
                            r"|using) [`*]*(bf16|bfloat16|fp16|float16)\b"),
        ("max_seq_length", "sequence length",
         rf"(?:using|on)(?: a)? sequence lengths?(?: of)?\s+({_COUNT})(?! to\b)"),
        ("temperature", "temperature",
         r"(?:contrastive|loss|softmax)\b[^.\n]{0,60}\btemperature"
         r"(?: of| is| was| =| to)?\s+(0?\.\d+)"),
        ("epochs", "epoch", r"\((\d+) epochs?\)"),
        ("epochs", "epoch", r"\b(?:with|for|over|using|in) (?:just )?an? (single) epoch\b"),
        ("max_seq_length", "sequence length",
         rf"batch(?: |-)?sizes?[^.\n]{{0,40}} and (?:an? )?(?:max(?:imum)? )?sequence lengths? of"
         rf" ({_COUNT})"),
        ("epochs", "epoch", r"\bepochs?\s*[:=]\s*(\d+(?:\.\d+)?)\b"),
        ("epochs", "epoch", r"\b(\d+|one|two|three|four|five|ten)\s*(?:个"
                            r"|个?轮)?\s*epochs? (?:of training|on|with|at|using)\b"),
        ("epochs", "epoch", r"(?:训练|学習|微调)[^\n。]{0,12}?(\d+)\s*(?:个|回)?\s*epochs?"),
        ("epochs", "轮", r"训练[^\n。]{0,8}?(\d+)\s*个?轮"),
        (
            "warmup_ratio",
                "warm",
                    r"warm-?\s?up(?: ratio)?(?: was| is)?(?: of| to|:)\s+(0?\.\d+"
                    r"|\d+(?:\.\d+)?\s*%)"),
        (
            "weight_decay",
                "weight decay", rf"weight decay(?: rate)?(?: (?:of|is|was|set|to|:|=))*\s+{_N}"),
        ("seed", "seed", r"(?:random )?seed(?: of|:| =| was| is)?\s+(\d+)\b"),
        (
            "max_seq_length",
                "length",
                    rf"(?:max(?:imum)?|input)[\s-]+(?:seq(?:uence)?\s+)?lengths?\s*(?:was|were"
                    rf"|is|of|:|=)?\s*(?:limited to|truncated to|set to"
                    rf"|of)?\s*({_COUNT})(?:\s+tokens)?"),
        ("optimizer", "adam", r"\b(AdamW(?:-?8bit)?|Adam(?![a-z]| (?-i:[A-Z][a-z]))|Adamax"
                              r"|paged_adamw_\w+)\b"),
        (
            "optimizer",
                "optimi", r"\b(Adafactor|SGD|LAMB|Lion|RMSprop|Sophia|Lamb)\b(?=\s+optimi[sz]er)"),
        (
            "optimizer",
                "optimi",
                    r"optimi[sz]er(?: used)? (?:is|was)(?: an?| the)? (Ada[Ff]actor|Adagrad|SGD"
                    r"|LAMB|Lamb|Lion|RMSprop|Sophia)\b"),
        (
            "lr_scheduler",
                "schedul",
                    r"\b(linear|cosine|constant|polynomial"
                    r"|inverse[ _]square[ _]root)(?:\s+\w+){0,2}\s+(?:schedul\w+|decay(?:ed)?)\b"),
        (
            "lr_scheduler",
                "decay",
                    r"\b(linear|cosine|polynomial|inverse square root)\s+(?:learning "
                    r"rate\s+)?decay\b"),
        ("lora_r", "lora", r"(?:lora )?rank(?: of| =|:)?\s+(\d+)\b"),
        ("dropout", "dropout", r"dropout(?: rate| probability)?(?: of|:| =)\s+(0?\.\d+)"),
    )
)  # fmt: skip
_NEEDED = frozenset(needs for _, needs, _ in _PROSE)
_ON_LINE = {
    ("training_steps", "step"): ("step", "iteration", "updates"),
    ("lr_scheduler", "schedul"): ("schedul", "decay"),
    ("lora_r", "lora"): ("rank",),
}
"""Where what the card needs is not what the line of a place has to have."""
IN_STAGES = frozenset({"training_steps", "batch_size"})
"""What a second stage of the training has anew."""
_NO_STAGE = re.compile(
    r"\binstead of\b|\brather than\b|\bunlike\b|\bcompar|\bversion of\b|\bdiffer"
)
_SAMPLING = re.compile(r"inference|denois|sampl|generat|pndm|ddim|diffusion steps|scheduler steps")
_TRAINED = re.compile(r"train|fine-?tun|optimi|learning rate|batch|" + tongues.TRAINED)


def stated(document: Document) -> Iterator[Value]:
    """Read sentences: at most one value for each pattern."""
    there = {needs for needs in _NEEDED if needs in document.low}
    for name, needs, pattern in _PROSE:
        if needs not in there:
            continue
        values: list[str | int | float] = []
        text = document.plain if name in TEXTS else document.low
        for match in document.matches_beside(_ON_LINE.get((name, needs), (needs,)), pattern, text):
            first, last = document.sentence(match.start())
            sentence = document.low[first:last]
            section = document.section_at(match.start())
            trains = _TRAINED.search(sentence) or TRAINING.search(section.title.lower())
            if not trains or _SAMPLING.search(sentence):
                continue
            if name == "training_steps" and "warm" in document.low[first : match.start()]:
                continue
            if name == "precision" and not re.search(r"\btrain(?:ed|ing)\b|fine-?tun", sentence):
                continue
            if values and _NO_STAGE.search(sentence):
                break
            value = value_of(name, match[1]) if name not in TEXTS else match[1]
            if value is not None and value not in values:
                yield from_plain(
                    document, "hyperparameter", value, match.start(), match.end(), method="prose",
                    name=name,
                )  # fmt: skip
                if name not in IN_STAGES or values:
                    break
                values.append(value)


_CALLED = sieved(
    r"\b(learning_rate|weight_decay|batch_size|num_epochs|epochs?|lr|seed)(?: \w+)?\((\d[\w.-]*)\)"
)
_LOSS = sieved(r"\blosses?\.(?:\w+\.)*(\w+Loss)\b")


def called(document: Document) -> Iterator[Value]:
    """Read ``batch_size(128)`` in the text, and the loss that sentence-transformers cards print."""
    for match in document.matches_beside(("(",), _CALLED, document.plain):
        name = name_of(match[1])
        value = value_of(name, match[2])
        if value is not None:
            start, end = match.span()
            yield from_plain(
                document, "hyperparameter", value, start, end, method="called", name=name
            )
    match_loss = _LOSS.search(document.plain)
    if match_loss is not None:
        start, end = match_loss.span()
        loss = match_loss[1]
        yield from_plain(document, "hyperparameter", loss, start, end, method="called", name="loss")


_INLINE = sieved(r" ?= ?(\d[\d.,]*(?:e-?\d+)?[KkMm]?|[\"'][a-z_]{3,30}[\"'])(?![\w*/])")
_INLINE_KEY = re.compile(r"(?<![\w-])([A-Za-z][A-Za-z_]*(?:[ -][A-Za-z]+){0,3})$")


def inline(document: Document) -> list[Value]:
    """Read ``batch size=4, GPUs=8, gradient accumulations=4`` in a text on training."""
    found = []
    for match in islice(_INLINE.finditer(document.plain), MAX_INLINE):
        key = _INLINE_KEY.search(document.plain, max(0, match.start() - MAX_KEY), match.start())
        name = name_of(key[1]) if key is not None else ""
        value = value_of(name, match[1].rstrip(".,")) if name else None
        if value is None or key is None:
            continue
        first, last = document.sentence(match.start())
        path = " / ".join(document.section_at(match.start()).path[-2:])
        if not (TRAINING.search(path) or _TRAINED.search(document.low, first, last)):
            continue
        if not NOT_TRAINING.search(path) and not _SAMPLING.search(document.low, first, last):
            found.append(
                from_plain(
                    document, "hyperparameter", value, key.start(), match.end(), method="inline",
                    name=name,
                )
            )  # fmt: skip
    return found


_FLAG = re.compile(r"--([a-z][\w-]{1,40})[ =]+([A-Za-z\d][\w.-]*)")


def flags(document: Document) -> list[Value]:
    """Read a command that trains and that stands in the text, not in a block of code."""
    if "--learning_rate" not in document.plain and "--num_train_epochs" not in document.plain:
        return []
    found = []
    for match in islice(_FLAG.finditer(document.plain), MAX_INLINE):
        name = name_of(match[1].replace("-", "_"))
        value = value_of(name, match[2]) if name else None
        if value is not None and name != "loss":
            start, end = match.span()
            found.append(
                from_plain(document, "hyperparameter", value, start, end, method="flag", name=name)
            )
    return found
