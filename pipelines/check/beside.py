"""What a project uses beside models of hubs: datasets, hosted models, weight files in its tree."""

from __future__ import annotations

from dataclasses import replace

from miner.db.lookup import KnownDataset
from miner.pipelines.check import chain_findings, license_terms
from miner.pipelines.check.bom_parts import page
from miner.pipelines.check.knowledge import Knowledge
from miner.pipelines.check.project_source import Project
from miner.pipelines.check.report import DatasetReport, HostedModel, LoadSite, in_order, rank
from miner.pipelines.check.weight_files import MatchingFile, WeightFile
from miner.pipelines.derive.licenses.matrices import Matrix
from miner.schema.vocab import DEFAULT_HUB

_MOST_HUB_FILES = 5  # of one digest: popular weights are copied often


def datasets_of(
    project: Project, knowledge: Knowledge, matrix: Matrix
) -> tuple[DatasetReport, ...]:
    """Return the datasets that a project loads, each once, the worst verdict first.

    Args:
        project: The project as read.
        knowledge: What is known of datasets.
        matrix: The rules.
    """
    names = {name for name, _ in project.beside.data}
    if not names:
        return ()
    knowledge.prepare_datasets(DEFAULT_HUB, sorted(names))
    groups: dict[str, tuple[KnownDataset | None, str, list[LoadSite]]] = {}
    for name, site in project.beside.data:
        known = knowledge.dataset(DEFAULT_HUB, name)
        if known is not None and known.state == "named":
            known = None  # only named by others: nothing is known of itself
        key = (known.name if known else name).lower()
        groups.setdefault(key, (known, name, []))[2].append(site)
    found = [
        _dataset(known, name, sites, project, matrix) for known, name, sites in groups.values()
    ]
    return tuple(sorted(found, key=lambda one: (-rank(one.verdict), one.resolved)))


def _dataset(
    known: KnownDataset | None,
    name: str,
    sites: list[LoadSite],
    project: Project,
    matrix: Matrix,
) -> DatasetReport:
    statement = license_terms.of_dataset(known)
    resolved = known.name if known else name
    url = (known.evidence_url if known else "") or page("dataset", DEFAULT_HUB, resolved)
    return DatasetReport(
        hub=DEFAULT_HUB,
        name=name,
        resolved=resolved,
        is_known=known is not None,
        version=(known.sha or "") if known else "",
        terms=license_terms.terms_of(statement, url=url if known else ""),
        finding=chain_findings.use_of_data(
            resolved, statement, project.own.statement, project.name, matrix, url
        ),
        sites=in_order(sites),
        url=url,
    )


def hosted_of(project: Project) -> tuple[HostedModel, ...]:
    """Return the models that services run for a project, each once."""
    groups: dict[tuple[str, str], list[LoadSite]] = {}
    for service, name, site in project.beside.hosted:
        groups.setdefault((service, name), []).append(site)
    return tuple(
        HostedModel(service, name, in_order(sites))
        for (service, name), sites in sorted(groups.items())
    )


def weights_of(project: Project, knowledge: Knowledge) -> tuple[WeightFile, ...]:
    """Return the weight files of a project, with the files of hubs that have their digests."""
    files = knowledge.files_with({one.sha256 for one in project.beside.weights if one.sha256})
    return tuple(
        replace(
            one,
            hub_files=tuple(MatchingFile(*place) for place in files.get(one.sha256, ()))[
                :_MOST_HUB_FILES
            ],
        )
        for one in project.beside.weights
    )
