"""A real Chromium, for tests of pages: what it complains of, asks for, and cuts off."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")

_CUT = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`page: ${root.scrollWidth} px of ${innerWidth}`);
  for (const part of document.querySelectorAll("body *")) {
    const style = getComputedStyle(part);
    const hides = ["hidden", "clip"].includes(style.overflowX) || style.textOverflow === "ellipsis";
    if (hides && part.scrollWidth > part.clientWidth + 1 && part.clientWidth)
      found.push(`${part.tagName}.${part.className}: ${part.textContent.slice(0, 40)}`);
  }
  for (const image of document.images) {
    image.loading = "eager";
    if (image.complete && !image.naturalWidth) found.push(`image ${image.src}`);
  }
  return found;
}"""
_CUT_OF_PICTURE = """() => {
  const box = document.documentElement.getBoundingClientRect();
  return [...document.querySelectorAll("text")].filter((text) => {
    const place = text.getBoundingClientRect();
    return place.width && (place.left < box.left - 1 || place.right > box.right + 1
      || place.top < box.top - 1 || place.bottom > box.bottom + 1);
  }).map((text) => text.textContent);
}"""


def find_chromium() -> str | None:
    """Return the program, None where there is none, or nothing to drive it."""
    if find_spec("playwright") is None:
        return None
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browsing() -> Iterator[Browser]:
    """Yield a running Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - need not be there

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A window that keeps what went wrong in it.

    Attributes:
        page: The window.
        host: The only host that it may ask; empty: files alone.
        complaints: What the browser said, and what it asked of other hosts.
    """

    page: Page
    host: str
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str) -> list[str]:
        """Return what is wrong with a page: complaints, and what is cut off."""
        self.complaints.clear()
        self.page.goto(address, wait_until="load")
        return [f"{address}: {text}" for text in [*self.complaints, *self.page.evaluate(_CUT)]]

    def open_picture(self, address: str) -> list[str]:
        """Return the words of an SVG that its edges cut."""
        self.page.goto(address, wait_until="load")
        return [f"{address}: {text!r} is cut" for text in self.page.evaluate(_CUT_OF_PICTURE)]

    def inaccessible(self) -> list[str]:
        """Return the serious findings of axe-core on the page."""
        from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped] # noqa: PLC0415
            Axe,  # has no types
        )

        findings: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{self.page.url}: {finding['id']}: {finding['nodes'][0]['html'][:120]}"
            for finding in findings
            if finding["impact"] in {"serious", "critical"}
        ]


@contextmanager
def window(browser: Browser, width: int, scheme: Any, host: str = "") -> Iterator[Visit]:
    """Yield a window of a width, in light or dark colors."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    visit = Visit(context.new_page(), host)

    def asked(request: Any) -> None:
        place = urlsplit(request.url)
        if place.scheme not in {"data", "file"} and place.netloc != host:
            visit.complaints.append(f"asks {request.url}")

    visit.page.on("request", asked)
    visit.page.on("console", lambda message: visit.complaints.append(message.text)
                  if message.type in {"error", "warning"} else None)  # fmt: skip
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("requestfailed", lambda request: visit.complaints.append(f"no {request.url}"))
    try:
        yield visit
    finally:
        context.close()
