"""The page on deletion: numbers that add up to the lists behind them; persons only for those who may see them."""

from __future__ import annotations

import re

from .conftest import OpenPage, Site


def number_in(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_each_number_is_how_many_its_list_has(open_page: OpenPage) -> None:
    page = open_page("/deletion", javascript=False)
    figures = {each.get_attribute("href"): number_in(each.inner_text()) for each in page.locator(".figure a").all()}
    months = {each.get_attribute("href"): number_in(each.locator("b").inner_text()) for each in page.locator(".months a").all()}
    assert figures
    assert months

    for address, number in (figures | months).items():
        page.goto(str(address))
        assert number_in(page.locator(".heading .lead").inner_text().split("·")[1]) == number, address


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
