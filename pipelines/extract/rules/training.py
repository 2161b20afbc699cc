"""How the model was trained: hyper-parameters in lists, tables, code and sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from miner.pipelines.extract import normal, numbers, tongues
from miner.pipelines.extract.document import Code, Document, Pair, Table
from miner.pipelines.extract.make import from_cells, from_code, from_pair, from_plain
from miner.pipelines.extract.rules.tables import own_row
from miner.pipelines.extract.value import Value

MAX_INLINE = 100
MAX_KEY = 60
_NUMBERS = frozenset(
    {
        "learning_rate",
            "batch_size", "epochs", "warmup_steps", "warmup_ratio", "weight_decay", "seed",
     "gradient_accumulation_steps", "total_train_batch_size", "training_steps", "max_seq_length",
     "lora_r", "lora_alpha", "lora_dropout", "num_devices", "dropout", "label_smoothing", "beta",
     "max_grad_norm", "gradient_clipping", "label_smoothing_factor", "global_batch_size",
     "block_size",
         "doc_stride",
             "encoder_max_length", "decoder_max_length", "max_length", "max_source_length",
     "max_target_length", "neftune_noise_alpha", "min_learning_rate", "generator_learning_rate",
     "distributed_type_devices",
         "gamma", "clip_range", "n_steps", "ent_coef", "gae_lambda", "n_timesteps",
     "learning_starts",
         "buffer_size", "tau", "total_timesteps", "resolution", "random_seed", "train_seed",
     "batch_bins", "target_sequence_length", "input_sequence_length", "max_input_length", "beta1", "beta2",
     "cutoff", "guidance_scale_train", "mask_probability", "mlm_probability", "grad_norm_clip", "temperature_train",
     "micro_batch_size", "ema_decay", "layer_decay", "gradient_accumulation", "rank", "alpha",
     "mixture_of_experts", "polynomial_decay_power", "num_cycles"}
)  # fmt: skip
_TEXTS = frozenset(
    {"optimizer", "lr_scheduler", "precision", "loss", "target_modules", "training_precision", "policy"}
)  # fmt: skip
_MORE_NAMES = {
    "learning rate":
        "learning_rate",
            "peak_learning_rate": "learning_rate", "max_learning_rate": "learning_rate",
    "initial_learning_rate":
        "learning_rate", "r": "lora_r", "lora_rank": "lora_r", "rank": "lora_r",
    "alpha":
        "lora_alpha",
            "train_batch_size_per_device": "batch_size", "device_train_batch_size": "batch_size",
    "total_batch_size": "total_train_batch_size", "effective_batch_size": "total_train_batch_size",
    "global_train_batch_size":
        "total_train_batch_size", "gradient_accumulation": "gradient_accumulation_steps",
    "gradient_accumulations":
        "gradient_accumulation_steps",
            "random_seed": "seed", "max_sequence_length": "max_seq_length",
    "max_seq_len":
        "max_seq_length",
            "sequence_len":
                "max_seq_length", "seq_length": "max_seq_length", "cutoff_len": "max_seq_length",
    "warm_up_steps": "warmup_steps", "warmup": "warmup_steps",
    "warm_up_ratio":
        "warmup_ratio",
            "number_of_steps": "training_steps", "training_iterations": "training_steps",
    "iterations":
        "training_steps",
            "num_steps": "training_steps", "training_precision": "precision", "dtype": "precision",
    "loss_function": "loss", "loss_fn": "loss", "max_epoch": "epochs", "accum_grad": "gradient_accumulation_steps",
    "grad_clip": "max_grad_norm", "accumulate_grad_batches": "gradient_accumulation_steps",
    "accumulation_steps": "gradient_accumulation_steps", "gradient_accumulation_step": "gradient_accumulation_steps",
    "fine_tuning_steps": "training_steps", "finetuning_steps": "training_steps", "train_iterations": "training_steps",
    "num_iterations": "training_steps", "max_iters": "training_steps", "num_training_steps": "training_steps",
    "total_training_steps": "training_steps", "training_step": "training_steps", "step": "training_steps",
    "fine_tuning_epochs": "epochs", "total_epochs": "epochs", "epochs_trained": "epochs", "training_epoch": "epochs",
    "lr_schedule_type": "lr_scheduler", "lr_decay": "lr_scheduler", "schedule": "lr_scheduler", "learning_rate_schedule_type": "lr_scheduler",
    "weight_decay_rate": "weight_decay", "wd": "weight_decay", "l2_regularization": "weight_decay",
    "effective_train_batch_size": "total_train_batch_size", "overall_batch_size": "total_train_batch_size",
    "instantaneous_batch_size": "batch_size", "mini_batch_size": "batch_size", "minibatch_size": "batch_size",
    "batch_size_per_gpu": "batch_size", "batch_size_per_device": "batch_size", "per_device_batch_size": "batch_size",
    "max_length_tokens": "max_seq_length", "max_token_length": "max_seq_length",
    "lora_dim": "lora_r", "lora_r_rank": "lora_r", "network_dim": "lora_r", "network_alpha": "lora_alpha",
    "numeric_precision": "precision", "mixed_precision_mode": "precision", "train_precision": "precision",
    "training_mode": "precision", "random_state": "seed", "optimiser": "optimizer", "training_seed": "seed", "decay_schedule": "lr_scheduler",
    "learning_rate_decay":
        "lr_scheduler", "num_of_epochs": "epochs", "number_of_training_epochs": "epochs",
    "epochs_of_training":
        "epochs", "epoch_number": "epochs", "batch": "batch_size", "batchsize": "batch_size",
    "training_batch_size":
        "batch_size", "number_of_train_epochs": "epochs", "precision_type": "precision",
    "max_train_steps": "training_steps", "gradient_clip": "gradient_clipping",
}  # fmt: skip
_TRAINING = re.compile(
    r"train|fine-?\s?tun|hyper-?\s?param|procedure|optimi[sz]|setup|setting|config|regime"
    r"|recipe|details|" + tongues.TRAINING
)
_NOT_TRAINING = re.compile(
    r"usage|inference|how to|generat|sampling|quant|merge|deploy|example|getting started|quick"
)
_SETTINGS = re.compile(r"hyper-?\s?param|training (?:parameters|arguments|config\w*|settings)")
_SHAPES = re.compile(
    r"^(?:train|eval|predict|test|val)_|per_second|flops|gen_len|layer|head|hidden|dim|vocab"
    r"|param|expert|embedding|beta|epsilon|^eps|eval|logging|save"
    r"|thread|note|link|model"
    r"|data|time|hour|gpu|hardware|loss|token|example|sample|architecture|version"
    r"|framework|output|precision|license|accuracy|result"
)
_PLUMBING = re.compile(
    r"^(?:do_|log|fp16_|ray_|use_|no_|push|hub|report|resume|load|dataloader|ddp|fsdp|disable|remove|include|ignore|skip|greater|metric|past|run|overwrite"
    r"|prediction|tf32|local_rank|jit|ipex|half|group_by|length_column|full_determinism|torch|auto_find|split_batches|debug|deepspeed|accelerator"
    r"|distributed|summary|text_column|column|path|name|id$|url|language|task|base|type|shuffle|verbose|workers|num_workers|tokenizer|author"
    r"|developer|date|version|framework|library|checkpoint|input|prompt|best|strategy|comment|purpose|method|trained|training_regime$)"
    r"|_(?:kwargs|column|dir|path|strategy|config|callback|process|token|url|id)$"
)
"""Settings of the program around a training, and words that are none."""
_NO_VALUES = frozenset({"none", "null", "false", "{}", "[]", "-", "n/a", "true", ""})
_CLEAN = re.compile(r"[^a-z0-9]+")
_REGIME = re.compile(
    r"\b(fp32|fp16|bf16|fp8|float16|bfloat16|float32|int8|nf4)\b(?:[\s-]*(?:mixed[\s-]precision"
    r"|non-mixed precision|precision))?",
    re.IGNORECASE,
)
_CODE_LINE = re.compile(
    r"(?:--|^[ \t]*[\"']?|[({,][ \t]*[\"']?)([A-Za-z][\w-]{0,40})[\"']?[ \t]*(?:=|:"
    r"|[ \t])[ \t]*[\"']?"
    r"(<class '[\w.]+'>|[A-Za-z_][\w.-]*|-?\d[\d_.]*(?:e-?\d+)?)",
    re.MULTILINE,
)
_TRAIN_CODE = re.compile(
    r"OrderedDict|optimizer_class|train_batch_size|num_train_epochs|learning_rate|TrainingArguments"
    r"|lr_scheduler|max_train_steps|warmup_|--epochs|n_timesteps|batch_size"
)
_N = r"(\d+(?:\.\d+)?(?:\s*(?:x|×|\*)\s*10\s*\^?\s*[-−–]\s*\d+|e[-−–]\d+)?)"
_COUNT = numbers.COUNT
_PROSE: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (name, needs, numbers.on_a_line(pattern))
    for name, needs, pattern in (
        (
            "learning_rate",
                "learning rate",
                    rf"learning rate(?: was| is)?(?: set)?(?: of| to| =|:| was| is)\s+{_N}"),
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
        ("precision", "precision", r"\b(bf16|bfloat16|fp16|float16|fp32|fp8)[`*]*[\s-]+(?:mixed[\s-]+)?precision"),
        ("precision", "16", r"(?:trained|training|fine-?tuned) (?:[\w-]+ ){0,4}(?:in|with|using) [`*]*(bf16|bfloat16|fp16|float16)\b"),
        ("epochs", "epoch", r"\bepochs?\s*[:=]\s*(\d+(?:\.\d+)?)\b"),
        ("epochs", "epoch", r"\b(\d+|one|two|three|four|five|ten)\s*(?:个|个?轮)?\s*epochs? (?:of training|on|with|at|using)\b"),
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
        ("optimizer", "adam", r"\b(AdamW(?:-?8bit)?|Adam(?![a-z])|Adamax|paged_adamw_\w+)\b"),
        (
            "optimizer",
                "optimi", r"\b(Adafactor|SGD|LAMB|Lion|RMSprop|Sophia|Lamb)\b(?=\s+optimi[sz]er)"),
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
_SAMPLING = re.compile(r"inference|denois|sampl|generat|pndm|ddim|diffusion steps|scheduler steps")
_TRAINED = re.compile(r"train|fine-?tun|optimi|learning rate|batch|" + tongues.TRAINED)


def read(document: Document) -> Iterator[Value]:
    """Read hyper-parameters: pairs and code first, sentences for the rest."""
    found = [*_pairs(document), *_code(document), *_own_row(document), *_called(document)]
    found += [*_inline(document), *_flags(document)]
    yield from found
    taken = {str(value.qualifiers.get("name")) for value in found}
    for value in _prose(document):
        name = str(value.qualifiers["name"])
        if name not in taken:
            taken.add(name)
            yield value


def name_of(key: str) -> str:
    """Return the name of a hyper-parameter in snake case, empty for any other key."""
    snake = _CLEAN.sub("_", key.lower().replace("(s)", "").split("(")[0]).strip("_")
    snake = _MORE_NAMES.get(snake, snake)
    snake = normal.NAMES.get(snake, snake)
    snake = _MORE_NAMES.get(snake, snake) if snake not in _NUMBERS | _TEXTS else snake
    return snake if snake in _NUMBERS or snake in _TEXTS else ""


def _is_training(pair_or_code: Pair | Code) -> bool:
    path = " / ".join(pair_or_code.section.path[-2:])
    return bool(_TRAINING.search(path)) and not _NOT_TRAINING.search(path)


def _pairs(document: Document) -> Iterator[Value]:
    known = Counter(pair.group for pair in document.pairs if name_of(pair.key))
    quantized = [match.end() for match in _QUANTIZED.finditer(document.low)]
    for pair in document.pairs:
        if pair.group < 0 and _follows(document, quantized, pair):
            continue
        is_of_training = pair.group >= 0 and known[pair.group] >= 2
        name, is_open = name_of(pair.key), False
        if not name and (is_of_training or _SETTINGS.search(pair.section.title.lower())):
            name = _open_name(pair)
            is_open = bool(name)
        if not name or not (is_of_training or _is_training(pair) or _is_plain_name(pair.key)):
            continue
        if _NOT_TRAINING.search(pair.section.title.lower()):
            continue
        value = _value(name, pair.value.text)
        if name == "precision" and str(value).lower() == "true":
            value = _CLEAN.sub("", pair.key)
        if value is None and is_open:
            value = pair.value.text
        if value is not None:
            yield from_pair(document, "hyperparameter", value, pair, name=name)


_QUANTIZED = re.compile(r"quanti[sz]ation (?:config\w*|parameters|settings)[^\n]*")
MAX_QUANTIZED = 2_000


def _follows(document: Document, starts: list[int], pair: Pair) -> bool:
    """Return whether a pair stands in the list under the line that announces a quantization."""
    for start in starts:
        if 0 <= pair.start - start < MAX_QUANTIZED:
            between = document.plain[start : pair.start].strip("\n")
            if all(":" in line for line in between.split("\n") if line.strip()):
                return True
    return False


def _open_name(pair: Pair) -> str:
    """Return the name of any short setting in a list of training settings, empty for others."""
    snake = _CLEAN.sub("_", pair.key.split("(")[0]).strip("_")
    if len(pair.value.text) > 60 or len(snake) > 30 or snake.count("_") > 3 or not snake:
        return ""
    if _PLUMBING.search(snake) or pair.value.text.strip(" `'\",").lower() in _NO_VALUES:
        return ""
    return "" if _SHAPES.search(snake) or "information needed" in pair.value.text.lower() else snake


def _is_plain_name(key: str) -> bool:
    """Return whether a key is a training parameter wherever it stands."""
    return key in {
        "learning_rate", "train_batch_size", "num_epochs", "lr_scheduler_type", "learning rate",
                   "batch size",
                       "epochs", "number of epochs", "weight decay", "optimizer"}  # fmt: skip


def _value(name: str, text: str) -> str | int | float | None:
    text = text.strip(" `*\"'約~")
    if not text or "information needed" in text.lower():
        return None
    text = _APOSTROPHE.sub("", text)
    if name == "precision":
        return _precision(text)
    if name == "loss":
        loss = re.search(r"\b(\w*(?:Loss|Cross-?[Ee]ntropy)\w*)", text)
        return loss[1] if loss else None
    if name == "training_steps" and text.startswith("-"):
        return None
    if name in _TEXTS:
        return _text_value(name, text)
    number = numbers.decimal(text)
    if number is None or re.match(r"^[~\d.,]+\s?(?:[kKmM]\b|million|thousand)", text):
        number = numbers.count(text)
    return None if number is None else numbers.tidy(number)


_NAMED_OPTIMIZER = re.compile(r"[\"']?(?:class_)?name[\"']?\s*:\s*[\"'](\w+)|OptimizerNames\.(\w+)")
_APOSTROPHE = re.compile(r"(?<=\d)['’](?=\d{3})")


def _precision(text: str) -> str | None:
    """Return the number format of training; a precision of 0.9 is a result, not a setting."""
    if text.lower() in _NO_VALUES - {"true"}:
        return None
    match = _REGIME.search(text)
    if match and not text.lower().startswith("native"):
        return match[1].lower() if len(text) > 40 else re.sub(r"<!--.*", "", text).strip()
    return None if re.match(r"[\d.]+\W*$", text) else text[:60]


def _text_value(name: str, text: str) -> str | None:
    if name == "optimizer":
        text = re.sub(r"^<class '[\w.]*?(\w+)'>?$", r"\1", text)
        named = _NAMED_OPTIMIZER.search(text)
        text = named[1] if named else text
        used = re.match(r"(?:use|using|the|torch\.optim\.)\s+", text, re.IGNORECASE)
        text = text[used.end() :] if used else text
        word = re.split(r"[\s(,;]|\. ", text)[0].strip("`*\"'")
        return word.rpartition(".")[2] or None
    if name == "lr_scheduler":
        called = re.match(r"[\w.]+(?=\()", text)
        return called[0] if called else text.strip("`*\"'")[:80]
    return text[:80]


def _code(document: Document) -> Iterator[Value]:
    """Read settings in a block of code or a command that trains."""
    for code in document.codes:
        if not _TRAIN_CODE.search(code.text) or "merge_method" in code.text:
            continue
        strong = len(
            re.findall(
                r"train_batch_size|num_train_epochs|learning_rate|TrainingArguments|micro_batch_size"
                r"|gradient_accumulation_steps|lr_scheduler|max_epoch|accum_grad|warmup_steps|num_epochs",
                code.text,
            )
        )
        path = " / ".join(code.section.path[-2:])
        if not _is_training(code) and (strong < 2 or _NOT_TRAINING.search(path)):
            continue
        yield from _tuples(document, code)
        for match in _CODE_LINE.finditer(code.text):
            name = name_of(match[1].replace("-", "_"))
            if not name or name in {"loss", "policy"}:
                continue
            value = _value(name, match[2].replace("_", "") if match[2][0].isdigit() else match[2])
            if name == "precision" and str(value).lower() in {"true", "auto"}:
                value = _CLEAN.sub("", match[1].lower())
            if value is not None and not (
                name == "optimizer" and match[2] in {"None", "optimizer"}
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


def _tuples(document: Document, code: Code) -> Iterator[Value]:
    """Read ``('gamma', 0.99)``, as reinforcement learning cards print their settings."""
    for match in _TUPLE.finditer(code.text):
        snake = match[1].lower()
        value = _value(name_of(snake), match[2]) if name_of(snake) else match[2]
        number = numbers.decimal(match[2])
        if number is not None:
            value = numbers.tidy(number)
        if value is not None:
            start = code.start + match.start(0)
            yield from_code(
                document, "hyperparameter", value, start, code.start + match.end(2),
                method="tuple", name=name_of(snake) or snake,
            )  # fmt: skip


_TUPLE = re.compile(r"\('([A-Za-z_]\w*)',\s*'?([\w.+-]+)'?\s*\)")


def _prose(document: Document) -> Iterator[Value]:
    for name, needs, pattern in _PROSE:
        if needs not in document.low:
            continue
        for match in pattern.finditer(document.plain):
            first, last = document.sentence(match.start())
            sentence = document.low[first:last]
            section = document.section_at(match.start())
            trains = _TRAINED.search(sentence) or _TRAINING.search(section.title.lower())
            if not trains or _SAMPLING.search(sentence):
                continue
            if name == "training_steps" and "warm" in document.low[first : match.start()]:
                continue
            if name == "precision" and not re.search(r"\btrain(?:ed|ing)\b|fine-?tun", sentence):
                continue
            value = _value(name, match[1]) if name not in _TEXTS else match[1]
            if value is not None:
                yield from_plain(
                    document, "hyperparameter", value, match.start(), match.end(), method="prose",
                    name=name,
                )  # fmt: skip
                break


def _is_of_settings(table: Table, columns: list[tuple[int, str]]) -> bool:
    names = {name for _, name in columns}
    return len(names) >= 2 or "learning_rate" in names


_CALLED = re.compile(
    r"\b(learning_rate|weight_decay|batch_size|num_epochs|epochs?|lr|seed)(?: \w+)?\((\d[\w.-]*)\)"
)
_LOSS = re.compile(r"\blosses?\.(?:\w+\.)*(\w+Loss)\b")


def _called(document: Document) -> Iterator[Value]:
    """Read ``batch_size(128)`` in the text, and the loss that sentence-transformers cards print."""
    for match in _CALLED.finditer(document.plain):
        name = name_of(match[1])
        value = _value(name, match[2])
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


_INLINE = re.compile(r" ?= ?(\d[\d.,]*(?:e-?\d+)?[KkMm]?)(?![\w*/])")
_INLINE_KEY = re.compile(r"(?<![\w-])([A-Za-z][A-Za-z_]*(?:[ -][A-Za-z]+){0,3})$")


def _inline(document: Document) -> list[Value]:
    """Read ``batch size=4, GPUs=8, gradient accumulations=4`` in a text on training."""
    found = []
    for match in islice(_INLINE.finditer(document.plain), MAX_INLINE):
        key = _INLINE_KEY.search(document.plain, max(0, match.start() - MAX_KEY), match.start())
        name = name_of(key[1]) if key is not None else ""
        value = _value(name, match[1].rstrip(".,")) if name else None
        if value is None or key is None:
            continue
        first, last = document.sentence(match.start())
        path = " / ".join(document.section_at(match.start()).path[-2:])
        if not (_TRAINING.search(path) or _TRAINED.search(document.low, first, last)):
            continue
        if not _NOT_TRAINING.search(path) and not _SAMPLING.search(document.low, first, last):
            found.append(
                from_plain(
                    document, "hyperparameter", value, key.start(), match.end(), method="inline",
                    name=name,
                )
            )  # fmt: skip
    return found


_FLAG = re.compile(r"--([a-z][\w-]{1,40})[ =]+([A-Za-z\d][\w.-]*)")


def _flags(document: Document) -> list[Value]:
    """Read a command that trains and that stands in the text, not in a block of code."""
    if "--learning_rate" not in document.plain and "--num_train_epochs" not in document.plain:
        return []
    found = []
    for match in islice(_FLAG.finditer(document.plain), MAX_INLINE):
        name = name_of(match[1].replace("-", "_"))
        value = _value(name, match[2]) if name else None
        if value is not None and name != "loss":
            start, end = match.span()
            found.append(
                from_plain(document, "hyperparameter", value, start, end, method="flag", name=name)
            )
    return found


def _own_row(document: Document) -> Iterator[Value]:
    """Read this model's row in a table of the settings of a family."""
    for table in document.tables:
        names = [(index, name_of(cell.text)) for index, cell in enumerate(table.header)]
        columns = [(index, name) for index, name in names if name in _NUMBERS]
        if any("loss" in cell.text.lower() for cell in table.header):
            continue
        if len(table.header) < 3 or not table.rows or not _is_of_settings(table, columns):
            continue
        row = own_row(document, table, is_family=True) if len(table.rows) > 1 else table.rows[0]
        for index, name in columns if row else []:
            if row is not None and index < len(row):
                value = _value(name, row[index].text)
                if value is not None:
                    yield from_cells(
                        document, "hyperparameter", value, row[index], method="table", name=name
                    )
