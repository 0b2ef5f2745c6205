"""The pages on what there is and on sharing, as people use them."""

from __future__ import annotations

from .conftest import OpenPage


def test_who_gets_what_is_there_without_javascript_and_can_be_narrowed(open_page: OpenPage) -> None:
    page = open_page("/sharing", javascript=False)

    page.select_option("select[name=controller]", "webhoster")
    page.select_option("select[name=role]", "registrar")
    page.click("form.asked button")

    page.wait_for_url("**controller=webhoster**")
    assert page.locator(".recipient .name").all_inner_texts() == ["registrar-one\nregistrar"]


def test_a_number_leads_to_what_is_behind_it(open_page: OpenPage) -> None:
    page = open_page("/sharing")

    row = page.locator("table.bars tr", has_text="registrar").filter(has_text="registrar").first
    row.locator("a").click()
    page.wait_for_url("**/sharing?role=*")

    assert page.locator(".recipient").count() > 0


def test_the_overview_leads_to_what_is_late(open_page: OpenPage) -> None:
    page = open_page("/")

    page.locator(".figure", has_text="te late taken").locator("a").click()
    page.wait_for_url("**/deletion#unsettled")

    assert page.locator("h1").inner_text().startswith("Verwijderen")
