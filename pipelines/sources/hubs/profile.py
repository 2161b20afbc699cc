"""What is true of a hub whether it is asked or not: names, pages, terms. Light to import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from miner.settings import Settings


@dataclass(frozen=True, slots=True)
class HubProfile:
    """A hub's description of itself; ``profile.py`` of its folder holds it as ``PROFILE``.

    Attributes:
        name: Short name, used in every result: the folder's, with hyphens.
        title: Name as people write it.
        home_page: Where it is.
        terms_url: Terms under which its metadata is read.
        hourly_requests: What it grants an hour without a token, as documented. For planning: the
            headers of the answers rule.
        metadata_license: SPDX id of the license of its metadata, None where it states none.
        model_page: Address of a model, with ``{name}``; None where no pattern gives it, and the
            facts themselves do (``EntryPoint``).
        revision_page: Address of a revision of a model, with ``{name}`` and ``{revision}``.
        file_page: Address of a file in a revision, with ``{name}``, ``{revision}``, ``{path}``.
        dataset_page: Address of a dataset, with ``{name}``.
        purl_type: Type of the package URLs of its models, None where none is registered.
        page_hosts: Hosts of its pages.
        endpoint_variable: Environment variable with that address; empty: none.
        endpoint: Address of its API as the settings say; empty where it has none of its own.
        name_in_path: The model that a page's path names, by its words; None where it names none.
        has_owners: Models are named ``owner/name``, by their owner's login.
        is_default: Whether a crawl of all hubs includes it.
    """

    name: str
    title: str
    home_page: str
    terms_url: str
    hourly_requests: int
    metadata_license: str | None = None
    model_page: str | None = None
    revision_page: str | None = None
    file_page: str | None = None
    dataset_page: str | None = None
    purl_type: str | None = None
    page_hosts: frozenset[str] = frozenset()
    endpoint_variable: str = ""
    endpoint: Callable[[Settings], str] = lambda settings: ""
    name_in_path: Callable[[Sequence[str]], str | None] = lambda words: None
    has_owners: bool = False
    is_default: bool = True

    def page(self, subject: str, name: str) -> str:
        """Return the page of a model or dataset, empty where no pattern gives it.

        Args:
            subject: ``model`` or ``dataset``.
            name: Its name.
        """
        pattern = self.model_page if subject == "model" else self.dataset_page
        return pattern.replace("{name}", quote(name, safe="/")) if pattern else ""

    def hosts(self, settings: Settings) -> frozenset[str]:
        """Return the hosts whose addresses name its models: its own, and a mirror's."""
        return self.page_hosts | {urlsplit(self.endpoint(settings)).netloc} - {""}

    def owner_of(self, name: str) -> str:
        """Return the owner in a model's name, empty where it names none."""
        owner, slash, _ = name.partition("/")
        return owner if slash and self.has_owners else ""


PROFILE_COLUMNS = (
    "name", "title", "home_page", "terms_url", "metadata_license", "model_page", "revision_page",
    "file_page",
)  # fmt: skip
"""Attributes of a profile that stand in the hub's row of the store."""
