"""`python -m tests.fuzz.guided TARGET`: inputs that coverage leads to, where atheris is installed.

What follows the target's name are options of libFuzzer, such as ``-max_total_time=3600``.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from tests.fuzz.run import CORPUS, SECONDS


def main() -> None:
    """Run one target until it fails, or until libFuzzer is told to end."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415

    with atheris.instrument_imports(include=["miner"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 (instrumented)

    from miner.errors import MinerError  # noqa: PLC0415

    name, *options = sys.argv[1:]
    call = TARGETS[name]
    found = Path("build/fuzz/guided") / name
    found.mkdir(parents=True, exist_ok=True)

    def once(data: bytes) -> None:
        with suppress(MinerError):
            call(data)

    bounds = [f"-timeout={SECONDS:.0f}", "-rss_limit_mb=1500", f"-artifact_prefix={found}/"]
    atheris.Setup([sys.argv[0], *bounds, *options, str(found), str(CORPUS / name)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
