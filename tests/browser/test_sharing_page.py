"""The pages on what there is and on sharing, as people use them."""

from __future__ import annotations

import re

from .conftest import OpenPage, Site
from .test_deletion_page import rows_behind


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


def test_from_a_cell_to_the_holdings_behind_it_and_from_one_to_its_event(open_page: OpenPage) -> None:
    page = open_page("/sharing", javascript=False)
    for links in ("#matrix td a", "#flows td a", "#transfers td a", "#recipients td a"):
        page.goto("/sharing")
        link = page.locator(links).first
        number = int(re.findall(r"\d+", (link.text_content() or "").replace(".", ""))[-1 if links == "#matrix td a" else 0])
        assert rows_behind(page, str(link.get_attribute("href"))) == number, links

    page.goto("/sharing")
    page.goto(str(page.locator("#matrix td a").first.get_attribute("href")))
    page.locator("details.evidence summary").first.click()
    page.locator("details.evidence a").first.click()
    page.wait_for_url("**/events/*/*")


def test_shares_by_month_add_up_to_what_the_command_line_says(open_page: OpenPage, site: Site) -> None:
    told = site.json("overview", "sharing")["by_month"]

    page = open_page("/sharing", javascript=False)
    page.locator("#months summary").click()
    totals = [int(re.sub(r"\D", "", each)) for each in page.locator("#months tbody tr td:nth-last-child(2)").all_inner_texts()]

    assert sum(totals) == sum(each["shares"] for each in told) > 0
    assert page.locator("#months svg rect").count() > 0


def test_management_sees_no_person_behind_a_number(open_page: OpenPage) -> None:
    page = open_page("/sharing/list", role="manager")

    assert page.locator("tbody tr:has(th)").count() > 0
    assert "subj-" not in page.content()


def test_the_overview_leads_to_what_is_late(open_page: OpenPage) -> None:
    page = open_page("/")

    page.locator(".figure", has_text="te late verwijderingen").locator("a").click()
    page.wait_for_url("**/deletion#unsettled")

    assert page.locator("h1").inner_text().startswith("Verwijderen")
