"""Names and values of hyper-parameters: spellings, which hold numbers, which words."""

from __future__ import annotations

import re
from functools import lru_cache

from miner.pipelines.derive.cards import normal, numbers
from miner.schema.patterns import bounded

NUMBERS = frozenset(
    {"learning_rate", "batch_size", "epochs", "warmup_steps", "warmup_ratio", "weight_decay",
     "seed", "gradient_accumulation_steps", "total_train_batch_size", "training_steps",
     "max_seq_length", "lora_r", "lora_alpha", "lora_dropout", "num_devices", "dropout",
     "label_smoothing", "beta", "max_grad_norm", "gradient_clipping", "label_smoothing_factor",
     "global_batch_size", "block_size", "doc_stride", "encoder_max_length", "decoder_max_length",
     "max_length", "max_source_length", "max_target_length", "neftune_noise_alpha",
     "min_learning_rate", "generator_learning_rate", "gamma",
     "clip_range", "n_steps", "ent_coef", "gae_lambda", "n_timesteps", "learning_starts",
     "buffer_size", "tau", "total_timesteps", "resolution", "random_seed", "train_seed",
     "batch_bins", "max_input_length",
     "beta1", "beta2", "cutoff", "mask_probability", "mlm_probability",
     "grad_norm_clip", "micro_batch_size", "ema_decay", "layer_decay",
     "gradient_accumulation", "rank", "alpha", "polynomial_decay_power",
     "num_cycles"}
)  # fmt: skip
TEXTS = frozenset(
    {"optimizer", "lr_scheduler", "precision", "loss", "target_modules", "training_precision",
     "policy"}
)  # fmt: skip
_MORE_NAMES = {
    "learning rate": "learning_rate", "peak_learning_rate": "learning_rate",
    "max_learning_rate": "learning_rate", "initial_learning_rate": "learning_rate",
    "r": "lora_r", "lora_rank": "lora_r", "rank": "lora_r", "alpha": "lora_alpha",
    "train_batch_size_per_device": "batch_size", "device_train_batch_size": "batch_size",
    "total_batch_size": "total_train_batch_size",
    "effective_batch_size": "total_train_batch_size",
    "global_train_batch_size": "total_train_batch_size",
    "gradient_accumulation": "gradient_accumulation_steps",
    "gradient_accumulations": "gradient_accumulation_steps", "random_seed": "seed",
    "max_sequence_length": "max_seq_length", "max_seq_len": "max_seq_length",
    "sequence_len": "max_seq_length", "seq_length": "max_seq_length",
    "cutoff_len": "max_seq_length", "warm_up_steps": "warmup_steps", "warmup": "warmup_steps",
    "warm_up_ratio": "warmup_ratio", "number_of_steps": "training_steps",
    "training_iterations": "training_steps", "iterations": "training_steps",
    "num_steps": "training_steps", "training_precision": "precision", "dtype": "precision",
    "loss_function": "loss", "loss_fn": "loss", "max_epoch": "epochs",
    "accum_grad": "gradient_accumulation_steps", "grad_clip": "max_grad_norm",
    "accumulate_grad_batches": "gradient_accumulation_steps",
    "accumulation_steps": "gradient_accumulation_steps",
    "gradient_accumulation_step": "gradient_accumulation_steps",
    "fine_tuning_steps": "training_steps", "finetuning_steps": "training_steps",
    "train_iterations": "training_steps", "num_iterations": "training_steps",
    "max_iters": "training_steps", "num_training_steps": "training_steps",
    "total_training_steps": "training_steps", "training_step": "training_steps",
    "step": "training_steps", "fine_tuning_epochs": "epochs", "total_epochs": "epochs",
    "epochs_trained": "epochs", "training_epoch": "epochs", "lr_schedule_type": "lr_scheduler",
    "lr_decay": "lr_scheduler", "schedule": "lr_scheduler",
    "learning_rate_schedule_type": "lr_scheduler", "weight_decay_rate": "weight_decay",
    "wd": "weight_decay", "l2_regularization": "weight_decay",
    "effective_train_batch_size": "total_train_batch_size",
    "overall_batch_size": "total_train_batch_size", "instantaneous_batch_size": "batch_size",
    "mini_batch_size": "batch_size", "minibatch_size": "batch_size",
    "batch_size_per_gpu": "batch_size", "batch_size_per_device": "batch_size",
    "per_device_batch_size": "batch_size", "max_length_tokens": "max_seq_length",
    "max_token_length": "max_seq_length", "lora_dim": "lora_r", "lora_r_rank": "lora_r",
    "network_dim": "lora_r", "network_alpha": "lora_alpha", "numeric_precision": "precision",
    "mixed_precision_mode": "precision", "train_precision": "precision",
    "training_mode": "precision", "random_state": "seed", "optimiser": "optimizer",
    "train_dtype": "precision", "training_seed": "seed", "decay_schedule": "lr_scheduler",
    "learning_rate_decay": "lr_scheduler", "num_of_epochs": "epochs",
    "number_of_training_epochs": "epochs", "epochs_of_training": "epochs",
    "epoch_number": "epochs", "batch": "batch_size", "batchsize": "batch_size",
    "training_batch_size": "batch_size", "number_of_train_epochs": "epochs",
    "precision_type": "precision", "max_train_steps": "training_steps",
    "gradient_clip": "gradient_clipping", "warmup_proportion": "warmup_ratio",
    "max_length_sequence": "max_seq_length", "model_max_length": "max_seq_length",
    "input_sequence_length": "max_input_length", "target_sequence_length": "max_target_length",
}  # fmt: skip
NO_VALUES = frozenset({"none", "null", "false", "{}", "[]", "-", "n/a", "true", ""})
"""Texts that are no value, lower case."""
_CLEAN = re.compile(r"[^a-z0-9]+")
MAX_PRECISION = 60
_REGIME = re.compile(
    r"\b(fp32|fp16|bf16|fp8|float16|bfloat16|float32|int8|nf4)\b(?:[\s-]*(?:mixed[\s-]precision"
    r"|non-mixed precision|precision))?",
    re.IGNORECASE,
)


