"""The Hugging Face Hub: names, pages, terms."""

from __future__ import annotations

from collections.abc import Sequence

from miner.pipelines.sources.hubs.profile import HubProfile

_OTHER_SUBJECTS = frozenset({"datasets", "spaces", "papers", "collections"})
_PAGES = frozenset({"tree", "blob", "raw", "resolve", "commit", "commits", "discussions"})


def name_in_path(words: Sequence[str]) -> str | None:
    """Return the model that a page's path names: ``owner/name``, or a legacy name without owner."""
    if list(words[:2]) == ["api", "models"]:
        words = words[2:]
    if not words or words[0] in _OTHER_SUBJECTS:
        return None
    is_legacy = len(words) == 1 or words[1] in _PAGES
    return words[0] if is_legacy else "/".join(words[:2])


PROFILE = HubProfile(
    name="huggingface",
    title="Hugging Face Hub",
    home_page="https://huggingface.co",
    terms_url="https://huggingface.co/terms-of-service",
    hourly_requests=6_000,
    model_page="https://huggingface.co/{name}",
    revision_page="https://huggingface.co/{name}/tree/{revision}",
    file_page="https://huggingface.co/{name}/blob/{revision}/{path}",
    dataset_page="https://huggingface.co/datasets/{name}",
    purl_type="huggingface",
    page_hosts=frozenset({"huggingface.co", "www.huggingface.co", "hf.co"}),
    endpoint_variable="HF_ENDPOINT",
    endpoint=lambda settings: settings.hf_endpoint,
    name_in_path=name_in_path,
    has_owners=True,
)
