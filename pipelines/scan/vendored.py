"""Which files are copies of a library, and which are the library's own source."""

from __future__ import annotations

import re
from collections.abc import Iterable

from miner.pipelines.scan.manifests import SELF
from miner.pipelines.scan.signatures import libraries
from miner.pipelines.scan.site import DeclaredDependency

# A package's folder inside another repository, recognized by files that only that package has.
_PACKAGES: dict[str, tuple[str, ...]] = {
    "transformers": ("modeling_utils.py", "configuration_utils.py", "tokenization_utils_base.py"),
    "diffusers": ("models/modeling_utils.py", "schedulers/scheduling_utils.py"),
    "sentence_transformers": ("SentenceTransformer.py", "models/Pooling.py"),
    "timm": ("models/_registry.py", "layers/create_act.py"),
    "open_clip": ("factory.py", "pretrained.py"),
    "peft": ("peft_model.py", "mapping.py"),
    "fairseq": ("checkpoint_utils.py", "hub_utils.py"),
    "vllm": ("engine/llm_engine.py", "sampling_params.py"),
    "pytorch_pretrained_bert": ("modeling.py", "tokenization.py"),
    "pytorch_transformers": ("modeling_utils.py", "tokenization_utils.py"),
    "adapters": ("configuration/adapter_config.py", "heads/base.py"),
    "ldm": ("models/diffusion/ddpm.py", "modules/encoders/modules.py"),
}
# Recognized by their files alone: such copies are renamed.
_RENAMED: tuple[tuple[str, ...], ...] = (
    ("modeling_utils.py", "configuration_utils.py", "tokenization_utils.py"),
    ("modeling.py", "tokenization.py", "file_utils.py", "optimization.py"),
)
_FOLDER = re.compile(
    r"(^|/)(third[-_]?party|vendor|vendored|_vendor|external|externals|extern|submodules?|3rdparty"
    r"|thirdparty|deps)/",
    re.IGNORECASE,
)


class Vendored:
    """Recognizes copies by folder and by package; the repository's own package is none.

    Args:
        paths: Every file that was read.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        all_paths = set(paths)
        self._roots = tuple(sorted(_roots(all_paths)))

    def is_copy(self, path: str) -> bool:
        """Return whether a file stands in a copy."""
        return _FOLDER.search(path) is not None or path.startswith(self._roots or ("\0",))


def _roots(paths: set[str]) -> Iterable[str]:
    for package, marks in _PACKAGES.items():
        ending = f"{package}/{marks[0]}"
        for path in paths:
            if not path.endswith(ending):
                continue
            root = path[: len(path) - len(marks[0])]
            if not all(root + mark in paths for mark in marks[1:]):
                continue
            # src/transformers or transformers at the top is the library itself.
            if root not in {f"{package}/", f"src/{package}/"}:
                yield root
    own = {f"{folder}{package}/" for package in _PACKAGES for folder in ("", "src/")}
    for path in paths:
        for marks in _RENAMED:
            root = path.removesuffix(marks[0])
            is_folder = root != path and root.endswith("/") and root not in own
            if is_folder and all(root + mark in paths for mark in marks[1:]):
                yield root


def own_roots(dependencies: Iterable[DeclaredDependency]) -> tuple[str, ...]:
    """Return the folders in which a repository has the source of a library that loads models.

    Args:
        dependencies: What its manifests say, its own names among it.
    """
    own = {(one.ecosystem, one.name) for one in dependencies if one.requirement == SELF}
    found: set[str] = set()
    for library in libraries().values():
        published = {(kind, name) for kind, names in library.packages.items() for name in names}
        if own & published:
            found |= {call.parts[0] for call in library.calls if call.parts[0] != "*"}
            found |= {name.replace("-", "_") for _, name in own & published}
    return tuple(sorted(prefix for name in found for prefix in (f"{name}/", f"src/{name}/")))
