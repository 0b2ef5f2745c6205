"""The pages on what is there and on sharing, as people use them."""

from __future__ import annotations

import pytest

from .conftest import OpenPage, flaws_of, is_wider_than_screen

PAGES = ["/"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1366, "nl"), ("dark", 400, "en")])
def test_the_page_meets_wcag_and_fits_the_screen(open_page: OpenPage, path: str, scheme: str, width: int, language: str) -> None:
    page = open_page(path, scheme=scheme, width=width, language=language)

    assert flaws_of(page) == []
    assert not is_wider_than_screen(page)
    assert page.get_attribute("html", "lang") == language


def test_who_gets_what_is_there_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/sharing", javascript=False)

    page.select_option("select[name=controller]", "webhoster")
    page.click("form.asked button")

    assert "controller=webhoster" in page.url
    assert "verisign" in page.inner_text("#recipients")
