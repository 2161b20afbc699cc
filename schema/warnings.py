"""Known hazards of the data, by key. They are printed with the results they touch."""

from __future__ import annotations

WARNINGS: dict[str, str] = {
    "created_at_floor": (
        "createdAt has a floor at 2022-03-02T23:29:04Z: models older than that show this date."
    ),
    "downloads_30_days": "downloads are those of the 30 days before the observation, not all time.",
    "storage_unlisted": (
        "The Hub's listing does not give used storage: it is known of models that were asked for "
        "one by one, as of then. Null is not zero."
    ),
    "cards_not_fetched": (
        "Cards of models below --min-downloads were not fetched: not fetched is not undocumented."
    ),
    "history_not_fetched": (
        "History and discussions were asked for of some models only, those that model_history "
        "names: no row of another model is not none."
    ),
    "private_unseen": "Private models and repositories are not seen.",
    "first_seen_is_not_first_used": "The date of a first sight is no date of a first use.",
    "dated_by_sweep": (
        "A change carries the date of the answer that showed it; it happened between that and the "
        "sight before."
    ),
    "declared_only": "As declared by the owner; nobody checked it.",
    "relation_inferred": (
        "Where neither card nor tag says how a model derives from its base, the relation is "
        "inferred from files and tags, or unknown."
    ),
    "names_unresolved": (
        "Names that match no model or dataset held are kept as written and counted separately."
    ),
    "tags_by_hub": "Tags are partly written by the hub itself, partly by the owner.",
    "dates_missing": "Some records carry no date; they are counted, not placed in time.",
    "search_is_partial": (
        "GitHub's code search sees default branches, files below 384 KB, and of forks only those "
        "with more stars than their parent; a search with too many results is cut, which "
        "search_bin says. A repository that was not found is not one without models."
    ),
    "issues_that_name_models": (
        "Of the issues and pull requests that were read, only those are stored that name a model "
        "or a library that loads models, and of PeaTMOSS all; issue_listing says how many were "
        "read. Repositories without a row there were not asked."
    ),
    "not_legal_advice": (
        "Verdicts follow written rules on what is stated. They are no legal advice."
    ),
    "papers_cited": "A paper that a card cites is not one that the model implements.",
}
