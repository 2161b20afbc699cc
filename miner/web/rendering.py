"""Templates: what they can call, and how the text of strangers stays text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from miner.errors import ConfigurationError
from miner.terminal import printable
from miner.web import cells


def environment(folders: Sequence[Path], **own: Any) -> Callable[..., str]:
    """Return a function that renders a template by its name.

    Args:
        folders: Where templates lie.
        own: What they can call besides.

    Raises:
        ConfigurationError: Jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigurationError(
            "pages need jinja2, which is not installed", next_step="pip install 'miner[web]'"
        ) from error
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        finalize=_visible, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    templates.globals.update(
        cell=cells.cell, columns_of=cells.columns_of, evidence_of=cells.evidence_of,
        link_to=cells.link_to, is_address=cells.is_address,
    )  # fmt: skip
    templates.globals.update(own)
    templates.filters.update(prose=cells.prose, shown=cells.shown, words=cells.in_words)

    def render(template: str, **context: Any) -> str:
        return templates.get_template(template).render(**context)

    return render


def _visible(value: Any) -> Any:
    """Escape what would turn or steer the text around it; autoescape does the markup."""
    return printable(value, keep="\n\r\t") if type(value) is str else value
