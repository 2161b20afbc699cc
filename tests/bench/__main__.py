"""All benches, one after the other: ``python -m tests.bench`` (``make bench``)."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("ingest", "hub", "moe", "snapshot", "llm", "licenses")


def main() -> int:
    """Run every bench in a process of its own; each writes its section of its page."""
    codes = [
        subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode
        for name in BENCHES
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
