"""How the model was trained: hyper-parameters in lists, tables, code and sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from miner.pipelines.derive.cards import (
    numbers,
    settings_prose,
    settings_tables,
    table_columns,
)
from miner.pipelines.derive.cards.document import CodeBlock, Document, KeyValue
from miner.pipelines.derive.cards.hyperparameters import (
    NO_VALUES,
    name_of,
    snake,
    value_of,
)
from miner.pipelines.derive.cards.make import from_code, from_pair
from miner.pipelines.derive.cards.settings_prose import NOT_TRAINING, TRAINING
from miner.pipelines.derive.cards.value import Value
from miner.schema.patterns import bounded

LEAST_LISTED = 3
_SETTINGS = re.compile(r"hyper-?\s?param|training (?:parameters|arguments|config\w*|settings)")
_SHAPES = re.compile(
    r"^(?:train|eval|predict|test|val)_|per_second|flops|gen_len|layer|head|hidden|dim|vocab"
    r"|param|expert|embedding|beta|epsilon|^eps|eval|logging|save"
    r"|thread|note|link|model"
    r"|data|time|hour|gpu|hardware|loss|token|example|(?<!min_)sample|architecture|version"
    r"|framework|output|precision|license|accuracy|result"
)
_PLUMBING = re.compile(
    r"^(?:do_|log|fp16_|ray_|use_|no_|push|hub|report|resume|load|dataloader|ddp|fsdp|disable"
    r"|remove|include|ignore|skip|greater|metric|past|run|overwrite"
    r"|prediction|tf32|local_rank|jit|ipex|half|group_by|length_column|full_determinism|torch"
    r"|auto_find|split_batches|debug|deepspeed|accelerator"
    r"|distributed|summary|text_column|column|path|name|id$|url|language|task|base|type|shuffle"
    r"|verbose|workers|num_workers|tokenizer|author"
    r"|developer|date|version|framework|library|checkpoint|input|prompt|best|strategy|comment"
    r"|purpose|method|trained|training_regime$)"
    r"|_(?:kwargs|column|dir|path|strategy|config|callback|process|token|url|id)$"
)
"""Settings of the program around a training, and words that are none."""
_CODE_LINE = bounded(
    r"(?:--|^[ \t]*[\"']?|[({,][ \t]*[\"']?)([A-Za-z][\w-]{0,40})[\"']?[ \t]*(?:=|:"
    r"|[ \t])[ \t]*[\"']?"
    r"(<class '[\w.]+'>|[A-Za-z_][\w.-]*|-?\d[\d_.]*(?:e-?\d+)?)",
    re.MULTILINE,
)
_LIST_LINE = bounded(
    r"^[ \t]*[-*•][ \t]+([A-Za-z][^:\n]{1,40}?)[ \t]*:[ \t]+(\S[^\n]{0,120})", re.M
)
LEAST_LINES = 3
_TRAIN_CODE = re.compile(
    r"OrderedDict|optimizer_class|train_batch_size|num_train_epochs|learning_rate|TrainingArguments"
    r"|lr_scheduler|max_train_steps|warmup_|--epochs|n_timesteps|batch_size|max_epochs|ModelTrainer\("
)


FAR = 100
_BEFORE = bounded(
    r"\btrain\w* (?:config\w*|param\w*|arguments|settings)\b[^`]{0,20}:\s*`{3}\w*\s*$"
)
"""Words that announce the block of code behind them."""


def read(document: Document) -> Iterator[Value]:
    """Read hyper-parameters: pairs and code first, sentences for the rest."""
    found = [
        *_pairs(document),
        *_code(document),
        *settings_tables.read(document),
        *settings_prose.called(document),
    ]
    found += [*settings_prose.inline(document), *settings_prose.flags(document)]
    yield from found
    used = {str(value.qualifiers.get("name")) for value in found}
    places = [(value.start, value.end, value.value) for value in found]
    stated: set[tuple[str, str]] = set()
    for value in settings_prose.stated(document):
        name = str(value.qualifiers["name"])
        if any(first <= value.start < last and value.value == one for first, last, one in places):
            continue  # the same number, read as a pair
        if name not in used and (name, str(value.value)) not in stated:
            if name not in settings_prose.IN_STAGES:
                used.add(name)
            stated.add((name, str(value.value)))
            yield value


def _is_training(pair_or_code: KeyValue | CodeBlock) -> bool:
    path = " / ".join(pair_or_code.section.path[-2:])
    return bool(TRAINING.search(path)) and not NOT_TRAINING.search(path)


def _pairs(document: Document) -> Iterator[Value]:
    named = [(pair, name) for pair in document.pairs if (name := name_of(pair.key))]
    known = Counter(pair.group for pair, _ in named)
    listed = Counter(pair.section.start for pair, _ in named)
    rated = {pair.section.start for pair, name in named if name in {"learning_rate", "epochs"}}
    quantized = [match.end() for match in _QUANTIZED.finditer(document.low)]
    steps = _estimators(document)
    for pair in document.pairs:
        if pair.group in steps:
            yield from _of_estimator(document, pair, steps[pair.group])
            continue
        if pair.group < 0 and _follows(document, quantized, pair):
            continue
        section = pair.section.start
        is_grouped = pair.group >= 0 and known[pair.group] >= 2
        is_listed = section in rated and listed[section] >= LEAST_LISTED
        is_of_training = is_grouped or is_listed
        name, is_open = name_of(pair.key), False
        if not name and (is_grouped or _SETTINGS.search(pair.section.title.lower())):
            name = _open_name(pair)
            is_open = bool(name)
        if not name or not (is_of_training or _is_training(pair) or _is_plain_name(pair.key)):
            continue
        if NOT_TRAINING.search(pair.section.title.lower()):
            continue
        value = value_of(name, pair.value.text)
        if name == "precision" and str(value).lower() == "true":
            value = snake(pair.key)
        if value is None and is_open and not _OBJECT.match(pair.value.text):
            value = pair.value.text
        if value is not None:
            yield from_pair(document, "hyperparameter", value, pair, name=name)


_STEP = re.compile(r"[a-z]\w{0,40}?__[a-z]")
_OBJECT = bounded(r"^[<\[{]|^[A-Z]\w*\(.*\)?$")
"""A value that is an object of the program, as it prints itself."""


def _estimators(document: Document) -> dict[int, str]:
    """Return the step that learns for each table of a pipeline: one called so, else the last."""
    steps: dict[int, list[str]] = {}
    for pair in document.pairs:
        if pair.group >= 0 and _STEP.match(pair.key):
            steps.setdefault(pair.group, []).append(pair.key.partition("__")[0])
    return {
        group: next((name for name in names if _LEARNS.match(name)), names[-1])
        for group, names in steps.items()
    }


_LEARNS = re.compile(r"(?:model|classifier|clf|regressor|reg|estimator|predictor)$")


def _of_estimator(document: Document, pair: KeyValue, step: str) -> Iterator[Value]:
    """Read a setting of the last step of a pipeline, which is the one that learns.

    Args:
        document: The card.
        pair: A row of a table with names as ``classifier__tol``.
        step: The last step of that table.
    """
    text = pair.value.text.strip(" `")
    if not pair.key.startswith(f"{step}__") or pair.key.endswith(_PROGRAM):
        return
    if text.lower() in _UNSET or _OBJECT.match(text):
        return
    number = numbers.decimal(text) if bounded(r"^-?[\d.]+(?:e-?\d+)?$").match(text) else None
    value = text if number is None else numbers.tidy(number)
    yield from_pair(document, "hyperparameter", value, pair, name=snake(pair.key))


_UNSET = frozenset({"", "none", "null", "nan"})
_PROGRAM = ("__verbose", "__n_jobs")


_QUANTIZED = re.compile(r"quanti[sz]ation (?:config\w*|parameters|settings)[^\n]*")
MAX_QUANTIZED = 2_000


def _follows(document: Document, starts: list[int], pair: KeyValue) -> bool:
    """Return whether a pair stands in the list under the line that announces a quantization."""
    for start in starts:
        if 0 <= pair.start - start < MAX_QUANTIZED:
            between = document.plain[start : pair.start].strip("\n")
            if all(":" in line for line in between.split("\n") if line.strip()):
                return True
    return False


def _open_name(pair: KeyValue) -> str:
    """Return the name of any short setting in a list of training settings, empty for others."""
    form = snake(pair.key.split("(")[0])
    if len(pair.value.text) > 60 or len(form) > 30 or form.count("_") > 3 or not form:
        return ""
    if _PLUMBING.search(form) or pair.value.text.strip(" `'\",").lower() in NO_VALUES:
        return ""
    return "" if _SHAPES.search(form) or "information needed" in pair.value.text.lower() else form


def _is_plain_name(key: str) -> bool:
    """Return whether a key is a training parameter wherever it stands."""
    return key in {
        "learning_rate", "train_batch_size", "num_epochs", "lr_scheduler_type", "learning rate",
                   "batch size",
                       "epochs", "number of epochs", "weight decay", "optimizer"}  # fmt: skip


def _code(document: Document) -> Iterator[Value]:
    """Read settings in a block of code or a command that trains."""
    for code in document.codes:
        listed = list(_code_list(document, code))
        yield from listed
        if listed:
            continue
        if not _TRAIN_CODE.search(code.text) or "merge_method" in code.text:
            continue
        strong = len(
            re.findall(
                r"train_batch_size|num_train_epochs|learning_rate|TrainingArguments"
                r"|micro_batch_size"
                r"|gradient_accumulation_steps|lr_scheduler|max_epoch|accum_grad|warmup_steps"
                r"|num_epochs",
                code.text,
            )
        )
        path = " / ".join(code.section.path[-2:])
        before = document.card[max(code.start - FAR, 0) : code.start].lower()
        is_training = _is_training(code) or _BEFORE.search(before) is not None
        if not is_training and (strong < 2 or NOT_TRAINING.search(path)):
            continue
        yield from _tuples(document, code)
        for match in _CODE_LINE.finditer(code.text):
            name = name_of(match[1].replace("-", "_"))
            if not name or name in {"loss", "policy"}:
                continue
            value = value_of(name, match[2].replace("_", "") if match[2][0].isdigit() else match[2])
            if name == "precision" and str(value).lower() in {"true", "auto"}:
                value = snake(match[1])
            if value is not None and not (
                name == "optimizer" and match[2] in {"None", "optimizer", "optim"}
            ):
                first = code.start + match.start(1)
                yield from_code(
                    document, "hyperparameter", value, first, code.start + match.end(2),
                    method="code", name=name,
                )  # fmt: skip
        if flag := re.search(r"--(fp16|bf16)\b(?!\s*[=\w])", code.text):
            yield from_code(
                document, "hyperparameter", flag[1], code.start + flag.start(),
                code.start + flag.end(), method="code", name="precision",
            )  # fmt: skip


def _code_list(document: Document, code: CodeBlock) -> Iterator[Value]:
    """Read a list of settings that stands in a block of code: ``- Batch size: 10``."""
    lines = list(_LIST_LINE.finditer(code.text)) if _is_training(code) else []
    named = [(line, table_columns.setting_of(line[1])) for line in lines]
    if len(lines) < LEAST_LINES or sum(bool(name) for _, name in named) < 2:
        return
    for line, name in named:
        setting, value = name, value_of(name, line[2].split(" #")[0]) if name else None
        part = _PATIENCE.search(line[2]) if _STOPPING.match(line[1]) else None
        if part is not None:
            setting, value = "early_stopping_patience", int(part[1])
        if value is not None:
            start, end = code.start + line.start(1), code.start + line.end(2)
            yield from_code(
                document, "hyperparameter", value, start, end, method="code", name=setting
            )


_STOPPING = re.compile(r"early[ _-]stopping\s*$", re.IGNORECASE)
_PATIENCE = re.compile(r"\bpatience\W{0,3}(?:of )?(\d{1,4})\b")


def _tuples(document: Document, code: CodeBlock) -> Iterator[Value]:
    """Read ``('gamma', 0.99)``, as reinforcement learning cards print their settings."""
    for match in _TUPLE.finditer(code.text):
        snake = match[1].lower()
        value = value_of(name_of(snake), match[2]) if name_of(snake) else match[2]
        number = numbers.decimal(match[2])
        if number is not None:
            value = numbers.tidy(number)
        if value is not None:
            start = code.start + match.start(0)
            yield from_code(
                document, "hyperparameter", value, start, code.start + match.end(2),
                method="tuple", name=name_of(snake) or snake,
            )  # fmt: skip


_TUPLE = bounded(r"\('([A-Za-z_]\w*)',\s*'?([\w.+-]+)'?\s*\)")
