"""Whether a string is a model that the repository uses: the rules, in one place.

Each rule has a name; how often it is right was measured, and is the confidence of what it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from miner.pipelines.scan import model_names, name_words
from miner.pipelines.scan.flow import Candidate, LoadingCall, SourceString
from miner.pipelines.scan.model_names import ModelName
from miner.pipelines.scan.name_listing import ListingInMemory, NameListing
from miner.pipelines.scan.signatures import CallSignature, distinct_hub

_ENTRY = re.compile(r"^[A-Za-z_]\w{1,80}$")
_PLAIN = re.compile(r"^[A-Za-z0-9][\w.-]{2,95}$", re.ASCII)
# The model builders of torchvision; what a builder of the repository is called may look alike.
_ZOO = re.compile(
    r"^(?:alexnet|vgg|resnet|resnext|wide_resnet|densenet|inception_v|googlenet|squeezenet|mobilenet"
    r"|shufflenet|mnasnet|efficientnet|regnet|convnext|vit_|swin|maxvit|fcn_|fcos_|deeplabv3|lraspp"
    r"|fasterrcnn|maskrcnn|keypointrcnn|retinanet|ssd|r3d_|mc3_|r2plus1d|mvit_|s3d|raft_)[a-z0-9_]*$"
)
_SPACY_VERSION = re.compile(r"-\d+(?:\.\d+){1,3}$", re.ASCII)
_TIMM = re.compile(r"^[a-z][a-z0-9_]{3,80}(\.[a-z0-9_]+)?$")


@dataclass(frozen=True, slots=True)
class Classification:
    """What a rule makes out of a string: a model, used or only mentioned."""

    name: ModelName
    rule: str
    is_use: bool = True


class NameClassifier:
    """Decides which strings of one repository are models.

    Args:
        listing: What is known of names; None: nothing.
    """

    def __init__(self, listing: NameListing | None = None) -> None:
        self._listing: NameListing = listing if listing is not None else ListingInMemory()
        self._is_listing_known = listing is not None

    def _is_listed(self, text: str) -> bool:
        return text in self._listing

    # --- strings at a load

    def at_load(
        self, load: LoadingCall, text: SourceString, whole: str, *, is_direct: bool
    ) -> Classification | None:
        """Classify a string that reaches a load.

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
        is_mention = model_names.is_placeholder(name.model) or (
            load.is_mock and name.hub == model_names.OLLAMA
        )
        is_hosted = model_names.is_hosted(name.model)
        return Classification(name, rule, is_use=not (is_mention or is_hosted))

    def _name_for(self, load: LoadingCall, whole: str, *, is_direct: bool) -> ModelName | None:
        if load.signature.hub is None:
            return None
        reader = _READERS[load.signature.names]
        whole = whole.strip()
        found = _of_library(load.signature, whole) or reader(self, whole, load.signature, is_direct)
        if found is None or found.is_sure or not (load.prefix or load.suffix):
            return found
        return ModelName(found.hub, f"{load.prefix}{found.model}{load.suffix}")

    def _as_huggingface(
        self, whole: str, signature: CallSignature, direct: bool
    ) -> ModelName | None:
        found = model_names.read_huggingface(whole, listed=self._is_listed(whole))
        if found is None and signature.is_precise and direct and model_names.is_plain(whole):
            return ModelName(model_names.HUGGINGFACE, whole)
        return found

    def _as_role(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        sure = model_names.read_sure(whole)
        if sure is not None or model_names.is_shaped(whole) or model_names.is_legacy(whole):
            return sure or ModelName(model_names.HUGGINGFACE, whole)
        return ModelName(model_names.SPACY, whole) if model_names.is_spacy(whole) else None

    def _as_sure(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return model_names.read_sure(whole)

    def _as_address(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return model_names.read_sure(whole) or model_names.read_address(
            whole, archives=signature.is_precise
        )

    def _as_archive(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return model_names.read_sure(whole) or model_names.read_archive(whole)

    def _as_bucket(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return model_names.read_bucket(whole)

    def _as_spacy(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        name = _SPACY_VERSION.sub("", whole)  # ``spacy download --direct en_core_web_sm-3.7.1``
        return ModelName(model_names.SPACY, name) if model_names.is_spacy(name) else None

    def _as_ollama(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        sure = model_names.read_sure(whole)
        if sure is not None:
            return sure
        if not model_names.is_ollama(whole) or len(whole) < 3:
            return None
        near = direct and signature.is_precise
        return (
            ModelName(model_names.OLLAMA, whole)
            if near or model_names.is_ollama_family(whole)
            else None
        )

    def _as_shaped(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return (
            ModelName(signature.hub or model_names.OTHER, whole)
            if model_names.is_shaped(whole)
            else None
        )

    def _as_bundle(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return ModelName(model_names.OTHER, whole) if model_names.is_bundle(whole) else None

    def _as_zoo(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return self._as_entry(whole, signature, direct) if _ZOO.match(whole) else None

    def _as_entry(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return ModelName(signature.hub or model_names.OTHER, whole) if _ENTRY.match(whole) else None

    def _as_timm(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        sure = model_names.read_sure(whole)
        if sure is not None:
            return sure
        return (
            ModelName(model_names.TIMM, whole.removeprefix("timm/")) if _TIMM.match(whole) else None
        )

    def _as_any(self, whole: str, signature: CallSignature, direct: bool) -> ModelName | None:
        return ModelName(signature.hub or model_names.OTHER, whole) if _PLAIN.match(whole) else None

    # --- strings with names

    def candidate(self, candidate: Candidate, *, is_gated: bool) -> Classification | None:
        """Classify a string by the names that it stands under.

        Args:
            candidate: The string and its names.
            is_gated: Whether what surrounds the string speaks for a model: the repository depends
                on a library that loads such names in this language, or the string is the default of
                a parameter in a file that imports one. A name that says nothing is enough then.
        """
        text = candidate.text.text.strip()
        sure = model_names.read_sure(text)
        says = name_words.says_path(candidate.names) if candidate.names else name_words.Says.NOTHING
        found = self._of_candidate(candidate, text, sure, says, is_gated=is_gated)
        if found is None:
            return None
        is_mention = (
            candidate.place == "check"
            or model_names.is_placeholder(found.name.model)
            or name_words.says_expected(candidate.names)
        )
        if is_mention or model_names.is_hosted(text):
            return Classification(found.name, found.rule, is_use=False)
        return found

    def unsettled(self, candidate: Candidate) -> Classification | None:
        """Return what a string is if a hub has a model of this name: no rule settles it.

        None where names are known, or where what surrounds the string leaves no load possible.

        Args:
            candidate: The string and its names.
        """
        text = candidate.text.text.strip()
        if (
            self._is_listing_known
            or candidate.place in {"check", "key"}
            or not model_names.is_telling(text)
            or model_names.is_placeholder(text)
            or model_names.is_hosted(text)
            or name_words.says_no_load(candidate.names)
            or name_words.says_expected(candidate.names)
        ):
            return None
        return Classification(ModelName(model_names.HUGGINGFACE, text), "listed")

    def _of_candidate(
        self,
        candidate: Candidate,
        text: str,
        sure: ModelName | None,
        says: name_words.Says,
        *,
        is_gated: bool,
    ) -> Classification | None:
        if sure is not None:
            return self._of_sure(candidate, sure, says)
        if not (model_names.is_shaped(text) or model_names.is_legacy(text)):
            return self._of_library(text, says)
        if self._listing.is_dataset(text):
            return None
        name = ModelName(model_names.HUGGINGFACE, text)
        rule = ""
        if says is name_words.Says.MODEL:
            rule = "called"
        elif self._is_listed(text) and not name_words.says_no_load(candidate.names):
            rule = "listed"
        elif says is name_words.Says.NOTHING and is_gated:
            rule = "shape" if candidate.place == "default" or model_names.is_telling(text) else ""
        return Classification(name, rule) if rule else None

    @staticmethod
    def _of_library(text: str, says: name_words.Says) -> Classification | None:
        """Classify a string that is no name of the Hub, and may be one of a library's own."""
        if model_names.is_release(text):
            is_weights = says is name_words.Says.MODEL or model_names.says_weights(text)
            name = ModelName(model_names.OTHER, text)
            return Classification(name, "address") if is_weights else None
        hub = model_names.SPACY if model_names.is_spacy(text) else distinct_hub(text)
        if not hub or says is name_words.Says.OTHER:
            return None
        return Classification(ModelName(hub, text), "shape")

    @staticmethod
    def _of_sure(
        candidate: Candidate, sure: ModelName, says: name_words.Says
    ) -> Classification | None:
        address = candidate.text.text.startswith(("http", "url::"))
        is_weights = model_names.is_weight_address(
            text := candidate.text.text
        ) or model_names.is_weight_folder(text)
        if is_weights and not name_words.says_dataset(candidate.names):
            return Classification(sure, "address")  # whatever it is called
        if says is name_words.Says.OTHER and not (
            sure.hub == model_names.OTHER and _is_weights(candidate.names)
        ):
            return None
        if (
            address
            and sure.hub == model_names.HUGGINGFACE
            and "/resolve/" not in candidate.text.text
        ):
            # A page of the Hub: a link for readers, unless it is called a model.
            return Classification(sure, "address", is_use=says is name_words.Says.MODEL)
        return Classification(sure, "address")


_READERS: dict[str, Callable[[NameClassifier, str, CallSignature, bool], ModelName | None]] = {
    "huggingface": NameClassifier._as_huggingface,
    "role": NameClassifier._as_role,
    "sure": NameClassifier._as_sure,
    "address": NameClassifier._as_address,
    "archive": NameClassifier._as_archive,
    "bucket": NameClassifier._as_bucket,
    "spacy": NameClassifier._as_spacy,
    "ollama": NameClassifier._as_ollama,
    "shaped": NameClassifier._as_shaped,
    "bundle": NameClassifier._as_bundle,
    "zoo": NameClassifier._as_zoo,
    "entry": NameClassifier._as_entry,
    "timm": NameClassifier._as_timm,
    "any": NameClassifier._as_any,
}
"""By what the names of a signature look like: (the whole name, the signature, whether it stands
right there) → what it names."""


def _of_library(signature: CallSignature, whole: str) -> ModelName | None:
    """Return a name that only the library itself knows."""
    if signature.own and re.fullmatch(signature.own, whole):
        return ModelName(model_names.OTHER, whole)
    return None


def _is_weights(path: tuple[str, ...]) -> bool:
    return any(word in {"weights", "checkpoint", "ckpt", "model", "pretrained"}
               for name in path for word in name_words.words_of(name))  # fmt: skip
