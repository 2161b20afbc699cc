"""Which revision of a model a name or an address asks for: a commit, a branch or a tag.

A tag of Ollama and a file of a repository (``owner/name:Q4_K_M``) name a variant, and no revision.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from miner.pipelines.scan.model_names import HUGGINGFACE
from miner.schema.redact import redacted

_REVISION = re.compile(r"^[A-Za-z0-9][\w.+/-]{0,99}$", re.ASCII)
_AT = re.compile(r"^(?:[a-z_-]+:(?://)?)?[\w.-]+/[\w.-]+@([\w.%-]+)", re.ASCII)
_IN_ADDRESS = re.compile(r"^https?://[^/?#]+/[^?#]*?/(?:resolve|blob|raw|tree)/([^/?#]+)", re.ASCII)


def read_revision(text: str) -> str | None:
    """Return a revision as it can be stored; None where a text is none."""
    return redacted(text) if _REVISION.match(text) else None


def revision_in(text: str, hub: str) -> str | None:
    """Return the revision that a name, prefixed name or address on the Hugging Face Hub has.

    Args:
        text: As written.
        hub: Where the model is published.
    """
    if hub != HUGGINGFACE or ("@" not in text and "://" not in text):
        return None
    found = _IN_ADDRESS.match(text) or _AT.match(text)
    return read_revision(unquote(found.group(1))) if found else None
