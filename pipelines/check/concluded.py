"""Licenses that the project's own people concluded, in place of what was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from miner.db.lookup import KnownDataset, KnownModel, KnownStatement
from miner.pipelines.check.knowledge import Knowledge
from miner.pipelines.check.policy_file import LicenseConclusion

SOURCE = "conclusion"
"""Source of a statement that the project concluded."""


class ConcludedKnowledge:
    """What is known of models, with conclusions on some of them.

    Args:
        knowledge: What is known without them.
        conclusions: Of the project's policy.
    """

    def __init__(self, knowledge: Knowledge, conclusions: Iterable[LicenseConclusion]) -> None:
        self.read = knowledge
        self._conclusions = {(one.hub, one.model.lower()): one for one in conclusions}
        self._used: set[tuple[str, str]] = set()

    def prepare(self, hub: str, names: Iterable[str], /) -> None:
        """Get ready to be asked for these models."""
        self.read.prepare(hub, names)

    def prepare_datasets(self, hub: str, names: Iterable[str], /) -> None:
        """Get ready to be asked for these datasets."""
        self.read.prepare_datasets(hub, names)

    def files_with(self, digests: Iterable[str], /) -> dict[str, list[tuple[str, str, str]]]:
        """Return files of hubs by digest."""
        return self.read.files_with(digests)

    def model(self, hub: str, name: str, /) -> KnownModel | None:
        """Return a model; one that is concluded on states that license."""
        known = self.read.model(hub, name)
        found = self.conclusion(hub, name, known.name if known else name)
        if found is None:
            return known
        self._used.add((found.hub, found.model.lower()))
        if known is None or known.state == "named":
            known = _unread(hub, name)
        stated = KnownStatement(SOURCE, found.license, None, None, "weights", True, None)
        return replace(
            known, license=found.license, license_name=None, license_link=None,
            statements=(stated,),
        )  # fmt: skip

    def dataset(self, hub: str, name: str, /) -> KnownDataset | None:
        """Return a dataset: there are no conclusions on these."""
        return self.read.dataset(hub, name)

    def why(self, hub: str, name: str, /) -> str:
        """Return why nothing is known of a model."""
        return self.read.why(hub, name)

    def answers(self, hub: str, name: str, /) -> bool:
        """Tell whether it is known that there is, or is not, a model of a name."""
        return self.read.answers(hub, name)

    def population(self) -> str:
        """Return what the answers rest on."""
        return self.read.population()

    def conclusion(self, hub: str, *names: str) -> LicenseConclusion | None:
        """Return the conclusion on a model by one of its names."""
        found = (self._conclusions.get((hub, name.lower())) for name in names)
        return next((one for one in found if one is not None), None)

    def unused(self) -> list[LicenseConclusion]:
        """Return conclusions on models that nobody asked for."""
        return [one for key, one in self._conclusions.items() if key not in self._used]


def _unread(hub: str, name: str) -> KnownModel:
    """Return a model of which nothing is known but its name."""
    return KnownModel(
        hub=hub, name=name, found_by="name", state=None, owner=None, sha=None, created_at=None,
        last_modified_at=None, gated=None, pipeline_tag=None, library_name=None, license=None,
        license_name=None, license_link=None, model_type=None, architecture=None,
        parameter_count=None, context_length=None, quantization=None, is_read=False,
        license_files=None, statements=(), bases=(), datasets=(), evidence_url=None,
        observed_at=None,
    )  # fmt: skip
