"""The page of a moment that is still being worked out: how far it is, by itself on to the answer, with and without JavaScript.

The folding is frozen at a failpoint until the test lets it go on.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.workers import wait_until

from .conftest import OpenPage, Site, served
from .test_pages_for_everybody import KINDS
from .wcag import flaws_of, is_wider_than_screen

SECONDS_MAX = 60.0
TITLES = {"nl": "Het grootboek per 7 feb 2024 wordt uitgerekend", "en": "The ledger as of 8 Feb 2024 is being worked out"}
RECORDS = re.compile(r"[1-9][\d.,]* (van|of) [1-9][\d.,]* (gegevens doorgenomen|records gone through)")
# No other test here asks about these: a moment that was asked about is kept.
DAYS = {"nl": "2024-02-07", "en": "2024-02-08"}


class Slow:
    """A server whose folding freezes; address: without a slash at the end."""

    def __init__(self, site: Site, address: str) -> None:
        self.address, self._home = address, str(site.home)

    def wait_until_frozen(self) -> None:
        wait_until(lambda: self._frozen() != [], seconds=SECONDS_MAX, what="the folding")

    def go_on(self) -> None:
        for each in self._frozen():
            os.kill(each.pid, signal.SIGCONT)

    def _frozen(self) -> list[psutil.Process]:
        found = []
        for each in psutil.process_iter():
            with suppress(psutil.Error):
                if each.status() == psutil.STATUS_STOPPED and each.environ().get("LEDGER__HOME") == self._home:
                    found.append(each)
        return found


@pytest.fixture
def slow(site: Site) -> Iterator[Slow]:
    with served(site.home, failpoint="rebuild_before_finish:1:stop", as_of__wait_seconds="0") as address:
        made = Slow(site, address)
        try:
            yield made
        finally:
            made.go_on()


def assert_answered(page: Page, day: str) -> None:
    expect(page.locator("[data-working]")).to_have_count(0, timeout=SECONDS_MAX * 1000)
    expect(page.locator("input[name=on]")).to_have_value(day)


def leave(page: Page) -> None:
    """Before the server ends: it would be missed on the console."""
    page.goto("about:blank")


@pytest.mark.parametrize(("scheme", "width", "language"), KINDS)
def test_it_says_how_far_it_is_and_goes_on_to_the_answer_by_itself(open_page: OpenPage, slow: Slow, scheme: str, width: int, language: str) -> None:
    page = open_page("/", scheme=scheme, width=width, language=language)

    answer = page.goto(f"{slow.address}/deletion?on={DAYS[language]}")

    assert answer is not None and answer.status == 202
    heading = page.locator("h1")
    expect(heading).to_contain_text(TITLES[language])
    slow.wait_until_frozen()
    small = page.locator(".working small")
    expect(small).to_have_text(RECORDS, timeout=SECONDS_MAX * 1000)
    percent = page.evaluate("document.querySelector('progress').value")
    assert 0 < percent < 100 and str(percent) in heading.inner_text()
    assert flaws_of(page) == []
    assert not is_wider_than_screen(page)
    assert page.get_attribute("html", "lang") == language

    slow.go_on()

    assert_answered(page, DAYS[language])
    leave(page)


def test_without_javascript_it_does_so_too(open_page: OpenPage, slow: Slow) -> None:
    page = open_page("/", javascript=False)
    page.goto(f"{slow.address}/deletion?on=2024-02-09")
    expect(page.locator(".working progress")).to_have_count(1)
    slow.wait_until_frozen()

    slow.go_on()

    assert_answered(page, "2024-02-09")
    leave(page)


def test_it_does_so_where_htmx_has_asked(open_page: OpenPage, slow: Slow) -> None:
    page = open_page("/")
    page.goto(f"{slow.address}/deletion")
    page.fill("input[name=on]", "2024-02-10")
    page.locator("form.asked button").click()
    expect(page.locator("[data-working] h1")).to_contain_text("10 feb 2024")
    slow.wait_until_frozen()

    slow.go_on()

    assert_answered(page, "2024-02-10")
    expect(page.locator("footer.fresh")).to_contain_text("10 feb 2024")
    leave(page)
