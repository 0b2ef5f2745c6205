"""A telephone and a sheet of paper: no value of a list is off the screen, each stands after its column's name, and nothing is wider than A4."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from .conftest import OpenPage, Site
from .keys import tab_to
from .people import look_at, one_person
from .wcag import flaws_of, is_wider_than_screen

TELEPHONE = 390
SMALL, FIRST_SCREEN = 360, 640
"""A small telephone: its width, and what is seen of a page at once."""
SHEET = 703
"""A4 within its margins of 12 mm, in CSS pixels."""
SHEETS_MAX = 6
"""Of /deletion of ten customers, everything on it opened."""
LISTS = [
    "/", "/sharing", "/sharing/list", "/sharing/shares?month=2018-06", "/deletion", "/deletion/list?state=MET", "/deletion/gaps",
    "/deletion/holds?only=all",
    "/duties", "/requests?only=all", "/disclosures", "/violations", "/policies", "/register", "/health-of-ledger",
]  # fmt: skip
CUT = """() => [...document.querySelectorAll('main .list > tbody > tr > *')].filter(each => each.checkVisibility()).filter(each => {
  const box = each.getBoundingClientRect();
  return box.right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1;
}).map(each => each.outerHTML.slice(0, 160))"""
NAMELESS = """() => [...document.querySelectorAll('main .list > tbody > tr > td:not([colspan], :empty)')].filter(each => each.checkVisibility())
  .filter(each => !each.dataset.label || getComputedStyle(each, '::before').content.indexOf(each.dataset.label) < 0)
  .map(each => each.outerHTML.slice(0, 160))"""
BEYOND = """() => [...document.querySelectorAll('main *')].filter(each => each.checkVisibility() && !each.closest('.visually-hidden'))
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 160))"""


def assert_whole(page: Page) -> None:
    assert not is_wider_than_screen(page)
    assert page.evaluate(CUT) == []
    assert page.evaluate(NAMELESS) == []


def on_paper(page: Page) -> None:
    page.set_viewport_size({"width": SHEET, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def sheets(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4")))


def test_no_value_of_a_list_is_off_the_screen_of_a_telephone(open_page: OpenPage, site: Site) -> None:
    page, seen = open_page("/", width=TELEPHONE), 0

    for path in LISTS:
        page.goto(path)
        assert_whole(page)
        seen += page.locator("main .list td[data-label]").count()
    assert seen > 100, "there was something to look at"
    page.goto("/subject")
    look_at(page, *one_person(site))
    assert_whole(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_telephone_shows_where_one_is_and_the_whole_menu_when_opened(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/deletion", width=TELEPHONE, javascript=javascript)
    name = page.locator(".menu [aria-current]").text_content()

    summary = page.locator(".ways summary")
    assert name is not None and name in summary.inner_text()
    assert not page.locator(".menu").is_visible(), "one of the two"
    summary.click()

    ways = page.locator(".ways a")
    assert ways.all_text_contents() == page.locator(".menu a").all_text_contents()
    for way in ways.all():
        box = way.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= TELEPHONE
    ways.filter(has_text=re.compile("^Delen$")).click()
    page.wait_for_url("**/sharing")


FILTERED = {
    "/sharing/list?holder=Mailer&undated=true": ["Mailer", "alleen zonder einddatum"],
    "/sharing/shares?month=2018-06&country=NL": ["2018-06", "Nederland"],
    "/deletion/list?state=MET": ["gedaan"],
    "/deletion/holds?only=all": ["alle"],
    "/duties?state=MET": ["gedaan"],
}
"""List with something chosen -> what its closed form says of it, in Dutch."""


@pytest.mark.parametrize("path", FILTERED)
@pytest.mark.parametrize("javascript", [True, False])
def test_a_telephone_shows_the_list_first_and_what_it_is_narrowed_to(open_page: OpenPage, path: str, javascript: bool) -> None:
    page = open_page(path, width=SMALL, javascript=javascript)
    summary, form = page.locator("main .narrowing > summary"), page.locator("main .narrowing form")
    assert not form.is_visible()
    assert all(each.lower() in summary.inner_text().lower() for each in FILTERED[path]), summary.inner_text()
    top = page.locator("main section.card").first.bounding_box()
    assert top is not None and top["y"] < FIRST_SCREEN

    tab_to(page, ".narrowing > summary")
    page.keyboard.press("Enter")

    form.wait_for(state="visible")
    assert not is_wider_than_screen(page)
    if javascript:
        assert flaws_of(page) == []
    with page.expect_navigation() as gone:
        form.locator("button").click()
    assert gone.value.status == 200


@pytest.mark.parametrize("path", FILTERED)
def test_a_wide_screen_shows_the_form_of_a_list_at_once(open_page: OpenPage, path: str) -> None:
    page = open_page(path, javascript=False)

    assert page.locator("main .narrowing form button").is_visible() and not page.locator("main .narrowing > summary").is_visible()
    tab_to(page, ".narrowing form button")


def test_a_telephone_prints_what_a_list_is_narrowed_to_once(open_page: OpenPage) -> None:
    page = open_page("/duties?state=MET", width=SMALL)
    page.emulate_media(media="print")

    assert not page.locator("main .narrowing > summary").is_visible() and page.locator("main .narrowing select[name=state]").is_visible()


def test_on_paper_nothing_is_wider_than_the_sheet(open_page: OpenPage) -> None:
    page = open_page("/")
    on_paper(page)

    for path in LISTS:
        page.goto(path)
        assert not is_wider_than_screen(page)
        assert page.evaluate(BEYOND) == []
        assert not page.locator(".menu, .ways, button").first.is_visible()


def test_the_first_sheet_is_filled_and_deletion_takes_few(open_page: OpenPage) -> None:
    page = open_page("/deletion")
    on_paper(page)
    assert sheets(page) <= SHEETS_MAX

    for path in ("/register", "/sharing/list"):
        page.goto(path)
        held = page.locator(".card").first.evaluate("card => getComputedStyle(card).breakInside")
        assert held == "auto", "a long card begins on the sheet where it stands"


def test_broken_promises_stand_first_and_the_others_open_from_their_number(open_page: OpenPage) -> None:
    page = open_page("/violations")
    kept = page.locator("#kept")
    numbers = page.locator("#broken .list td:nth-child(4)").all_inner_texts()
    assert numbers and "0" not in numbers
    assert not kept.is_visible()
    count = page.locator(".figure a[href='#kept']").inner_text()
    assert count in page.locator("details.long summary").inner_text()

    page.click(".figure a[href='#kept']")

    kept.wait_for(state="visible")
    assert set(page.locator("#kept .list td:nth-child(4)").all_inner_texts()) == {"0"}
    assert len(page.locator("#kept .list tbody tr").all()) == int(count)
