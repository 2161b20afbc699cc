"""What training took: devices, hours, carbon, cloud and region."""

from __future__ import annotations

import re
from collections.abc import Iterator

from miner.pipelines.derive.cards import devices, numbers, tongues
from miner.pipelines.derive.cards.document import Document, KeyValue
from miner.pipelines.derive.cards.make import from_cells, from_pair, from_plain
from miner.pipelines.derive.cards.table_rows import own_row
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded
from miner.schema.sieve import sieved

MAX_KEY = 120
MAX_BESIDE = 1_000
FAMILY = "family"
"""Qualifier ``of`` of what all models of a family took together."""
MOST_DEVICES = 2
_TOGETHER = bounded(
    r"\b(?:in aggregate|cumulative(?:ly)?|all (?:the |our )?(?:\d{1,3}|two|three|four|five|six"
    r"|seven|eight|nine|ten|of the|these)\b[^.\n]{0,30}\bmodels|(?:model|whole|entire) (?:family"
    r"|series|suite)|all (?:model )?(?:sizes|variants|models|versions))\b"
)
"""Words of a paragraph that tells of several models together."""
_TRAINED = sieved(
    r"\btrain(?:ed|ing)|\bwe (?:could )?train\b|\bfine-?\s?tun|\bpre-?train|\bcomputed? on"
    r"|hours? on|\btook (?:about |around |~)?\d[\d.]* ?(?:hours?|days?|hrs?)\b[^.\n]{0,20}\bon\b"
    r"|" + tongues.TRAINED
)
_NOT_TRAINED = bounded(
    r"inference|\bto run\b|\bif you\b|now supports?\b|\busage\b|notebook|evaluat|latency|throughput"
    r"|tokens/s|require|need"
    r"|recommend|benchmark(?:ed)? on"
    r"|run(?:s|ning)? on|\bfits?\b|quanti|vram|deploy|serv(?:e|ing)|generat(?:e|ion) (?:on"
    r"|speed)|can be (?:run|loaded|trained|fine)"
)
_KEYS = {
    "hardware": re.compile(
        r"^(?:training )?hardware(?: type| used)?s?$|^(?!.*(?:memory|vram|count|quantity|number"
        r"|hours)).{0,25}\bgpus?\b.{0,12}$|^(?:training "
        r")?gpus?(?: used| type)?$"
        r"|^gpu$|^(?:compute )?infrastructure$|^(?:training )?(?:machine|device)s?$"
        r"|^(?:training )?compute$|^accelerators?$|^training hardware$|^hardware & software$"
        r"|^hardware/gpu$"
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
_TO_RENT = re.compile(r"\bif\b|\btry\b|virtual machine|latitude|\brent|deploy|gpu type$")
"""Machines that the reader is told to take."""
_BLANK = re.compile(
    r"information needed|^\W*(?:n/?a|unknown|none|tbd|not (?:available|applicable"
    r"|disclosed|specified|yet\b.*)|todo|-+|\?+)\W*$",
    re.IGNORECASE,
)
_CARBON_UNIT = (
    r"(?:(kg|kilograms?|t|tonnes?|tons?|metric tons?|g|grams?|lbs)\s*)?(?:of\s+)?(?:\.\s*)?"
    r"(?:CO\s?_?2|CO₂|carbon)"
)
_CARBON = sieved(
    r"(?<![\w.])(\d[\d,]{0,20}(?:\.\d+)?)\s*(?:\(?in\s+)?" + _CARBON_UNIT, re.IGNORECASE
)
_CARBON_AUTO = sieved(
    r"CO2 Emissions(?: \(in (grams|kg|kilograms)\))?:\s*(\d+(?:\.\d+)?)", re.IGNORECASE
)
_FACTORS = {"g": 0.001, "gram": 0.001, "grams": 0.001, "t": 1000.0, "ton": 1000.0, "tons": 1000.0,
            "tonne": 1000.0,
                "tonnes": 1000.0,
                    "metric ton": 1000.0, "metric tons": 1000.0, "lbs": 0.4536}  # fmt: skip
_TIME = numbers.lowered(
    r"(?<![\w.])(?:~|about |around |approximately |roughly |over |less than |under )?"
    r"(\d[\d,]{0,20}(?:\.\d+)?(?:\s*(?:[KkM]\b|million))?|one|two|three|four|five|six|seven|ten"
    r"|twelve)[\s-]*((?:(?:[AVHP]\d{2,3}|GPU|TPU|device|node|core|cpu)[\s-]*)?)"
    r"(hours?|hrs?|h\b(?!&)|days?|weeks?|min(?:ute)?s\b)"
)
_CLOUDS: tuple[tuple[str, str], ...] = (
    # a word that must be there, and how the name is written, lower case
    ("amazon", r"amazon web services|amazon sagemaker"),
    ("aws", r"\baws\b(?: sagemaker)?"),
    ("gcp", r"\bgcp\b"),
    ("google cloud", r"google cloud(?: platform)?"),
    ("research cloud", r"(?:google'?s? )?(?:tensorflow|tpu) research cloud(?: \((?:tfrc|trc)\))?"),
    ("research super cluster", r"(?:meta['’]s )?research super cluster"),
    ("azure", r"(?:microsoft )?\bazure(?:ml)?\b"),
    ("colab", r"(?:google )?\bcolab(?:oratory)?\b(?: pro)?"),
    ("kaggle", r"\bkaggle\b(?= (?:gpu|notebook|tpu|kernel))"),
    ("lambda", r"lambda (?:gpu cloud|labs|cloud)"),
    ("runpod", r"\brunpod"),
    ("coreweave", r"\bcoreweave\b"),
    ("massed", r"massed ?compute"),
    ("crusoe", r"crusoe(?: cloud)?"),
    ("tensorwave", r"\btensorwave\b"),
    ("nebius", r"\bnebius(?: ai)?\b"),
    ("hyperstack", r"\bhyperstack\b"),
    ("sagemaker", r"\bsagemaker\b"),
    ("latitude.sh", r"latitude\.sh"),
    ("leonardo", r"\bleonardo\b(?= supercomputer)"),
    ("abci", r"\babci\b"),
    ("tsubame", r"\btsubame\b"),
    ("perlmutter", r"\bperlmutter\b"),
    ("databricks", r"\bdatabricks\b(?= platform)"),
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
_CLOUD_USE = bounded(
    r"\b(?:train\w*|fine-?\s?tun\w*|comput\w+|gpus?|tpus?)\b[^.\n]{0,120}\b(?:on|using|with|via"
    r"|from|by|in|at)\b"
)
_PROVIDED = re.compile(
    r"\b(?:compute|hardware|gpus?|node|resources"
    r"|computational power)\b[^.\n]{0,80}\b(?:provided|sponsored|donated|supported)\b"
    r"|\b(?:provid\w+|sponsor\w*)\b"
    r"[^.\n]{0,80}\b(?:compute|gpus?|nodes?|hardware|servers?|resources)\b|gpuサーバ"
)
_CLOUD_FORMS = tuple((word, bounded(pattern)) for word, pattern in _CLOUDS)
_ANY_CLOUD = sieved("|".join(re.escape(word) for word, _ in _CLOUDS))


def read(document: Document) -> Iterator[Value]:
    """Read what training took."""
    has: set[str] = set()
    for read_some in (_pairs, _table, _prose):
        found = [value for value in read_some(document) if value.field not in has]
        yield from found
        has |= {value.field for value in found}


def _pairs(document: Document) -> Iterator[Value]:
    for pair in document.pairs:
        if len(pair.key) > MAX_KEY:
            continue
        field = next((field for field, pattern in _KEYS.items() if pattern.match(pair.key)), "")
        title = pair.section.title.lower()
        if not field or _BLANK.search(pair.value.text) or title.startswith("model card"):
            continue
        is_of_machines = field in {"hardware", "training_time"}
        if is_of_machines and (
            _NOT_TRAINED.search(title) or _TO_RENT.search(pair.key) or _TO_RENT.search(title)
        ):
            continue
        yield from _pair(document, field, pair)


def _pair(document: Document, field: str, pair: KeyValue) -> Iterator[Value]:
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
        match = _TIME.search(text.lower())
        if match:
            yield from _time_value(document, match, pair=pair)
        elif (amount := numbers.count(text)) and "hour" in pair.key:
            yield from_pair(document, field, numbers.tidy(amount), pair, unit="hours")
        return
    if field == "hardware":
        device = devices.first(text)
        if device:
            count = devices.count(text, device.start(), device.end())
            yield from_pair(document, field, devices.short_name(text, device), pair, count=count)
        elif len(text) < 60 and re.search(r"gpu|tpu|cpu|node", text.lower()):
            yield from_pair(document, field, text, pair)
        return
    yield from_pair(
        document, field, text.split("(")[0].strip(" .") if len(text) < 80 else text[:80], pair
    )


def _of(document: Document, at: int) -> str | None:
    """Return ``family`` where the paragraph at a place tells of several models together."""
    first, last = document.block_at(at)
    first, last = max(first, at - MAX_BESIDE), min(last, at + MAX_BESIDE)
    return FAMILY if _TOGETHER.search(document.low, first, last) else None


def _time_value(
    document: Document, match: re.Match[str], *, pair: KeyValue | None = None
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
    more, end = numbers.hours_after(document.low, match.end()) if pair is None else (0.0, 0)
    if more:
        amount, unit = round(amount * (24 if unit == "days" else 1) + more, 2), "hours"
    if pair is not None:
        yield from_pair(document, "training_time", numbers.tidy(amount), pair, unit=unit, kind=kind)
    else:
        yield from_plain(
            document, "training_time", numbers.tidy(amount), match.start(), end,
            method="prose", unit=unit, kind=kind, of=_of(document, match.start()),
        )  # fmt: skip


_ANY_DEVICE = sieved(r"gpu|tpu|[ahvp]\d{2,3}\b|rtx|gtx|titan|\bt4\b|gaudi|trainium|\bl4")


def _prose(document: Document) -> Iterator[Value]:
    low = document.low
    if "train" not in low and "tun" not in low and not _TRAINED.search(low):
        return
    if _ANY_DEVICE.search(low):
        yield from _devices(document)
    if any(word in low for word in ("hour", " day", "week", "minutes")):
        yield from _times(document)
    if "co2" in low or "co₂" in low or "carbon" in low:
        yield from _carbon(document)
    yield from _clouds(document)


_JUST_TRAINED = re.compile(
    r"\btraining\b[^.\n]{0,60}\b(?:required|took|used|utilized)\b[^.\n]{0,80}$|\b(?:required"
    r"|used|needed|enable) (?:to|for|the)? ?train[^.\n]{0,60}$|"
    r"(?<!can be )(?<!could be )(?<!be )\b(?:(?:pre-?|fine-?)?\s?(?:trained|tuned)"
    r"|(?:fine-?\s?tuning"
    r"|training) (?:was|is|took|ran|has been|done|performed))\b[^.\n]{0,120}$"
)
"""Words that say so right before a device or a time, whatever else the sentence says."""


_PROVIDED_COMPUTE = bounded(
    r"\b(?:compute|computational|hardware|node|gpus?)\b[^.\n]{0,100}\b(?:provided|sponsored"
    r"|donated)\b|\bprovid\w+\b[^.\n]{0,100}\b(?:to (?:enable )?train|node|compute)\b"
)
"""Machines that someone gave."""


def _is_training(document: Document, at: int) -> bool:
    first, last = document.sentence(at)
    sentence = document.low[first:last]
    if _JUST_TRAINED.search(document.low[first:at]) or _PROVIDED_COMPUTE.search(sentence):
        return True
    if _NOT_TRAINED.search(sentence):
        return False
    if _TRAINED.search(sentence):
        return True
    title = document.section_at(at).title.lower()
    says_so = re.search(r"train|hardware|compute|infrastructure|environmental", title) is not None
    return says_so and not _NOT_TRAINED.search(title)


def _devices(document: Document) -> Iterator[Value]:
    seen = 0
    for match in devices.find(document.plain):
        if not _is_training(document, match.start()):
            continue
        first, _ = document.block_at(match.start())
        block = document.plain[first : match.end() + 30]
        count = devices.count(block, match.start() - first, match.end() - first)
        yield _device(document, match, first, count)
        seen += 1
        if seen >= MOST_DEVICES:
            return
    match_plain = None if seen else devices.plain(document.plain, 0, len(document.plain))
    if match_plain is not None and _is_training(document, match_plain.start()):
        first, _ = document.block_at(match_plain.start())
        yield _device(document, match_plain, first, None)


def _device(document: Document, match: re.Match[str], first: int, count: int | None) -> Value:
    start = _word_start(document.plain, max(first, match.start() - 40))
    name = re.sub(r"^(?:an?|one)\s", "", match[1].strip())
    return from_plain(document, "hardware", name, start, match.end(), method="prose", count=count)


def _word_start(plain: str, at: int) -> int:
    space = plain.find(" ", at)
    return space + 1 if 0 <= space < at + 20 else at


def _times(document: Document) -> Iterator[Value]:
    for match in document.matches(_TIME, document.low):
        first, last = document.sentence(match.start())
        sentence = document.low[first:last]
        if not _is_training(document, match.start()) or re.search(
            r"hours? of (?:\w+ ){0,3}(?:speech|audio|data|recording|video|labell?ed)"
            r"|audio|speech data|(?:training (?:set|data)|dataset|corpus|recordings"
            r"|amount of data)\b[^.\n]{0,80}\bhours\b|hours per|\b(?:every|per"
            r"|each)\b[^.\n]{0,20}\b(?:hours?|days?|weeks?)\b",
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
            document, "carbon_emitted", round(float(auto[2]) * factor, 9), auto.start(),
            auto.end(), method="prose", unit="kgCO2eq",
        )  # fmt: skip
        return
    for match in document.matches(_CARBON, document.plain):
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
            method="prose", unit="kgCO2eq", of=_of(document, match.start()),
        )  # fmt: skip


_PLATFORM = sieved(
    r"\b((?!GPU|HPC|TPU|Slurm|SLURM)(?:[A-Z][\w'’]+ ){1,5}(?:[Cc]luster|[Ss]uper "
    r"?[Cc](?:omputer|luster)|[Cc]loud))\b"
    r"|\bthe ([A-Z]\w+) (?:[\w ]{0,30})platform\b"
)
_ON = re.compile(r"\b(?:train\w*|fine-?\s?tun\w*|libraries)\b[^.\n]{0,120}\b(?:on|using|used|in)\b")


def _clouds(document: Document) -> Iterator[Value]:
    found = list(_known_clouds(document))
    yield from found or _platforms(document)


def _known_clouds(document: Document) -> Iterator[Value]:
    for word, pattern in _CLOUD_FORMS if _ANY_CLOUD.search(document.low) else ():
        for match in document.matches_beside((word,), pattern, document.low):
            first, last = document.sentence(match.start())
            is_used = _CLOUD_USE.search(document.low, first, last)
            is_provided = _PROVIDED.search(document.low, first, last) is not None
            if (is_provided and not _NOT_TRAINED.search(document.low, first, last)) or (
                is_used and _is_training(document, match.start())
            ):
                start, end = match.span()
                name = document.plain[start:end]
                yield from_plain(document, "cloud_provider", name, start, end, method="prose")
                break


def _platforms(document: Document) -> Iterator[Value]:
    """Read the first cluster, cloud or platform that has a name and was trained on."""
    if not any(word in document.low for word in ("cluster", "supercomputer", "cloud", "platform")):
        return
    for match in document.matches(_PLATFORM, document.plain):
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
