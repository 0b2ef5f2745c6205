"""What holds for each page: WCAG 2.2 AA, both languages, light and dark, a telephone's width, on paper, a clean console (at the end of each test)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from ledger.web.roles import Role

from .conftest import OpenPage, Site
from .every_page import PAGES, pages_of
from .people import look_at, one_person, one_who_is_held, own_view
from .wcag import flaws_of, is_wider_than_screen

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


@pytest.mark.parametrize(("role", "kind"), [(Role.MANAGER, 0), (Role.AUDITOR, 1), (Role.OPERATOR, 0), (Role.OPERATOR, 1)])
def test_so_does_each_page_of_another_role(open_page: OpenPage, role: Role, kind: int) -> None:
    """With less on it than an officer's."""
    scheme, width, language = KINDS[kind]
    page = open_page("/sign-in", role=role, scheme=scheme, width=width, language=language)

    for path in pages_of(role):
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        assert_good(page, language)


def test_what_is_closed_too_light_or_not_to_be_judged_is_found(open_page: OpenPage) -> None:
    """The look itself: a flaw where axe alone does not look. And the page is left as it was."""
    page = open_page("/deletion")
    before = page.inner_html("main")
    assert flaws_of(page) == [] and page.inner_html("main") == before

    page.evaluate("document.querySelector('main details:not([open])').append(new Image())")
    page.evaluate("document.querySelector('svg.heat text').style.fill = 'rgb(200, 200, 200)'")
    page.evaluate("document.querySelector('main .lead').style.backgroundImage = 'linear-gradient(white, black)'")

    found = "\n".join(flaws_of(page))
    assert "image-alt" in found and "a text in a drawing" in found and "color-contrast (incomplete)" in found


@pytest.mark.parametrize(("scheme", "width", "language"), KINDS)
def test_the_pages_on_a_person_do_so_too(open_page: OpenPage, site: Site, scheme: str, width: int, language: str) -> None:
    page = open_page("/subject", scheme=scheme, width=width, language=language)
    for person in (one_person(site), one_who_is_held(site)):
        page.goto("/subject")
        look_at(page, *person)
        assert_good(page, language)

    own = open_page("/my-data", role="subject", options=own_view(site), scheme=scheme, width=width, language=language)
    assert_good(own, language)


@pytest.mark.parametrize(("scheme", "width", "language"), KINDS)
def test_the_page_of_a_problem_does_so_too(open_page: OpenPage, scheme: str, width: int, language: str) -> None:
    page = open_page("/acts/nothing", scheme=scheme, width=width, language=language, expects="404")

    assert page.locator(".lead").count() == 1
    assert_good(page, language)


def test_tables_that_are_closed_on_the_screen_stand_on_paper(open_page: OpenPage) -> None:
    page = open_page("/deletion")
    closed = page.locator("details.more:not([open]) table")
    sizes = "tables => tables.map(each => each.checkVisibility({contentVisibilityAuto: true}) && each.getBoundingClientRect().height > 0)"
    assert closed.count() > 0 and not any(closed.evaluate_all(sizes))

    page.emulate_media(media="print")

    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")  # shown from the next frame on
    assert all(closed.evaluate_all(sizes))
    cut = "all => all.filter(each => each.scrollHeight > each.clientHeight + 1).length"
    assert page.locator(".scroll.tall").evaluate_all(cut) == 0, "no line is left out"
    page.goto("/deletion/list?state=MET")
    assert not page.locator(".evidence:not([open]) :not(summary)").first.is_visible(), "events that nobody opened are not printed"


def test_the_other_language_shows_the_same_numbers_after_htmx_went_on(open_page: OpenPage) -> None:
    page = open_page("/deletion")
    page.fill("input[name=on]", "2024-03-01")
    page.locator("form.asked button").click()
    page.wait_for_url("**on=2024-03-01*")

    page.locator(".who a").click()

    page.wait_for_url("**lang=en*")
    assert page.get_attribute("html", "lang") == "en"
    assert page.input_value("input[name=on]") == "2024-03-01"
