"""Whether a string is a model that the repository uses: the rules, in one place.

Each rule has a name; how often it is right was measured, and is the confidence of what it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from miner.pipelines.scan import names, words
from miner.pipelines.scan.flow import Held, Load, Text
from miner.pipelines.scan.names import Name
from miner.pipelines.scan.signatures import CallSignature

_ENTRY = re.compile(r"^[A-Za-z_]\w{1,80}$")
_PLAIN = re.compile(r"^[A-Za-z0-9][\w.-]{2,95}$", re.ASCII)
# The model builders of torchvision; what a builder of the repository is called may look alike.
_ZOO = re.compile(
    r"^(?:alexnet|vgg|resnet|resnext|wide_resnet|densenet|inception_v|googlenet|squeezenet|mobilenet"
    r"|shufflenet|mnasnet|efficientnet|regnet|convnext|vit_|swin|maxvit|fcn_|fcos_|deeplabv3|lraspp"
    r"|fasterrcnn|maskrcnn|keypointrcnn|retinanet|ssd|r3d_|mc3_|r2plus1d|mvit_|s3d|raft_)[a-z0-9_]*$"
)
_TIMM = re.compile(r"^[a-z][a-z0-9_]{3,80}(\.[a-z0-9_]+)?$")

_Reader = Callable[[str, CallSignature, bool], Name | None]
"""(the whole name, the signature, whether it stands right there) → what it names."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a string."""

    name: Name
    rule: str
    is_use: bool = True


