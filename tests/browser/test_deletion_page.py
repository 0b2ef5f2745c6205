"""The page on deletion: numbers that add up to the lists behind them; persons only for those who may see them."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from .conftest import OpenPage, Site


def number_in(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def rows_behind(page: Page, address: str) -> int:
    """How many lines a list has, over all its pages."""
    page.goto(address)
    found = page.locator("tbody tr:has(th)").count()
    while page.locator(".pages a", has_text="Volgende").count():
        page.locator(".pages a", has_text="Volgende").click()
        found += page.locator("tbody tr:has(th)").count()
    return found


def test_each_number_is_how_many_its_list_has(open_page: OpenPage) -> None:
    page = open_page("/deletion", javascript=False)
    numbers: dict[str, int] = {}
    for links in (".figure a", ".months a b", "#unsettled td a", "#gaps td a", ".bars td a"):
        found = {str(each.evaluate("e => e.closest('a').getAttribute('href')")): number_in(each.inner_text()) for each in page.locator(links).all()}
        assert found, links
        numbers |= dict(sorted(found.items())[:6])

    for address, number in numbers.items():
        assert rows_behind(page, address) == number, address


def test_what_is_late_is_what_the_command_line_says(open_page: OpenPage, site: Site) -> None:
    late = [each for each in site.json("obligations", "--state", "overdue", "--limit", "1000")["obligations"] if each["kind"] == "ERASE"]

    page = open_page("/deletion/list?state=OVERDUE")

    assert page.locator("tbody tr:has(.tag.bad)").count() == len(late) > 0


def test_management_sees_numbers_and_no_persons(open_page: OpenPage) -> None:
    page = open_page("/deletion/list?state=MET", role="manager")

    assert page.locator("tbody tr").count() > 0
    assert "subj-" not in page.content()
    assert page.locator("form[action='/subject']").count() == 0
    assert "/subject" not in page.locator(".menu").inner_html()


def test_from_a_line_to_the_person(open_page: OpenPage) -> None:
    page = open_page("/deletion/list?state=MET", javascript=False)
    page.goto("/deletion/list?state=OVERDUE")

    page.locator("td form button").first.click()

    assert page.locator("main input[name=subject_ref]").input_value() != ""
    page.wait_for_url("**/subject")
