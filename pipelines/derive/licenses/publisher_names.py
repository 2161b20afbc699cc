"""Names of publishers' own licenses: one agreement goes by many, a vendor alone by none.

``EXAONE AI Model License Agreement 1.1 - NC`` and ``exaone-ai-model-license`` are one agreement.
What identifies it are the words left when those that every license has are taken away; a name in
which only a vendor is left (``Meta license``) could be any agreement of that vendor.
"""

from __future__ import annotations

import re
from functools import cache

from miner.schema.licenses import load_licenses, load_names
from miner.schema.licenses.terms import LicenseFamily

_OWN = frozenset(
    {LicenseFamily.COMMUNITY, LicenseFamily.RESEARCH_ONLY, LicenseFamily.RAIL}
)  # fmt: skip
_EMPTY = frozenset(
    {
        "a", "agreement", "ai", "for", "general", "its", "license", "licence", "licenses", "model",
        "models", "of", "on", "original", "own", "series", "terms", "the", "this", "to", "under",
        "use", "v", "version",
    }
)  # fmt: skip
"""Words that names of all licenses have."""
_DESCRIPTIVE = frozenset(
    {
        "bespoke", "commercial", "community", "custom", "following", "mixed", "open", "permissive",
        "proprietary", "public", "research", "same", "see", "similar", "special", "their", "these",
        "unnamed",
    }
)  # fmt: skip
"""Words that say of what kind a license is."""
_ELSEWHERE = frozenset(
    {
        "and", "base", "data", "dataset", "datasets", "inherit", "inherited", "inherits", "mixed",
        "multiple", "parent", "parents", "respective", "source", "sources", "upstream", "various",
    }
)  # fmt: skip
"""Words that refer to licenses of something else, or to several without naming one."""
VENDORS = frozenset(
    {
        "ai2", "alibaba", "allenai", "apple", "baai", "cohere", "databricks", "deepmind",
        "facebook", "google", "ibm", "intel", "llama", "lg", "liquid", "meta",
        "microsoft", "mistral", "mistralai", "nvidia", "openai", "qualcomm", "salesforce",
        "stability", "stabilityai", "tencent", "tii", "xai", "zhipu",
    }
)  # fmt: skip
"""Publishers of several licenses, and families of models that have several."""
_LINES = {
    "alibaba": "qwen", "facebook": "llama", "google": "gemma", "lg": "exaone", "meta": "llama",
    "stability": "stabilityai", "tencent": "hunyuan", "tii": "falcon",
}  # fmt: skip
"""Publishers and the models that their agreements are named after."""
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)*")


@cache
def core(name: str) -> frozenset[str]:
    """Return the words of a name that tell its agreement from others."""
    low = name.lower().replace("non-commercial", "nc").replace("noncommercial", "nc")
    return frozenset(_WORD.findall(low)) - _EMPTY


def is_vendor_alone(name: str) -> bool:
    """Return whether a name has a vendor, or the family of its models, and not which license."""
    words = core(name)
    return bool(words & VENDORS) and words <= VENDORS | _DESCRIPTIVE


def may_be_one(name: str, other: str) -> bool:
    """Return whether two names share a publisher or a model, so that both may mean one license."""
    first, second = (
        core(one) | {_LINES[word] for word in core(one) & _LINES.keys()} for one in (name, other)
    )
    return bool((first & second) - _DESCRIPTIVE)


def is_description(name: str) -> bool:
    """Return whether the words say of what kind a license is, and not which one."""
    return core(name) <= _DESCRIPTIVE


def is_reference(name: str) -> bool:
    """Return whether a name refers to licenses of something else and names none."""
    words = core(name)
    return bool(words) and words <= _ELSEWHERE


@cache
def _agreements() -> dict[frozenset[str], str]:
    """Return identifying words of publishers' own licenses; words that two share are left out."""
    own = {key: one for key, one in load_licenses().items() if one.family in _OWN}
    found: dict[frozenset[str], set[str]] = {}
    spellings = [(one.title, key) for key, one in own.items()]
    spellings += [(name, entry.license) for name, entry in load_names().items()]
    for spelling, key in spellings:
        if key in own and (words := core(spelling)) and not is_vendor_alone(spelling):
            found.setdefault(words, set()).add(key)
    return {words: keys.pop() for words, keys in found.items() if len(keys) == 1}


def agreement(name: str) -> str:
    """Return the license that a name in other words stands for, empty if none."""
    words = core(name)
    return "" if words <= _DESCRIPTIVE | VENDORS else _agreements().get(words, "")
