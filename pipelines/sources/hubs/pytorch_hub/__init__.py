"""PyTorch Hub: pages in pytorch/hub, entry points in the repositories that they name."""
