"""Pictures in the colors of the page around them: light, or dark where the reader prefers it."""

from __future__ import annotations

import re

_DARK = {
    "white": "#1e2329", "#222222": "#e6e9ed", "#555555": "#a3acb6", "#e6e6e6": "#363d46",
    "#888888": "#7d8792", "#000000": "#ffffff", "#0b4f8a": "#4f9fe0", "#6a3d9a": "#b295e6",
    "#4d4d4d": "#c2c8cf", "#dcdcdc": "#454d57", "#bdbdbd": "#6b747e", "#cfe3f3": "#2b4a66",
    "#999999": "#8b949e", "#bbbbbb": "#6b747e",
}  # fmt: skip
"""Colors of ``look`` that a dark page needs otherwise; the others serve on both."""

_ROOT = re.compile(r"<svg [^>]*>")
_BOX = re.compile(r'viewBox="-?[0-9.]+ 0 ([0-9.]+) ([0-9.]+)"')
_SIZE = re.compile(r' (?:width|height)="[0-9.]+"')
_EDGE = 0.03  # of the width: a reader's font may be wider than the one that was measured


def themed(svg: str) -> str:
    """Return a picture that scales, with the colors of light and of dark pages.

    Its elements name colors in attributes, which any style of the picture's own goes before.
    """
    rules = "".join(
        f'[{attribute}="{light}"]{{{attribute}:{dark}}}'
        for light, dark in _DARK.items()
        for attribute in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    width, height = size_of(svg)
    edge = round(width * _EDGE)
    box = f'viewBox="{-edge} 0 {width + 2 * edge:g} {height:g}"'

    def root(match: re.Match[str]) -> str:
        return _SIZE.sub("", _BOX.sub(box, match[0])) + style

    return _ROOT.sub(root, svg, count=1)


def size_of(svg: str) -> tuple[float, float]:
    """Return width and height of a picture in pixels, as it was laid out."""
    match = _BOX.search(svg)
    return (float(match[1]), float(match[2])) if match else (0.0, 0.0)
