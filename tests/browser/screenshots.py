"""Makes the pictures of the README: `python -m tests.browser.screenshots`, with LEDGER__HOME on a ledger that is served at the address given.

Example: LEDGER__HOME=.ledger/demo python -m tests.browser.screenshots http://127.0.0.1:8480
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import Site, chromium, open_link

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PAGES = {"sharing": ("/sharing", 1390), "deletion": ("/deletion", 1165), "health": ("/health-of-ledger", 1180)}
"""Name -> address, and so many pixels of it that it ends behind a card."""
WIDTH, BYTES_MAX = 1366, 300_000


def main(address: str) -> None:
    """Sign in, open each page, keep what is seen of it."""
    site = Site(address, Path(os.environ["LEDGER__HOME"]))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": WIDTH, "height": 1180}, locale="en-GB")
        page = context.new_page()
        open_link(page, site.link("dpo"))
        for name, (path, height) in PAGES.items():
            page.set_viewport_size({"width": WIDTH, "height": height})
            page.goto(address + path)
            taken = page.screenshot(path=FOLDER / f"{name}.png")
            assert len(taken) < BYTES_MAX, f"{name}.png is too large: {len(taken)} bytes"
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
