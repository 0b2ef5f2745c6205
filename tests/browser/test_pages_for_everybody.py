"""What holds for each page: WCAG 2.2 AA, both languages, light and dark, a telephone's width, a clean console (at the end of each test)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .conftest import OpenPage, Site, flaws_of, is_wider_than_screen
from .people import look_at, one_person, own_view

PAGES = ["/", "/sharing", "/deletion", "/deletion/list?state=MET", "/subject", "/events/0/0"]
KINDS = [("light", 1366, "nl"), ("dark", 400, "en")]


def assert_good(page: Page, language: str) -> None:
    assert flaws_of(page) == []
    assert not is_wider_than_screen(page)
    assert page.get_attribute("html", "lang") == language


@pytest.mark.parametrize(("scheme", "width", "language"), KINDS)
def test_each_page_meets_wcag_and_fits_the_screen(open_page: OpenPage, scheme: str, width: int, language: str) -> None:
    page = open_page(PAGES[0], scheme=scheme, width=width, language=language)

    for path in PAGES:
        page.goto(path)
        assert_good(page, language)


@pytest.mark.parametrize(("scheme", "width", "language"), KINDS)
def test_the_pages_on_a_person_do_so_too(open_page: OpenPage, site: Site, scheme: str, width: int, language: str) -> None:
    page = open_page("/subject", scheme=scheme, width=width, language=language)
    look_at(page, *one_person(site))
    assert_good(page, language)

    own = open_page("/my-data", role="subject", options=own_view(site), scheme=scheme, width=width, language=language)
    assert_good(own, language)
