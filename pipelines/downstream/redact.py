"""Takes secrets and e-mail addresses out of quoted source."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{10,}|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|sk-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|glpat-[\w-]{16,}|r8_\w{20,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,})"
)
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_KEY_IN_ADDRESS = re.compile(
    r"(?i)([?&](?:api_?key|key|token|access_token|sig|signature)=)[^&\s\"']+"
)
_USER_IN_ADDRESS = re.compile(r"(?i)(https?://)[^/\s@\"']+@")
_ASSIGNED = re.compile(
    r"(?i)((?:api_?key|token|secret|password|auth)\w*\s*[=:]\s*[\"'])[^\"']{6,}([\"'])"
)


def redacted(text: str) -> str:
    """Return a text without secrets and e-mail addresses; their places are marked."""
    text = _SECRETS.sub("[secret]", text)
    text = _USER_IN_ADDRESS.sub(r"\1[secret]@", text)
    text = _KEY_IN_ADDRESS.sub(r"\1[secret]", text)
    text = _ASSIGNED.sub(r"\1[secret]\2", text)
    return _EMAIL.sub("[email]", text)
