"""The named baseline of the scanner: Python calls read the way PeaTMOSS's static analysis does.

Run by an interpreter that has the package python-scalpel, which PeaTMOSS uses: every file is
parsed, its imports and its calls with their parameters are collected, the callee's first part is
replaced by its import, and the calls of the libraries looked for are kept. PeaTMOSS does so once
for each of its sheets of signatures; here it is done once. It runs without miner.

``PYTHON tests/bench/scalpel_way.py FOLDER`` prints one JSON object.
"""

import json
import sys
import time
from pathlib import Path

from scalpel.core.mnode import MNode  # type: ignore[import-not-found, unused-ignore]

LIBRARIES = {
    "transformers",
    "diffusers",
    "peft",
    "sentence_transformers",
    "timm",
    "spacy",
    "flair",
    "torch",
    "torchvision",
    "torchaudio",
}


def main() -> None:
    """Read every .py file below a folder and say how long it took."""
    root = Path(sys.argv[1])
    sources = [path.read_text(encoding="utf-8", errors="replace") for path in root.rglob("*.py")]
    begun = time.perf_counter()
    calls = failed = 0
    for source in sources:
        try:
            node = MNode("local")
            node.source = source
            node.gen_ast()
            imported = node.parse_import_stmts()
            for call in node.parse_func_calls():
                first, _, rest = call["name"].partition(".")
                calls += f"{imported.get(first, first)}.{rest}".split(".")[0] in LIBRARIES
        except Exception:  # what Scalpel cannot read is left out, as there
            failed += 1
    seconds = time.perf_counter() - begun
    size = sum(len(source.encode()) for source in sources)
    print(json.dumps({"seconds": seconds, "bytes": size, "calls": calls, "failed": failed}))


if __name__ == "__main__":
    main()
