"""What training took: devices, hours, carbon, cloud and region."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.extract import numbers
from miner.pipelines.extract.document import Document, Pair
from miner.pipelines.extract.make import from_cells, from_pair, from_plain
from miner.pipelines.extract.rules.tables import own_row
from miner.pipelines.extract.value import Value

DEVICE = (
    r"(?:NVIDIA\s+|Nvidia\s+|nvidia\s+|AMD\s+|Google\s+|Intel\s+)?(?:Tesla\s+|GeForce\s+"
    r"|Quadro\s+|Instinct\s+)?"
    r"(?:(?:GTX|RTX|gtx|rtx)[\s-]?(?:A\d{4}|\d{3,4})(?:[\s-]?(?:Ti|TI|ti|SUPER|Super|Ada))*"
    r"|TITAN(?:\s\w+)?"
    r"|[Aa](?:10|16|30|40|100|800|2000|4000|4500|5000|6000)(?![\w.])|[Hh](?:20|100|200"
    r"|800)(?![\w.])"
    r"(?:[\s-]?(?:SXM\d?|PCIe))?|[Vv]100[sS]?|[Pp](?:4|40|100)(?![\w.])|[TtL]4(?![\w.])"
    r"|L40[sS]?|[KM](?:40|60|80)(?![\w.])|B[12]00|GH200|MI\d{3}[Xx]?|Gaudi\s?\d?"
    r"|(?:Cloud\s+)?TPUs?\s?(?:\s?[vV]\d[\w-]*)?(?:\s+(?:TPU )?[Pp]ods?)?(?:\s+[Vv]\d-\d+)?"
    r"|(?:Trillium"
    r"|Trainium)\d?|M[123]\s(?:Max|Ultra|Pro))"
    r"(?:[\s-]?\(?\d{2,3}\s?[Gg][Bb]?\)?)?"
)
MAX_DEVICE = 30
MAX_KEY = 120
_LEADING_COUNT = re.compile(r"^\W*(?:\d+\s*[x×*]\s*|\d+\s+(?=\D))")
_DEVICE = re.compile(rf"(?:(?<![\w.-])|(?<=\d[x×]))({DEVICE})(?!(?!x\d)[a-z\d])")
_COUNT_BEFORE = re.compile(
    r"(\b\d{1,5}|\bone|\btwo|\bfour|\beight|\bsixteen|\ba single|\bsingle|\ban|\ba)\s*(?:x|×"
    r"|\*)?\s*(?:cloud |of |the )?[\s-]*$",
    re.IGNORECASE,
)
_COUNT_AFTER = re.compile(
    r"^\s*(?:GPUs?\s*)?(?:x|×|\*)\s*(\d{1,4})\b|^\s*\((\d{1,4})\s*(?:x|GPUs)", re.IGNORECASE
)
_TRAINED = re.compile(
    r"\btrain(?:ed|ing)|\bfine-?\s?tun|\bpre-?train|\bcomputed? on|hours? on|学習|训练"
)
_NOT_TRAINED = re.compile(
    r"inference|\bto run\b|\busage\b|notebook|evaluat|latency|throughput|tokens/s|require|need"
    r"|recommend|benchmark(?:ed)? on"
    r"|run(?:s|ning)? on|\bfits?\b|quanti|vram|deploy|serv(?:e|ing)|generat(?:e|ion) (?:on"
    r"|speed)|can be (?:run|loaded|trained|fine)"
)
_KEYS = {
    "hardware": re.compile(
        r"^(?:training )?hardware(?: type| used)?s?$|^(?!.*(?:memory|vram|count|quantity|number"
        r"|hours)).{0,25}\bgpus?\b.{0,12}$|^(?:training "
        r")?gpus?(?: used| type)?$"
        r"|^gpu$|^accelerators?$|^training hardware$|^hardware & software$|^hardware/gpu$"
        r"|^training gpus?$"),
    "training_time": re.compile(
        r"^(?:training )?hours used$|^training (?:time|duration)$|^(?:total )?training "
        r"(?:run)?time$|^gpu hours$|^time$|^duration$|^hours$|^train time$"),
    "cloud_provider": re.compile(r"^cloud (?:provider|platform|service)$|^provider$"),
    "compute_region": re.compile(r"^(?:compute|cloud) region$|^region$"),
    "carbon_emitted": re.compile(
        r"^(?:total )?(?:carbon|co2|co₂|emissions)(?: \(?(?:eq\.?|equivalent)?\)?)?(?: emitted"
        r"| emissions?)?(?: \(.*\))?$|^co2 emissions.{0,25}$|^carbon emitted.*$|^estimated "
        r"(?:carbon|co2) .*$"),
}  # fmt: skip
_BLANK = re.compile(
    r"information needed|^\W*(?:n/?a|unknown|none|tbd|not (?:available|applicable"
    r"|disclosed|specified|yet\b.*)|todo|-+|\?+)\W*$",
    re.IGNORECASE,
)
_CARBON_UNIT = (
    r"(kg|kilograms?|t|tonnes?|tons?|metric tons?|g|grams?|lbs)?\s*(?:of\s+)?\.?\s*"
    r"(?:CO\s?_?2|CO₂|carbon)"
)
_CARBON = re.compile(
    rf"(?<![\w.])(\d[\d,]*(?:\.\d+)?)\s*(?:\(?in\s+)?{_CARBON_UNIT}", re.IGNORECASE
)
_CARBON_AUTO = re.compile(
    r"CO2 Emissions(?: \(in (grams|kg|kilograms)\))?:\s*(\d+(?:\.\d+)?)", re.IGNORECASE
)
_FACTORS = {"g": 0.001, "gram": 0.001, "grams": 0.001, "t": 1000.0, "ton": 1000.0, "tons": 1000.0,
            "tonne": 1000.0,
                "tonnes": 1000.0,
                    "metric ton": 1000.0, "metric tons": 1000.0, "lbs": 0.4536}  # fmt: skip
_TIME = numbers.on_a_line(
    r"(?<![\w.])(?:~|about |around |approximately |roughly |over |less than |under )?"
    r"(\d[\d,]*(?:\.\d+)?\s*(?:[KkM]\b|million)?|one|two|three|four|five|six|seven|ten|twelve)"
    r"[\s-]*((?:[AVHP]\d{2,3}|GPU|TPU|device|node|core|cpu)?[\s-]*)"
    r"(hours?|hrs?|h\b|days?|weeks?|min(?:ute)?s\b)"
)
_CLOUDS: tuple[tuple[str, str], ...] = (
    # a word that must be there, and how the name is written, lower case
    ("amazon", r"amazon web services|amazon sagemaker"),
    ("aws", r"\baws\b(?: sagemaker)?"),
    ("gcp", r"\bgcp\b"),
    ("google cloud", r"google cloud(?: platform)?"),
    ("azure", r"(?:microsoft )?\bazure(?:ml)?\b"),
    ("colab", r"(?:google )?\bcolab(?:oratory)?\b(?: pro)?"),
    ("kaggle", r"\bkaggle\b(?= (?:gpu|notebook|tpu|kernel))"),
    ("lambda", r"lambda (?:gpu cloud|labs|cloud)"),
    ("runpod", r"\brunpod"),
    ("coreweave", r"\bcoreweave\b"),
    ("vast.ai", r"vast\.ai"),
    ("paperspace", r"\bpaperspace\b"),
    ("oracle", r"oracle cloud"),
    ("mosaicml", r"mosaicml(?: platform| cloud)?"),
    ("genesis", r"genesis cloud"),
    ("jean", r"\bjean[- ]zay\b"),
    ("lumi", r"\blumi\b(?= supercomputer)"),
    ("tensordock", r"\btensordock\b"),
    ("marenostrum", r"\bmarenostrum\b"),
)
_CLOUD_USE = re.compile(
    r"\b(?:train\w*|fine-?\s?tun\w*|comput\w+|gpus?|tpus?)\b[^.\n]{0,120}\b(?:on|using|with|via"
    r"|from|by|in|at)\b"
)
_CLOUD_FORMS = tuple((word, re.compile(pattern)) for word, pattern in _CLOUDS)


def read(document: Document) -> Iterator[Value]:
    """Read what training took."""
    has: set[str] = set()
    for read_some in (_pairs, _table, _prose):
        found = [value for value in read_some(document) if value.field not in has]
        yield from found
        has |= {value.field for value in found}


def _pairs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if (
            _BLANK.search(pair.value.text)
            or len(pair.key) > MAX_KEY
            or pair.section.title.lower().startswith("model card")
        ):
            continue
        for field, pattern in _KEYS.items():
            if pattern.match(pair.key):
                if field in {"hardware", "training_time"} and _NOT_TRAINED.search(
                    pair.section.title.lower()
                ):
                    break
                yield from _pair(document, field, pair)
                break


def _pair(document: Document, field: str, pair: Pair) -> Iterator[Value]:
    text = pair.value.text
    if field == "carbon_emitted":
        begins = re.match(r"\D{0,12}(?=\d)", text)
        amount = numbers.decimal(text[begins.end() :]) if begins else None
        unit = re.search(r"\d\s*(kg|tonnes?|tons?|t|g|grams?)\b", text)
        in_key = re.search(r"in (grams|kg)|\((kg|g|grams|tons?|t)", pair.key)
        if amount:
            word = (unit[1] if unit else (in_key[1] or in_key[2]) if in_key else "kg").lower()
            yield from_pair(
                document, field, round(amount * _FACTORS.get(word, 1.0), 9), pair, unit="kgCO2eq"
            )
        return
    if field == "training_time":
        match = _TIME.search(text)
        if match:
            yield from _time_value(document, match, pair=pair)
        elif (amount := numbers.count(text)) and "hour" in pair.key:
            yield from_pair(document, field, numbers.tidy(amount), pair, unit="hours")
        return
    if field == "hardware":
        device = _DEVICE.search(text)
        count = _count(text, device.start(), device.end()) if device else None
        if device:
            name = _LEADING_COUNT.sub("", text.split("(")[0]).strip(" .")
            name = name if len(name) <= MAX_DEVICE else device[1].strip()
            yield from_pair(document, field, name, pair, count=count)
        elif len(text) < 60 and re.search(r"gpu|tpu|cpu|node", text.lower()):
            yield from_pair(document, field, text, pair)
        return
    yield from_pair(
        document, field, text.split("(")[0].strip(" .") if len(text) < 80 else text[:80], pair
    )


def _count(text: str, start: int, end: int) -> int | None:
    before = _COUNT_BEFORE.search(text[:start])
    if before:
        word = before[1].lower()
        return 1 if word in {"a", "an", "a single", "single"} else numbers.whole(word)
    after = _COUNT_AFTER.search(text[end : end + 30])
    return int(after[1] or after[2]) if after else None


def _time_value(
    document: Document, match: re.Match[str], *, pair: Pair | None = None
) -> Iterator[Value]:
    amount = numbers.count(match[1])
    word = match[3].lower()
    if amount is None:
        return
    if word.startswith("min"):
        amount, unit = amount / 60, "hours"
    elif word.startswith("week"):
        amount, unit = amount * 7, "days"
    else:
        unit = "days" if word.startswith("day") else "hours"
    kind = "device time" if match[2].strip(" -") else "wall clock"
    if pair is not None:
        yield from_pair(document, "training_time", numbers.tidy(amount), pair, unit=unit, kind=kind)
    else:
        yield from_plain(
            document, "training_time", numbers.tidy(amount), match.start(),
            match.end(), method="prose", unit=unit, kind=kind,
        )  # fmt: skip


_ANY_DEVICE = re.compile(r"gpu|tpu|[ahvp]\d{2,3}\b|rtx|gtx|titan|\bt4\b|gaudi|trainium|\bl4")


def _prose(document: Document) -> Iterator[Value]:
    low = document.low
    if "train" not in low and "tun" not in low:
        return
    if _ANY_DEVICE.search(low):
        yield from _devices(document)
    if any(word in low for word in ("hour", " day", "week", "minutes")):
        yield from _times(document)
    if "co2" in low or "co₂" in low or "carbon" in low:
        yield from _carbon(document)
    yield from _clouds(document)


def _is_training(document: Document, at: int) -> bool:
    first, last = document.sentence(at)
    sentence = document.low[first:last]
    if _NOT_TRAINED.search(sentence):
        return False
    if _TRAINED.search(sentence):
        return True
    title = document.section_at(at).title.lower()
    return bool(
        re.search(
            r"train|hardware|compute|infrastructure"
            r"|environmental",
            title,
        )
    ) and not _NOT_TRAINED.search(title)


def _devices(document: Document) -> Iterator[Value]:
    seen = 0
    for match in _DEVICE.finditer(document.plain):
        if not _is_training(document, match.start()):
            continue
        name = match[1].strip()
        first, _ = document.block_at(match.start())
        count = _count(document.plain[first:], match.start() - first, match.end() - first)
        start = max(first, match.start() - 40)
        yield from_plain(
            document,
                "hardware", name, _word_start(document.plain, start), match.end(), method="prose",
            count=count,
        )  # fmt: skip
        seen += 1
        if seen >= 2:
            return


def _word_start(plain: str, at: int) -> int:
    space = plain.find(" ", at)
    return space + 1 if 0 <= space < at + 20 else at


def _times(document: Document) -> Iterator[Value]:
    for match in _TIME.finditer(document.plain):
        first, last = document.sentence(match.start())
        sentence = document.low[first:last]
        if not _is_training(document, match.start()) or re.search(
            r"hours? of (?:\w+ ){0,3}(?:speech|audio|data|recording|video|labell?ed)"
            r"|audio|speech data",
            sentence,
        ):
            continue
        yield from _time_value(document, match)
        return


def _carbon(document: Document) -> Iterator[Value]:
    auto = _CARBON_AUTO.search(document.plain)
    if auto:
        factor = 0.001 if (auto[1] or "grams").lower() == "grams" else 1.0
        yield from_plain(
            document, "carbon_emitted", float(auto[2]) * factor, auto.start(), auto.end(),
            method="prose", unit="kgCO2eq",
        )  # fmt: skip
        return
    for match in _CARBON.finditer(document.plain):
        amount = numbers.decimal(match[1])
        first, _ = document.sentence(match.start())
        if (
            not amount
            or not match[2]
            or re.search(r"per (?:kwh|kilowatt)|kwh", document.low[match.end() : match.end() + 20])
        ):
            continue
        if re.search(r"efficiency|intensity", document.low[first : match.start()][-80:]):
            continue
        factor = _FACTORS.get(match[2].lower(), 1.0)
        yield from_plain(
            document, "carbon_emitted", round(amount * factor, 9), match.start(), match.end(),
            method="prose", unit="kgCO2eq",
        )  # fmt: skip


_PLATFORM = re.compile(
    r"\b((?!GPU|HPC|TPU|Slurm|SLURM)(?:[A-Z][\w'’]+ ){1,5}(?:[Cc]luster|[Ss]uper "
    r"?[Cc](?:omputer|luster)|[Cc]loud))\b"
    r"|\bthe ([A-Z]\w+) (?:[\w ]{0,30})platform\b"
)
_ON = re.compile(r"\b(?:train\w*|fine-?\s?tun\w*|libraries)\b[^.\n]{0,120}\b(?:on|using|used|in)\b")


def _clouds(document: Document) -> Iterator[Value]:
    found = list(_platforms(document))
    yield from found
    if found:
        return
    for word, pattern in _CLOUD_FORMS:
        if word not in document.low:
            continue
        for match in pattern.finditer(document.low):
            first, last = document.sentence(match.start())
            is_used = _CLOUD_USE.search(document.low, first, last)
            if is_used and _is_training(document, match.start()):
                start, end = match.span()
                name = document.plain[start:end]
                yield from_plain(document, "cloud_provider", name, start, end, method="prose")
                break


def _platforms(document: Document) -> Iterator[Value]:
    """Read the first cluster, cloud or platform that has a name and was trained on."""
    if not any(word in document.low for word in ("cluster", "supercomputer", "cloud", "platform")):
        return
    for match in _PLATFORM.finditer(document.plain):
        first, last = document.sentence(match.start())
        before = document.low[max(first, match.start() - 150) : match.start()]
        if not _ON.search(before) and not _TRAINED.search(document.low, match.end(), last):
            continue
        group = 1 if match[1] else 2
        start, end = match.span(group)
        name = re.sub(r"^(?:The|Our|We|On|Using|In) ", "", match[group])
        yield from_plain(document, "cloud_provider", name, start, end, method="platform")
        return


def _table(document: Document) -> Iterator[Value]:
    """Read this model's row in a table of hours and carbon of a family."""
    for table in document.tables:
        heads = [cell.text.lower() for cell in table.header]
        hours = next((i for i, h in enumerate(heads) if "hours" in h), None)
        carbon = next((i for i, h in enumerate(heads) if "carbon" in h or "co2" in h), None)
        if hours is None and carbon is None:
            continue
        row = own_row(document, table, is_family=True)
        if row is None:
            continue
        for index, field in ((hours, "training_time"), (carbon, "carbon_emitted")):
            if index is None or index >= len(row):
                continue
            amount = numbers.count(row[index].text)
            if amount:
                is_tons = field == "carbon_emitted" and re.search(
                    r"\bt\s?co2|\(t|tons?", heads[index]
                )
                unit = "kgCO2eq" if field == "carbon_emitted" else "hours"
                yield from_cells(
                    document, field, numbers.tidy(amount * (1000 if is_tons else 1)), row[index],
                    method="table", unit=unit,
                )  # fmt: skip
