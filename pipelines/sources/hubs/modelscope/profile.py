"""ModelScope: names, pages, terms."""

from __future__ import annotations

from collections.abc import Sequence

from miner.pipelines.sources.hubs.profile import HubProfile

ENDPOINT, TOKEN = "MODELSCOPE_ENDPOINT", "MODELSCOPE_API_TOKEN"
"""Variables that ModelScope's own client reads too."""

HOME = "https://modelscope.cn"


def name_in_path(words: Sequence[str]) -> str | None:
    """Return the model that a page's path names: ``models/owner/name``."""
    return "/".join(words[1:3]) if len(words) >= 3 and words[0] == "models" else None


PROFILE = HubProfile(
    name="modelscope",
    title="ModelScope",
    home_page=HOME,
    terms_url="https://modelscope.cn/protocol",
    hourly_requests=1_000,  # a guess: no number is documented
    model_page="https://modelscope.cn/models/{name}",
    revision_page="https://modelscope.cn/models/{name}/files?at={revision}",
    file_page="https://modelscope.cn/models/{name}/file/view/master/{path}?at={revision}",
    dataset_page="https://modelscope.cn/datasets/{name}",
    page_hosts=frozenset({"modelscope.cn", "www.modelscope.cn"}),
    endpoint_variable=ENDPOINT,
    endpoint=lambda settings: settings.service(ENDPOINT, HOME),
    name_in_path=name_in_path,
    has_owners=True,
    is_default=False,  # until its wire was seen: see ``hub.py``
)
