"""What holds for each page, of those that answer a form: WCAG 2.2 AA, narrow and wide, light and dark, both languages, also without JavaScript."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from .conftest import OpenPage, Site
from .every_answer import ANSWERS, Answer
from .wcag import flaws_of, is_wider_than_screen

REFUSALS = ("403", "404")
"""What the browser says on its console about a page with such a status."""


def come_to(page: Page, site: Site, route: str, answer: Answer) -> None:
    """Go through the form, and be sure that what is seen then is its answer."""
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response) if response.request.is_navigation_request() else None)
    answer.come(page, site)
    page.wait_for_load_state()
    last = answers[-1]
    assert (last.request.method, last.status) == ("POST", answer.status)
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), urlsplit(last.url).path)
    assert page.locator(answer.shows).first.is_visible()
    assert page.locator("h1").count() == 1 and page.inner_text("h1").strip()


@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1366, "nl"), ("dark", 320, "en")])
@pytest.mark.parametrize("route", ANSWERS)
def test_it_meets_wcag_and_fits_the_screen(open_page: OpenPage, site: Site, route: str, scheme: str, width: int, language: str) -> None:
    flaws = {}
    for name, answer in ANSWERS[route].items():
        page = open_page("/sign-in", scheme=scheme, width=width, language=language, expects=REFUSALS)
        come_to(page, site, route, answer)
        found = flaws_of(page) + (["scrolls sideways"] if is_wider_than_screen(page) else [])
        if found:
            flaws[name] = found
        assert page.get_attribute("html", "lang") == language
        page.close()
    assert flaws == {}


@pytest.mark.parametrize("route", ANSWERS)
def test_it_comes_without_javascript(open_page: OpenPage, site: Site, route: str) -> None:
    """Without axe: that is a script."""
    for answer in ANSWERS[route].values():
        page = open_page("/sign-in", javascript=False, expects=REFUSALS)
        come_to(page, site, route, answer)
        page.close()
