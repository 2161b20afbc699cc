"""Columns that are called otherwise than the thing they name, each with its reason.

One thing has one name in every table: ``model``, ``dataset``, ``repository``, ``arxiv_id``,
``license``. What is called otherwise stands here, and so on the first page of the dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping

REGULAR: Mapping[str, str] = {
    "model": "model", "dataset": "dataset", "repository": "repository", "paper": "arxiv_id",
    "license": "license",
}  # fmt: skip
"""Table → what its things are called in other tables."""

IRREGULAR: Mapping[tuple[str, ...], str] = {
    ("model.name", "dataset.name", "repository.name", "hub.name", "owner.name", "moe_family.name",
     "sweep.name", "model_overview.name"):
        "The thing's own row: its own name, which other tables have as `model`, `dataset` and so "
        "on.",
    ("license.license", "task.task", "paper.arxiv_id", "traced_paper.arxiv_id"):
        "Their own rows, too, named as in other tables, so that `USING` joins them.",
    ("model_edge.child", "model_edge.parent", "model_edge_statement.child",
     "model_edge_statement.parent"):
        "Two models in one row: `child` was made from `parent`.",
    ("model_lineage.root", "model_overview.root"):
        "Another model than that of the row: the base of its bases.",
    ("use_site.model_resolved", "model_use.model_resolved", "issue_model.model_resolved"):
        "`model` is the name as the text has it, which may be a former one or none; "
        "`model_resolved` is the model of the data that is meant.",
    ("model_edge.parent_declared", "model_edge_statement.parent_declared",
     "model_dataset.dataset_declared", "model_dataset_statement.dataset_declared",
     "model_repository.repository_declared"):
        "The name as the source writes it; without `_declared` it is the name of today.",
    ("license_statement.subject",):
        "A model or a dataset, as `subject_kind` says.",
    ("license_finding.upstream", "license_finding.downstream"):
        "A model, a dataset or a repository, as `upstream_kind` and `downstream_kind` say, each "
        "with its own hub.",
    ("rejected_record.name",):
        "What the record that was refused calls itself; it need not be a name.",
    ("repository.parent",):
        "The repository that it was forked from, not a base of a model.",
    ("traced_paper.repository",):
        "The authors' own repository, whether the data has it or not.",
    ("extracted_field.dataset", "evaluation.dataset"):
        "The benchmark as the card calls it, in one spelling; table `dataset` need not have it.",
    ("license_statement.canonical",):
        "The key in table `license`; `key` is what the source states.",
    ("license_finding.upstream_license", "license_finding.downstream_license"):
        "Two licenses in one row.",
    ("repository.license", "repository_observation.license"):
        "What GitHub says, an SPDX id; `repository_license` has what the files state.",
    ("scan.code_license", "scan.weights_license"):
        "Licenses of two things in one repository.",
    ("license.family", "license_finding.upstream_family", "license_finding.downstream_family"):
        "A family of licenses; that of models is `moe_family`.",
    ("model.sha", "dataset.sha", "model_observation.sha", "dataset_observation.sha"):
        "The head commit, as hubs call it; on forges `head_commit`. A file's content is "
        "`blob_sha` everywhere.",
    ("model_card.revision", "use_site.revision", "model_history.revision"):
        "A commit or a branch that something was read at or that code asks for.",
    ("model_fields.base_model", "model_fields.paper", "model_fields.repository",
     "model_fields.training_dataset", "model_fields.evaluation_dataset", "model_fields.license"):
        "Columns are the fields of cards by their names, with the words of the card.",
    ("dependency.name", "hyperparameter.name"):
        "A package and a setting: things that have no table of their own.",
}  # fmt: skip
"""Columns → why they are called so."""