class Judge:
    """Decides over strings of one repository.

    Args:
        listing: Names that the store knows, asked as written; None or empty if it knows none.
    """

    def __init__(self, listing: Container[str] | None = None) -> None:
        self._listing: Container[str] = listing if listing is not None else frozenset()

    def _is_listed(self, text: str) -> bool:
        return text in self._listing

    # --- strings at a load

    def at_load(self, load: Load, text: Text, whole: str, *, is_direct: bool) -> Verdict | None:
        """Judge a string that reaches a load.

        Args:
            load: The call or command.
            text: The string.
            whole: What it is when it arrives, with what was put around it.
            is_direct: Whether it needed no name of the repository to get there.
        """
        if whole != text.text and text.text.startswith("http") and "://" in whole[8:]:
            return None  # an address put behind another one
        name = self._name_for(load, whole, is_direct=is_direct)
        if name is None:
            return None
        at_call = text.kind == "call-literal" or text.line == load.line
        rule = "command" if " " in load.api else "literal" if at_call else "reached"
        is_said = names.is_placeholder(name.model) or (load.is_mock and name.hub == names.OLLAMA)
        is_hosted = names.is_hosted(name.model)
        return Verdict(name, rule, is_use=not (is_said or is_hosted))

    def _name_for(self, load: Load, whole: str, *, is_direct: bool) -> Name | None:
        if load.signature.hub is None:
            return None
        reader: _Reader = getattr(self, f"_as_{load.signature.names}")
        whole = whole.strip()
        found = _of_library(load.signature, whole) or reader(whole, load.signature, is_direct)
        if found is None or found.is_sure or not (load.prefix or load.suffix):
            return found
        return Name(found.hub, f"{load.prefix}{found.model}{load.suffix}")

    def _as_huggingface(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        found = names.read_huggingface(whole, listed=self._is_listed(whole))
        if found is None and signature.is_precise and direct and names.is_plain(whole):
            return Name(names.HUGGINGFACE, whole)
        return found

    def _as_role(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        sure = names.read_sure(whole)
        if sure is not None or names.is_shaped(whole) or names.is_legacy(whole):
            return sure or Name(names.HUGGINGFACE, whole)
        return Name(names.SPACY, whole) if names.is_spacy(whole) else None

    def _as_sure(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return names.read_sure(whole)

    def _as_address(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return names.read_sure(whole) or names.read_address(whole, archives=signature.is_precise)

    def _as_archive(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return names.read_sure(whole) or names.read_archive(whole)

    def _as_spacy(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return Name(names.SPACY, whole) if names.is_spacy(whole) else None

    def _as_ollama(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        sure = names.read_sure(whole)
        if sure is not None:
            return sure
        if not names.is_ollama(whole) or len(whole) < 3:
            return None
        near = direct and signature.is_precise
        return Name(names.OLLAMA, whole) if near or names.is_ollama_family(whole) else None

    def _as_shaped(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return Name(signature.hub or names.OTHER, whole) if names.is_shaped(whole) else None

    def _as_bundle(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return Name(names.OTHER, whole) if names.is_bundle(whole) else None

    def _as_zoo(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return self._as_entry(whole, signature, direct) if _ZOO.match(whole) else None

    def _as_entry(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return Name(signature.hub or names.OTHER, whole) if _ENTRY.match(whole) else None

    def _as_timm(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        sure = names.read_sure(whole)
        if sure is not None:
            return sure
        return Name(names.TIMM, whole.removeprefix("timm/")) if _TIMM.match(whole) else None

    def _as_any(self, whole: str, signature: CallSignature, direct: bool) -> Name | None:
        return Name(signature.hub or names.OTHER, whole) if _PLAIN.match(whole) else None

    # --- strings that are held

    def held(self, held: Held, *, is_gated: bool) -> Verdict | None:
        """Judge a string by what it is called.

        Args:
            held: The string and its names.
            is_gated: Whether what surrounds the string speaks for a model: the repository depends
                on a library that loads such names in this language, or the string is the default of
                a parameter in a file that imports one. A name that says nothing is enough then.
        """
        text = held.text.text.strip()
        sure = names.read_sure(text)
        says = words.says_path(held.names) if held.names else words.Says.NOTHING
        verdict = self._of_held(held, text, sure, says, is_gated=is_gated)
        if verdict is None:
            return None
        said = held.place == "check" or names.is_placeholder(verdict.name.model)
        if said or names.is_hosted(text):
            return Verdict(verdict.name, verdict.rule, is_use=False)
        return verdict

    def _of_held(
        self, held: Held, text: str, sure: Name | None, says: words.Says, *, is_gated: bool
    ) -> Verdict | None:
        if sure is not None:
            return self._of_sure(held, sure, says)
        if names.is_spacy(text):
            return (
                Verdict(Name(names.SPACY, text), "shape") if says is not words.Says.OTHER else None
            )
        if not (names.is_shaped(text) or names.is_legacy(text)):
            return None
        name = Name(names.HUGGINGFACE, text)
        rule = ""
        if says is words.Says.MODEL:
            rule = "called"
        elif says is words.Says.NOTHING and self._is_listed(text):
            rule = "listed"
        elif says is words.Says.NOTHING and is_gated:
            rule = "shape" if held.place == "default" or names.is_telling(text) else ""
        return Verdict(name, rule) if rule else None

    @staticmethod
    def _of_sure(held: Held, sure: Name, says: words.Says) -> Verdict | None:
        address = held.text.text.startswith(("http", "url::"))
        is_weights = names.is_weight_address(text := held.text.text) or names.is_weight_folder(text)
        if is_weights and not words.says_dataset(held.names):
            return Verdict(sure, "address")  # whatever it is called
        if says is words.Says.OTHER and not (sure.hub == names.OTHER and _is_weights(held.names)):
            return None
        if address and sure.hub == names.HUGGINGFACE and "/resolve/" not in held.text.text:
            # A page of the Hub: a link for readers, unless it is called a model.
            return Verdict(sure, "address", is_use=says is words.Says.MODEL)
        return Verdict(sure, "address")


def _of_library(signature: CallSignature, whole: str) -> Name | None:
    """Return a name that only the library itself knows."""
    if signature.own and re.fullmatch(signature.own, whole):
        return Name(names.OTHER, whole)
    return None


def _is_weights(path: tuple[str, ...]) -> bool:
    return any(word in {"weights", "checkpoint", "ckpt", "model", "pretrained"}
               for name in path for word in words.words_of(name))  # fmt: skip
