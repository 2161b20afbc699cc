"""Settings of the server; each can be set in the environment."""

import os

CHAT_MODEL = os.getenv("CHAT_MODEL", "example-harbor-lab/Harbor-1B-Instruct")
EMBEDDING_MODEL = "example-harbor-lab/harbor-embed-small"
GUARD_MODEL = os.environ.get("GUARD_MODEL") or "imaginary-acme-labs/Acme-Guard-300M"
