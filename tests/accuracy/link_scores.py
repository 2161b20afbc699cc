"""Precision and recall of use, over pairs of repository and model.

The rules are those of the corpus: a pair counts once, names are compared without case and before
redirects, pairs that are only used in ways that are not scored are set aside, a pair that is only
mentioned or not labelled at all is a false positive. A place is right if the path is equal and the
line is at most two away from a labelled one of the same pair.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError
from miner.pipelines.scan import file_kinds
from miner.pipelines.scan.name_listing import NameListing
from miner.pipelines.scan.scanner import scan
from miner.pipelines.scan.site import ScannedSite
from miner.pipelines.scan.source_files import from_folder, from_git
from tests.accuracy.link_labels import LabelledRepository, labels_by_model
from tests.accuracy.scoring import Score, ratio

LINE_TOLERANCE = 2
LARGEST = 3


@dataclass(frozen=True, slots=True)
class LinkMiss:
    """A pair that was found wrongly, or not found; and one place of it."""

    repository: str
    model: str
    hub: str
    kind: str
    place: str
    is_found: bool
    by: str


@dataclass(slots=True)
class RepositoryScore:
    """One repository's part of the result."""

    repository: str
    pairs: Score
    huggingface: Score
    located: int = 0
    places_right: int = 0
    places: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    methods: Counter[tuple[str, bool]] = field(default_factory=Counter)
    misses: list[LinkMiss] = field(default_factory=list)
    unresolved: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class LinkResult:
    """All repositories, and the averages over them."""

    repositories: list[RepositoryScore]

    def micro(self, *, hub: str = "", without_largest: int = 0) -> Score:
        """Return the score over all pairs.

        Args:
            hub: Only pairs of this hub; only ``huggingface`` is kept apart.
            without_largest: Leave out so many repositories with the most pairs.
        """
        ranked = sorted(self.repositories, key=lambda one: -(one.pairs.right + one.pairs.missed))
        total = Score()
        for one in ranked[without_largest:]:
            total.add(one.huggingface if hub else one.pairs)
        return total

    def macro(self, of: Callable[[Score], float | None]) -> float | None:
        """Return the mean of a ratio over the repositories that have one."""
        values = [value for one in self.repositories if (value := of(one.pairs)) is not None]
        return sum(values) / len(values) if values else None

    @property
    def location_recall(self) -> float | None:
        """Share of the pairs found of which a labelled place was found too."""
        located = sum(one.located for one in self.repositories)
        return ratio(located, sum(one.pairs.right for one in self.repositories))

    @property
    def location_precision(self) -> float | None:
        """Share of the places reported for pairs found that are labelled."""
        right = sum(one.places_right for one in self.repositories)
        return ratio(right, sum(one.places for one in self.repositories))

    def kinds(self) -> Counter[tuple[str, str]]:
        """Return how often a place labelled with one kind was reported with another."""
        return sum((one.kinds for one in self.repositories), Counter())

    def methods(self) -> list[tuple[str, int, int]]:
        """Return for each rule: places it kept of pairs that are used, and of pairs that are not.

        Places of pairs that are not scored are left out.
        """
        total = sum((one.methods for one in self.repositories), Counter[tuple[str, bool]]())
        names = sorted({method for method, _ in total})
        return [(name, total[name, True], total[name, False]) for name in names]

    def as_dict(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        return {
            "micro": self.micro().as_dict(),
            "micro_huggingface": self.micro(hub="huggingface").as_dict(),
            "micro_without_three_largest": self.micro(without_largest=LARGEST).as_dict(),
            "macro": {
                "precision": self.macro(lambda score: score.precision),
                "recall": self.macro(lambda score: score.recall),
                "f1": self.macro(lambda score: score.f1),
            },
            "location": {"recall": self.location_recall, "precision": self.location_precision},
            "kinds": [
                {"labelled": labelled, "reported": reported, "places": count}
                for (labelled, reported), count in sorted(self.kinds().items())
            ],
            "methods": [
                {
                    "method": name,
                    "right": right,
                    "wrong": wrong,
                    "precision": ratio(right, right + wrong),
                }
                for name, right, wrong in self.methods()
            ],
            "repositories": [
                {
                    "repository": one.repository,
                    **one.pairs.as_dict(),
                    "unresolved": one.unresolved,
                    "seconds": round(one.seconds, 3),
                }
                for one in self.repositories
            ],
            "misses": [asdict(miss) for one in self.repositories for miss in one.misses],
        }


def scan_labelled(
    labelled: LabelledRepository, folder: Path, listing: NameListing | None = None
) -> list[ScannedSite]:
    """Scan a labelled repository at its commit.

    Args:
        labelled: Which one.
        folder: Where repositories lie: ``owner/name``, ``owner+name``, ``owner__name`` or ``name``,
            a checkout or a bare git directory, or a folder ``repo`` with one inside.
        listing: What is known of names; None: nothing.

    Raises:
        ConfigurationError: It is not there, or lacks the commit.
    """
    place = find_repository(labelled.repository, folder)
    if (place / ".git").exists() or (place / "HEAD").is_file():
        source = from_git(place, file_kinds.is_wanted, labelled.commit)
    else:
        source = from_folder(place, file_kinds.is_wanted)
    return scan(source, listing=listing).sites


def find_repository(name: str, folder: Path) -> Path:
    """Return where a repository lies below a folder.

    Raises:
        ConfigurationError: It is not there.
    """
    owner, _, short = name.partition("/")
    for candidate in (f"{owner}/{short}", f"{owner}+{short}", f"{owner}__{short}", short):
        place = folder / candidate
        if place.is_dir():
            return place / "repo" if (place / "repo" / "HEAD").is_file() else place
    raise ConfigurationError(
        f"{name} is not in {folder}",
        next_step=f"put a checkout or a bare git directory at {folder / owner / short}, or leave "
        "the repository out with --only",
    )


def score_repository(labelled: LabelledRepository, sites: Iterable[ScannedSite]) -> RepositoryScore:
    """Score one repository.

    Args:
        labelled: Its labels.
        sites: What was found; sites with the role ``mention`` are not charged.
    """
    found: dict[str, list[ScannedSite]] = defaultdict(list)
    unresolved = 0
    for site in sites:
        if site.model is None:
            unresolved += 1
        elif site.role != "mention":
            found[labelled.name(site.model)].append(site)
    right = labelled.positive & found.keys()
    wrong = found.keys() - labelled.positive - labelled.unscored
    missed = labelled.positive - found.keys()
    result = RepositoryScore(
        labelled.repository,
        Score(len(right), len(wrong), len(missed)),
        Score(
            sum(labelled.hub(model) == "huggingface" for model in right),
            sum(found[model][0].hub == "huggingface" for model in wrong),
            sum(labelled.hub(model) == "huggingface" for model in missed),
        ),
        unresolved=unresolved,
    )
    for model, sites_of in found.items():
        if model not in labelled.unscored:
            result.methods.update((one.method, model in labelled.positive) for one in sites_of)
    _score_places(result, labelled, {model: found[model] for model in right})
    result.misses = [
        *(_wrong(labelled.repository, model, found[model][0]) for model in sorted(wrong)),
        *(_missed(labelled, model) for model in sorted(missed)),
    ]
    return result


def _score_places(
    result: RepositoryScore, labelled: LabelledRepository, found: dict[str, list[ScannedSite]]
) -> None:
    labels = labels_by_model(labelled)
    for model, sites in found.items():
        matches = [
            next(
                (
                    row
                    for row in labels[model]
                    if row.path == site.path and abs(row.line - site.line) <= LINE_TOLERANCE
                ),
                None,
            )
            for site in sites
        ]
        result.places += len(sites)
        result.places_right += sum(row is not None for row in matches)
        result.located += any(row is not None for row in matches)
        for site, row in zip(sites, matches, strict=True):
            if row is not None:
                result.kinds[row.kind, site.kind] += 1


def _wrong(repository: str, model: str, site: ScannedSite) -> LinkMiss:
    return LinkMiss(
        repository, model, site.hub, site.kind, f"{site.path}:{site.line}", True, site.api
    )


def _missed(labelled: LabelledRepository, model: str) -> LinkMiss:
    row = next(row for row in labelled.labels if row.model == model and row.is_use)
    place = f"{row.path}:{row.line}"
    return LinkMiss(labelled.repository, model, row.hub, row.kind, place, False, "")
