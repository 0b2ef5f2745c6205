"""What every page must do, whichever it is: work without JavaScript, fit narrow and wide screens, and say in words what a chart draws."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .conftest import OpenPage, Site
from .every_page import OWN, PAGES
from .people import look_at, one_who_is_held, own_view
from .wcag import is_wider_than_screen

BEYOND = """() => [...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.outerHTML.slice(0, 80)).slice(0, 3)"""
CHARTS = "main svg:is([role=img], [role=group])"
UNSAID = """charts => charts.flatMap(chart => {
  const said = [...(chart.closest('.card') ?? chart).querySelectorAll('td, b, dd')].map(each => each.textContent.trim());
  const marks = [...chart.querySelectorAll('title')].map(each => each.textContent.match(/: ([0-9.,]+)$/)?.[1]);
  const drawn = marks.filter(number => number && number !== '0');
  const times = (number, all) => all.filter(each => each === number).length;
  if (drawn.length === 0) return ['nothing is drawn'];
  return [...new Set(drawn)].filter(number => times(number, said) < times(number, drawn));
})"""
"""Numbers that a chart draws (each of its marks has a title that ends in one) more often than they stand in a table or list of the same card."""


def assert_works(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None and answer.status == 200, path
    assert page.locator("h1").count() == 1 and page.inner_text("h1").strip(), path
    for number in range(page.locator("main form[method=get], main form:not([method])").count()):
        with page.expect_navigation() as gone:
            page.locator("main form[method=get], main form:not([method])").nth(number).locator("button:not([type=button])").first.click()
        assert gone.value.status == 200, f"{path}: form {number}"
        assert page.locator("h1").count() == 1, f"{path}: form {number}"
        page.goto(path)


@pytest.mark.parametrize("path", PAGES)
def test_it_works_without_javascript(open_page: OpenPage, path: str) -> None:
    assert_works(open_page("/sign-in", javascript=False), path)


def test_the_page_of_a_person_works_without_javascript(open_page: OpenPage, site: Site) -> None:
    assert_works(open_page(OWN, role="subject", options=own_view(site), javascript=False), OWN)


@pytest.mark.parametrize("width", [320, 1920])
def test_it_does_not_scroll_sideways(open_page: OpenPage, width: int) -> None:
    """320: what is left of 1280 px at 400 % (WCAG 2.2, 1.4.10)."""
    page = open_page("/", width=width)

    wide = []
    for path in PAGES:
        page.goto(path)
        wide += [(path, page.evaluate(BEYOND))] if is_wider_than_screen(page) else []
    assert wide == []


def test_beside_each_chart_stand_its_numbers(open_page: OpenPage) -> None:
    page = open_page("/")

    unsaid, charts = {}, 0
    for path in PAGES:
        page.goto(path)
        charts += page.locator(CHARTS).count()
        if found := page.locator(CHARTS).evaluate_all(UNSAID):
            unsaid[path] = found
    assert unsaid == {}
    assert charts > 1, "there was something to look at"


def test_beside_the_picture_of_a_person_stand_its_numbers(open_page: OpenPage, site: Site) -> None:
    person = open_page("/subject")
    look_at(person, *one_who_is_held(site))
    own = open_page(OWN, role="subject", options=own_view(site, one_who_is_held(site)))

    for page in (person, own):
        assert page.locator(CHARTS).count() == 1
        assert page.locator(CHARTS).evaluate_all(UNSAID) == []
