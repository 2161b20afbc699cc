"""PyTorch Hub: names and terms. The page of a model is named by its entry point alone."""

from __future__ import annotations

from miner.pipelines.sources.hubs.profile import HubProfile

PROFILE = HubProfile(
    name="pytorch-hub",
    title="PyTorch Hub",
    home_page="https://pytorch.org/hub",
    terms_url="https://github.com/pytorch/hub/blob/master/CONTRIBUTING.md",
    hourly_requests=60,
)
