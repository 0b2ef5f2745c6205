"""A ledger that was made just now: each page says in words that there is nothing yet, and what to do about it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page

from tests.ledgers import new_home
from tests.workers import wait_until

from .conftest import Site, end_children, ledger, open_link, served
from .wcag import flaws_of, is_wider_than_screen

PAGES = [
    "/", "/sharing", "/sharing/list", "/sharing/shares?month=2018-06", "/deletion", "/deletion/list?state=MET", "/deletion/list?state=COMING",
    "/deletion/gaps", "/deletion/holds?only=all",
    "/duties", "/subject", "/requests", "/requests?only=all", "/breaches", "/disclosures", "/violations",
    "/register", "/policies", "/acts/breach", "/acts/authority", "/acts/answer", "/acts/hold", "/acts/release",
]  # fmt: skip
WITHOUT_DATA = ("/policies/publish", "/health-of-ledger", "/events/0/0")
"""Pages that are of use before anything is held: how one begins, how the ledger does, and the first event, that it began to keep time."""
NOTHING_YET = {"nl": "Er is nog geen beleid gepubliceerd.", "en": "No policy is published yet."}
NOTHING_THEN = {"nl": "Toen was er nog geen beleid gepubliceerd. Kies een latere dag.", "en": "No policy was published by then. Choose a later day."}
NO_WORD = re.compile(r"\b(NaN|None|undefined|null|Infinity)\b|\{\{|\}\}")
MUTE = """() => [...document.querySelectorAll('main table, main ul, main ol, main dl')]
  .filter(each => each.checkVisibility() && ![...each.querySelectorAll('td, tbody th, li, dd')].some(cell => cell.textContent.trim()))
  .map(each => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def empty(browser: Browser) -> Iterator[Site]:
    """A stack that nobody has put anything on, and a server on it."""
    with new_home() as home:
        try:
            ledger(home, "up", "--simulated", "--start", "2024-01-01T00:00:00Z", "--partitions", "2")
            with served(home) as address:
                yield Site(address, home)
        finally:
            end_children(home)


def assert_said(page: Page, path: str, language: str) -> None:
    answer = page.goto(path)
    text = page.inner_text("body")
    assert answer is not None and answer.status == 200, path
    assert page.get_attribute("html", "lang") == language
    assert NO_WORD.findall(text) == [], path
    assert page.evaluate(MUTE) == [], f"{path}: a table or a list of nothing, without a word"
    assert flaws_of(page) == [], path
    assert not is_wider_than_screen(page), path


@pytest.mark.parametrize(("language", "locale", "width"), [("nl", "nl-NL", 1366), ("en", "en-GB", 400)])
def test_each_page_says_that_there_is_nothing_yet_and_how_one_begins(browser: Browser, empty: Site, language: str, locale: str, width: int) -> None:
    with closing(browser.new_context(base_url=empty.address, locale=locale, viewport={"width": width, "height": 900})) as context:
        page, said = context.new_page(), list[str]()
        page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        open_link(page, empty.link("dpo"))

        for path in PAGES:
            assert_said(page, path, language)
            assert NOTHING_YET[language] in page.inner_text(".first"), path
            assert page.locator("main form[method=post]").count() == 0, f"{path}: a form that cannot be sent"
            assert page.locator("main a[href='/policies/publish']").count() == 1, path
        for path in WITHOUT_DATA:
            assert_said(page, path, language)
        page.goto("/")
        page.click(".first a")
        page.wait_for_url("**/policies/publish")
        page.goto("/sharing?on=2023-03-01")
        assert page.inner_text(".first").replace("\xa0", " ") == NOTHING_THEN[language]
        assert said == []


@pytest.mark.parametrize("role", ["auditor", "manager"])
def test_who_cannot_publish_is_told_who_does(browser: Browser, empty: Site, role: str) -> None:
    with closing(browser.new_context(base_url=empty.address, locale="en-GB")) as context:
        page = context.new_page()
        open_link(page, empty.link(role))

        assert_said(page, "/", "en")

        assert "The data protection officer publishes the policy" in page.inner_text(".first")
        assert page.locator("a[href='/policies/publish']").count() == 0


def test_a_page_says_when_nobody_folds_and_when_nothing_was_folded_yet(browser: Browser, empty: Site) -> None:
    with closing(browser.new_context(base_url=empty.address, locale="en-GB")) as context:
        page = context.new_page()
        open_link(page, empty.link("dpo"))
        page.goto("/sharing")
        assert page.inner_text(".banner.bad").startswith("No worker runs now") and page.locator(".banner.bad").is_visible()
        assert "nothing processed yet" in page.inner_text("footer") and "1970" not in page.inner_text("body")
        assert flaws_of(page) == []

        with (empty.home / "work.err").open("w") as errors:
            worker = subprocess.Popen([sys.executable, "-m", "ledger", "work"], env=os.environ | {"LEDGER__HOME": str(empty.home)}, stderr=errors)
        try:
            wait_until(lambda: page.reload() is not None and page.locator(".banner.bad").count() == 0, seconds=60, what="a page without the banner")
            wait_until(lambda: page.reload() is not None and "1\xa0Jan\xa02024" in page.inner_text("footer"), seconds=60, what="a time")
        finally:
            worker.terminate()
            worker.wait(30)
