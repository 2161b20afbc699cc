"""Models that services run and nobody can download: names and addresses that only they have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from miner.pipelines.scan import file_kinds, prefilter
from miner.pipelines.scan.file_kinds import FileKind
from miner.schema.patterns import bounded

_MOST = 2_000  # of one file
_TOKENS = (
    b"gpt-", b"claude-", b"gemini-", b"text-embedding-", b"dall-e-", b"grok-", b"anthropic.",
    b"amazon.", b"meta.llama", b"cohere.", b"mistral-", b"codestral-", b"deepseek-", b"voyage-",
    b"o1-", b"o3-", b"o4-", b"whisper-1", b"tts-1", b"sonar-", b"command-", b"embed-",
)  # fmt: skip
_NAMES = {
    "openai": r"(?:chat)?gpt-(?:3\.5|35|4|5|image|audio|realtime)(?![\d_])[\w.:-]{0,60}"
    r"|chatgpt-4o-latest|o[134]-(?:mini|pro|preview|deep-research)[\w.-]{0,30}"
    r"|text-embedding-(?:3-(?:small|large)|ada-002)|dall-e-[23]|whisper-1|tts-1(?:-hd)?",
    "anthropic": r"claude-(?:instant|[1-9]|opus|sonnet|haiku|v\d)[\w.@-]{0,60}",
    "google": r"gemini-(?:\d|pro|flash|ultra|exp|embedding)[\w.-]{0,60}|text-embedding-00[45]",
    "bedrock": r"(?:(?:us|eu|apac|global)\.)?(?:anthropic\.claude|amazon\.(?:titan|nova)"
    r"|meta\.llama\d|cohere\.(?:command|embed|rerank)|ai21\.j|mistral\.(?:mistral|mixtral|pixtral)"
    r"|stability\.(?:stable|sd)|deepseek\.r)[\w.-]{0,60}(?::\d{1,3}(?::\w{1,8})?)?",
    "mistral": r"(?:mistral|codestral|pixtral|ministral|magistral|devstral)-[\w-]{0,30}latest"
    r"|mistral-(?:tiny|small|medium|large)(?:-\d{4})?|mistral-embed",
    "xai": r"grok-(?:\d|beta|code)[\w.-]{0,40}",
    "deepseek": r"deepseek-(?:chat|reasoner)",
    "cohere": r"command-(?:r|r-plus|a)-\d\d-\d{4}|embed-(?:english|multilingual)-[\w.-]{2,20}",
    "perplexity": r"sonar-(?:pro|reasoning|deep)[\w.-]{0,30}",
    "voyage": r"voyage-(?:\d|code|law|finance|multilingual)[\w.-]{0,30}",
}
_ANY = "|".join(f"(?P<{service}>{pattern})" for service, pattern in _NAMES.items())
_QUOTED = bounded(rf"""["'`](?:[\w-]{{2,20}}/){{0,2}}(?:{_ANY})["'`]""")
_PLAIN = bounded(
    rf"^[ \t]{{0,40}}(?:- ?)?[\w.-]{{1,60}}[ \t]{{0,8}}[:=][ \t]{{0,8}}(?:[\w-]{{2,20}}/){{0,2}}"
    rf"(?:{_ANY})[ \t]{{0,8}}$",
    re.MULTILINE,
)
_UNQUOTED = frozenset({FileKind.YAML, FileKind.INI, FileKind.SHELL})
_COMMENT = ("#", "//", "*", "--")
_HOSTS = {
    b"integrate.api.nvidia.com": "nvidia",
    b"api.groq.com": "groq",
    b"openrouter.ai/api": "openrouter",
    b"api.together.xyz": "together",
    b"api.fireworks.ai": "fireworks",
    b"api.deepinfra.com": "deepinfra",
    b"api.cerebras.ai": "cerebras",
    b"api.sambanova.ai": "sambanova",
    b"api.novita.ai": "novita",
    b"api.siliconflow.cn": "siliconflow",
}
"""Addresses of services that run models of others, under names that look like the Hub's."""

_IMPORTS = {
    "langchain_nvidia_ai_endpoints": "nvidia", "ibm_watsonx_ai": "watsonx",
    "langchain_ibm": "watsonx", "langchain_aws": "bedrock", "langchain_groq": "groq",
    "langchain_together": "together", "langchain_openrouter": "openrouter",
    "langchain_anthropic": "anthropic", "langchain_fireworks": "fireworks",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostedSite:
    """One place of a repository that names a model which a service runs.

    Attributes:
        service: Short name of the service.
        name: As written.
        path: Path inside the repository.
        line: From 1.
        role: use, example or test.
    """

    service: str
    name: str
    path: str
    line: int
    role: str


@cache
def _any_of(tokens: tuple[bytes, ...]) -> prefilter.Pattern:
    """Return a pattern for any of some tokens, looked for in one pass over the bytes."""
    return prefilter.compiled(b"|".join(map(re.escape, tokens)))


def service_addressed(data: bytes) -> str:
    """Return the service whose address a file has, empty if none: it runs models of others."""
    addressed = set(_any_of(tuple(_HOSTS)).findall(data))
    return next((service for host, service in _HOSTS.items() if host in addressed), "")


def service_imported(libraries: set[str]) -> str:
    """Return the service whose client a file imports, empty if none."""
    return next((_IMPORTS.get(name, name) for name in sorted(libraries) if name in _IMPORTS), "")


def hosted_in(path: str, data: bytes, kind: FileKind) -> Iterator[HostedSite]:
    """Yield the hosted models that a file names where a value stands, each once a line."""
    if kind is FileKind.DOCS or _any_of(_TOKENS).search(data) is None:
        return
    text = data.decode("utf-8", "replace")
    role = file_kinds.role_of(path)
    patterns = (_QUOTED, _PLAIN) if kind in _UNQUOTED else (_QUOTED,)
    seen: set[tuple[int, str]] = set()
    for pattern in patterns:
        line, at = 1, 0
        for found in pattern.finditer(text):
            line += text.count("\n", at, found.start())
            at = found.start()
            name = found[found.lastgroup or 0]
            begin = text.rfind("\n", 0, at) + 1
            if text[begin : begin + 200].lstrip().startswith(_COMMENT) or (line, name) in seen:
                continue
            if len(seen) >= _MOST:
                return
            seen.add((line, name))
            yield HostedSite(found.lastgroup or "", name, path, line, role)
