"""Files of weights, told by their names."""

from __future__ import annotations

import re

_WEIGHTS = re.compile(
    r"\.(?:safetensors|pt|pth|ckpt|onnx|gguf|ggml|h5|msgpack|tflite|mlmodel|pdparams|keras)$"
    r"|(?:^|/)(?:pytorch_model|model|weights|adapter_model)[^/]*\.bin$",
    re.IGNORECASE,
)


def is_weights(path: str) -> bool:
    """Return whether a path looks like that of a file of weights; an address will do too."""
    return _WEIGHTS.search(path) is not None