@lru_cache(maxsize=16_384)
def name_of(key: str) -> str:
    """Return the name of a hyper-parameter in snake case, empty for any other key."""
    snake = _CLEAN.sub("_", key.lower().replace("(s)", "").split("(")[0]).strip("_")
    snake = _MORE_NAMES.get(snake, snake)
    snake = normal.NAMES.get(snake, snake)
    snake = _MORE_NAMES.get(snake, snake) if snake not in NUMBERS | TEXTS else snake
    return snake if snake in NUMBERS or snake in TEXTS else ""


def value_of(name: str, text: str) -> str | int | float | None:
    """Return the value of a hyper-parameter, None if the text holds none.

    Args:
        name: As ``name_of`` returns it.
        text: What stands behind the key.
    """
    text = text.strip(" `*\"'約~")
    if not text or "information needed" in text.lower():
        return None
    text = _APOSTROPHE.sub("", text)
    if name == "precision":
        return _precision(text)
    if name == "loss":
        loss = bounded(r"\b(\w*(?:Loss|Cross-?[Ee]ntropy)\w*)").search(text)
        return loss[1] if loss else None
    if name == "training_steps" and text.startswith("-"):
        return None
    if name in TEXTS:
        return _text_value(name, text)
    number = numbers.decimal(text)
    if number is None or bounded(r"^[~\d.,]+\s?(?:[kKmM]\b|million|thousand)").match(text):
        number = numbers.count(text)
    return None if number is None else numbers.tidy(number)


_NAMED_OPTIMIZER = re.compile(r"[\"']?(?:class_)?name[\"']?\s*:\s*[\"'](\w+)|OptimizerNames\.(\w+)")
_APOSTROPHE = re.compile(r"(?<=\d)['’](?=\d{3})")


def _precision(text: str) -> str | None:
    """Return the number format of training; a precision of 0.9 is a result, not a setting."""
    if text.lower() in NO_VALUES - {"true"}:
        return None
    match = _REGIME.search(text)
    if match and not text.lower().startswith("native"):
        return match[1].lower() if len(text) > 40 else bounded(r"<!--.*").sub("", text).strip()
    is_other = bounded(r"[\d.]+\W*$").match(text) or len(text) > MAX_PRECISION
    return None if is_other else text[:60]


def snake(text: str) -> str:
    """Return words in snake case."""
    return _CLEAN.sub("_", text.lower()).strip("_")


def _text_value(name: str, text: str) -> str | None:
    if name == "optimizer":
        text = bounded(r"^<class '[\w.]*?(\w+)'>?$").sub(r"\1", text)
        named = _NAMED_OPTIMIZER.search(text)
        text = named[1] if named else text
        used = bounded(r"(?:use|using|the|torch\.optim\.)\s+", re.IGNORECASE).match(text)
        text = text[used.end() :] if used else text
        word = bounded(r"[\s(,;]|\. ").split(text)[0].strip("`*\"'")
        return word.rpartition(".")[2] or None
    if name == "lr_scheduler":
        called = bounded(r"[\w.]+(?=\()").match(text)
        return called[0] if called else text.strip("`*\"'")[:80]
    return text[:80]
