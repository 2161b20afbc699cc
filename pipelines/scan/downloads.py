"""Commands that fetch any address: which of them could fetch a model at all."""

from __future__ import annotations

import re

from miner.pipelines.scan.file_kinds import is_weights
from miner.schema.patterns import bounded

_FETCHERS = frozenset(
    {"curl", "wget", "aria2c", "git clone", "wget.download", "urllib.request.urlretrieve"}
)
_OF_MODEL = re.compile(r"model|weight|checkpoint|ckpt|huggingface\.co/(?!datasets/)", re.IGNORECASE)
_LOCAL = bounded(
    r"^[\"']?(?:https?://)?(?:localhost|127\.\d|0\.0\.0\.0|\[::1\]|host\.docker\.internal)",
    re.IGNORECASE,
)
# Addresses of a server that answers about models, or with them, and hands none out.
_ASKED = bounded(
    r"/(?:v\d[\w.]*|api)/(?:[\w.-]+/)?(?:models|tags|chat|completions|embeddings|generate|health\w*)"
    r"(?:/completions)?/?[\"']?$|/health\w*/?[\"']?$",
    re.IGNORECASE,
)


def is_no_load(api: str, argument: str) -> bool:
    """Tell whether a command fetches what looks like no model: a health check, a redirection.

    Args:
        api: The command or function.
        argument: What it fetches, as written.
    """
    if api not in _FETCHERS:
        return False
    if _LOCAL.search(argument) or _ASKED.search(argument):
        return True
    return not (_OF_MODEL.search(argument) or is_weights(argument))
