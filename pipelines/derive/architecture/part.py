"""The parts of a config: the model itself, and the models nested in it.

A config can hold the language model beside towers for images and sound, and a part can keep what
it says of its experts in a block of its own. A part is read with its blocks; towers come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from miner.pipelines.derive.architecture import config_values
from miner.pipelines.derive.architecture.config_keys import words_of

_MAX_DEPTH = 6
_MAX_PARTS = 60
_MAX_ENTRIES = 1_000
_BLOCK = re.compile(r"^(moe|ffn|mlp|attn|expert|router|linear_attn|mamba|ssm)\w*$", re.IGNORECASE)
_NO_PART = re.compile(
    r"^(quantization|compression|rope|generation|tokenizer|auto_map|id2label|label2id|task_specific"
    r"|peft|lora|optimizer|train|loss|processor|feature|image_processor|per_layer|hf_quant|torch|"
    r"transformers|chat|sampling|deepspeed|preprocess)", re.IGNORECASE,
)  # fmt: skip
_TOWER = re.compile(
    r"vision|visual|vit|image|audio|speech|acoustic|video|talker|code2wav|vocoder|vae|draft|mtp|"
    r"eagle|connector|projector|perceiver|qformer|timestamp|diffusion_head|encoder_config$",
    re.IGNORECASE,
)
_LANGUAGE = ("text_config", "language_config", "llm_config", "thinker_config", "decoder")
_SIZES = ("hidden_size", "d_model", "dim", "n_embd", "num_hidden_layers", "num_layers", "n_layers",
          "n_layer", "num_attention_heads", "n_heads")  # fmt: skip

_LAYERS = ("num_hidden_layers", "num_layers", "n_layers", "n_layer")
_MUST_COUNT = ("hidden_size", "d_model", "n_embd", "num_attention_heads", "vocab_size", *_LAYERS)
MAX_LAYERS = 10_000


@dataclass(slots=True)
class ConfigPart:
    """One model of a config.

    Attributes:
        path: Dotted path into the config, empty for the config itself.
        own: Its keys.
        blocks: Keys of its blocks, as block.key.
        is_tower: It reads or makes images or sound, or is no part of the model proper.
    """

    path: str
    own: Mapping[str, object]
    blocks: dict[str, object] = field(default_factory=dict)
    is_tower: bool = False

    @property
    def model_type(self) -> str | None:
        """Its ``model_type``."""
        return config_values.text(self.own.get("model_type"))

    @property
    def classes(self) -> list[str]:
        """Its classes: ``architectures``, or ``_class_name`` as diffusers writes it."""
        return config_values.texts(self.own.get("architectures")) + config_values.texts(
            self.own.get("_class_name")
        )

    @property
    def is_full(self) -> bool:
        """Whether it tells sizes, and not the type alone."""
        return any(config_values.whole(self.own.get(key)) for key in _SIZES)

    def items(self) -> Iterator[tuple[str, object]]:
        """Yield its keys, then those of its blocks."""
        yield from self.own.items()
        yield from self.blocks.items()

    def get(self, key: str) -> object:
        """Return the value of a key, of a block too, by its dotted path or its last name."""
        if key in self.own:
            return self.own[key]
        if key in self.blocks:
            return self.blocks[key]
        end = f".{key}"
        return next((value for path, value in self.blocks.items() if path.endswith(end)), None)

    def count(self, *keys: str) -> int | None:
        """Return the first whole number that one of the keys has."""
        return next(
            (one for key in keys if (one := config_values.whole(self.get(key))) is not None), None
        )

    def flag(self, *keys: str) -> bool | None:
        """Return the first truth that one of the keys has."""
        return next(
            (one for key in keys if (one := config_values.truth(self.get(key))) is not None), None
        )

    def series(self, key: str) -> list[object] | None:
        """Return a list, None where the key holds none."""
        found = self.get(key)
        return found if isinstance(found, list) else None


def misfits(part: ConfigPart) -> list[str]:
    """Return why some sizes of a part cannot be used: no number, or out of all bounds."""
    found = []
    for key in _MUST_COUNT:
        value = part.own.get(key)
        if value is None or isinstance(value, bool):
            continue
        number = config_values.whole(value)
        if number is None:
            found.append(f"{key} is no whole number: {config_values.kind_of(value)}")
        elif number <= 0:
            found.append(f"{key} is {number}")
        elif key in _LAYERS and number > MAX_LAYERS:
            found.append(f"{key} is more than any model has: {number:,}")
    return found


def of_layer(part: ConfigPart, layer: int) -> ConfigPart:
    """Return a part as one of its layers has it: a config can give layers sizes of their own."""
    by_layer = part.own.get("per_layer_config")
    if not isinstance(by_layer, Mapping):
        return part
    names = (str(layer), f"{layer:02}", f"{layer:03}")
    own = next((by_layer[name] for name in names if name in by_layer), None)
    return (
        ConfigPart(part.path, {**part.own, **own}, part.blocks)
        if isinstance(own, Mapping)
        else part
    )


def parts(config: Mapping[str, object]) -> list[ConfigPart]:
    """Return the parts of a config, the one that the model is called after first.

    Order: language models before towers, outer before inner, and a part that tells sizes before
    one that does not. There is at least one.
    """
    found: list[ConfigPart] = []
    _collect(config, "", 0, False, found)
    return sorted(found, key=lambda part: (part.is_tower, not part.is_full, _rank(part.path)))


def _rank(path: str) -> tuple[int, int]:
    last = path.rsplit(".", 1)[-1]
    return (path.count(".") + bool(path), 0 if not path or last in _LANGUAGE else 1)


def _collect(
    node: Mapping[str, object], path: str, depth: int, is_tower: bool, found: list[ConfigPart]
) -> None:
    part = ConfigPart(path, node, is_tower=is_tower)
    found.append(part)
    for key, value in node.items():
        if isinstance(value, list):
            part.blocks.update(_of_layers(key, value))
        if not isinstance(value, Mapping) or _NO_PART.match(key) or len(found) > _MAX_PARTS:
            continue
        if _BLOCK.match(key) and not _TOWER.search(key):
            part.blocks.update({f"{key}.{name}": one for name, one in value.items()})
        elif depth < _MAX_DEPTH:
            inner = f"{path}.{key}" if path else key
            _collect(value, inner, depth + 1, is_tower or bool(_TOWER.search(key)), found)


def _of_layers(key: str, entries: list[object]) -> dict[str, object]:
    """Return the keys of the first entry of a list of layers that tells of experts."""
    for entry in entries[:_MAX_ENTRIES]:
        if not isinstance(entry, Mapping):
            return {}
        flat = dict(entry)
        for name, inner in entry.items():
            if isinstance(inner, Mapping):
                flat.update({f"{name}.{last}": value for last, value in inner.items()})
        if any(words_of(str(name)).is_count for name in flat):
            return {f"{key}.{name}": value for name, value in flat.items()}
    return {}
