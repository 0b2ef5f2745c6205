"""What people come for on the pages that have no test of their own: each says what the events of the demo told, and leads on to where they are."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page

from ledger.web.pages.reasons import reason
from ledger.web.pages.rendering import legal_day

from .conftest import OpenPage, Site
from .people import look_at, new_ref, one_who_is_held, say_why

ROWS = ".list > tbody > tr"


def row(page: Page, text: str) -> Locator:
    """The one line of a list that says so."""
    found = page.locator(ROWS, has_text=text)
    assert found.count() == 1
    return found


def count_of(where: Locator) -> int:
    """How many events a line rests on, as it says."""
    return int(re.sub(r"\D", "", where.locator(".evidence summary .num").first.inner_text()))


def look(where: Locator, page: Page, subject_ref: str) -> None:
    """From a line to the person that it is about."""
    where.locator("form[action='/subject'] button").click()
    say_why(page)
    assert subject_ref in page.inner_text(".heading")


def test_a_disclosure_says_who_asked_what_was_decided_and_whether_the_person_knows(open_page: OpenPage, site: Site) -> None:
    report = site.json("report", "disclosures")
    (asked,) = report["disclosures"]
    page = open_page("/", language="en")

    page.locator(".menu").get_by_role("link", name="Disclosures").click()
    page.wait_for_url("**/disclosures")

    line = row(page, asked["disclosure_ref"])
    text = " ".join(line.inner_text().split())
    assert "police" in text and "police demand" in text and "4 Aug 2023" in text
    assert "partly granted" in text and "told" in text and "1 Nov 2023" in text
    assert "name, physical address" in text and "phone number" not in text, "asked for, and not given"
    assert count_of(line) == len({each["event_id"] for each in asked["rests_on"] + asked["shared"]})
    assert page.locator(".figure dd").first.inner_text() == str(len(report["disclosures"]))
    look(line, page, asked["subject_ref"])


def test_the_register_shows_what_is_done_and_was_not_declared_and_what_was_declared_and_is_not_done(open_page: OpenPage, site: Site) -> None:
    register = site.json("report", "register", "--controller", "mijndomein")
    page = open_page("/register", language="en")
    page.select_option("form.asked select[name=controller]", "mijndomein")
    page.locator("form.asked button").click()
    page.wait_for_url("**controller=mijndomein*")

    lists = page.locator("section.card table.list")
    for table, name, lines in ((lists.nth(0), "activity", register["activities"]), (lists.nth(1), "role", register["recipients"])):
        tags = table.locator("tbody > tr > th").evaluate_all("all => all.map(each => [...each.querySelectorAll('.tag')].map(tag => tag.textContent))")
        assert tags == [["not declared"] * (not each["is_declared"]) + ["never seen"] * (not each["is_observed"]) for each in lines], name
    broker = row(page, "data broker")
    assert "not declared" in broker.locator("th").inner_text() and "broker-one" in broker.inner_text()
    assert [each["role"]["term"] for each in register["recipients"] if not each["is_declared"]] == ["data_broker"]

    page.get_by_role("link", name="Show the events that each line rests on, too").click()
    page.wait_for_url("**facts=true*")
    page.locator(ROWS, has_text="data broker").locator("th .evidence summary").click()
    page.locator(ROWS, has_text="data broker").locator("th .evidence a").first.click()
    say_why(page)
    assert "broker-one" in page.inner_text(".fields"), "the event that nobody had declared"


def test_duties_are_narrowed_by_a_form_and_lead_to_whom_they_are_about(open_page: OpenPage, site: Site) -> None:
    met = site.json("obligations", "--kind", "ANSWER", "--state", "met", "--limit", "100")["obligations"]
    page = open_page("/duties", language="en")
    page.select_option("select[name=kind]", "ANSWER")
    page.select_option("select[name=state]", "MET")
    page.locator("form.asked button").click()
    page.wait_for_url("**state=MET*")

    said = page.locator(ROWS).all_inner_texts()
    assert len(said) == len(met) > 0
    assert all("answer" in each and "done" in each for each in said)
    for column, field in ((4, "holder"), (6, "rule")):
        assert sorted(page.locator(f"{ROWS} > :nth-child({column})").all_inner_texts()) == sorted(each[field] for each in met)
    person = page.locator(f"{ROWS} form input[name=subject_ref]").first.get_attribute("value")
    assert person in {each["subject_ref"] for each in met}
    look(page.locator(ROWS).first, page, str(person))


def test_a_gap_says_what_has_no_term_and_why_and_its_number_leads_to_as_many(open_page: OpenPage, site: Site) -> None:
    page = open_page("/deletion", language="en")
    page.locator("a[href^='/deletion/gaps']").first.click()
    page.wait_for_url("**/deletion/gaps*")

    gaps = [each for each in page.locator(ROWS).all() if 0 < int(re.sub(r"\D", "", each.locator("td.num a").last.inner_text())) <= 100]
    assert gaps and all(each.locator(".tag.warn").inner_text() for each in gaps)
    line = gaps[0]
    controller, number = line.locator("th").evaluate("cell => cell.firstChild.textContent.trim()"), line.locator("td.num a").last
    many, purpose = int(re.sub(r"\D", "", number.inner_text())), line.locator("td").first.inner_text()
    number.click()

    page.wait_for_url("**/sharing/list*")
    said = page.locator(ROWS).all_inner_texts()
    assert len(said) == many
    assert all(controller in each and purpose in each for each in said)


def test_a_hold_is_seen_until_it_is_released_from_its_line(open_page: OpenPage, site: Site) -> None:
    controller, subject_ref = one_who_is_held(site)
    reference = new_ref("hold")
    event = {"type": "HoldPlaced", "subject_ref": subject_ref, "hold_ref": reference, "kind": "LEGAL_HOLD"}
    file = site.home / f"{reference}.jsonl"
    file.write_text(json.dumps(event) + "\n")
    site.ledger("emit", str(file), "--controller", controller, "--source", "legal")
    site.ledger("wait", "--timeout", "60")
    page = open_page("/deletion/holds", language="en")
    line = row(page, reference)
    assert "legal hold" in line.inner_text() and "stands" in line.inner_text() and "all data" in line.inner_text()
    assert count_of(line) == 1

    line.get_by_role("button", name="Release").click()
    assert page.input_value("input[name=hold_ref]") == reference and page.input_value("input[name=subject_ref]") == subject_ref
    page.click("button[value=check]")
    page.click("button[value=do]")
    assert page.inner_text("dd.place").startswith("facts ")
    site.ledger("wait", "--timeout", "60")

    page.goto("/deletion/holds")
    assert page.locator(ROWS, has_text=reference).count() == 0
    page.goto("/deletion/holds?only=all")
    text = row(page, reference).inner_text()
    assert "over" in text and "released on" in text and count_of(row(page, reference)) == 2


def test_the_shares_of_a_month_are_as_many_as_its_number_says_and_lead_to_their_events(open_page: OpenPage, site: Site) -> None:
    months = site.json("overview", "sharing")["by_month"]
    most = max(months, key=lambda each: (each["shares"] if each["shares"] <= 100 else 0, each["month"]))
    same = [each for each in months if (each["month"], each["recipient"]) == (most["month"], most["recipient"])]
    page = open_page(f"/sharing/shares?month={most['month'][:7]}", language="en")

    page.fill("input[name=recipient]", most["recipient"])
    page.locator("form.asked button").click()
    page.wait_for_url(f"**recipient={most['recipient']}*")

    lines = page.locator(ROWS)
    assert lines.count() == sum(each["shares"] for each in same)
    assert all(most["recipient"] in each for each in page.locator(f"{ROWS} > th").all_inner_texts())
    lines.first.locator(".evidence summary").click()
    lines.first.locator(".evidence a").first.click()
    say_why(page)
    assert most["recipient"] in page.inner_text(".fields") and "DataShared" in page.content()


def test_a_person_is_told_why_each_thing_is_still_there_until_when_and_on_which_event_that_rests(open_page: OpenPage, site: Site) -> None:
    controller, subject_ref = one_who_is_held(site)
    known: list[dict[str, Any]] = site.json("subject", "show", subject_ref, "--controller", controller)["holdings"]
    held = [each for each in known if each["categories"]]
    page = open_page("/subject", language="en")

    look_at(page, controller, subject_ref)

    lines = page.locator("#holdings .held > tbody > tr")
    assert lines.count() == len(held) > 0
    said = [" ".join(each.split()) for each in page.locator("#holdings .held > tbody > tr > td:nth-child(4) small").all_inner_texts()]
    assert sorted(said) == sorted(" ".join(str(reason(each, "en")).split()) for each in held)
    cells = page.locator("#holdings .held > tbody > tr > td:nth-child(3)")
    untils = cells.evaluate_all("all => all.map(each => each.querySelector('time')?.dateTime.slice(0, 10) ?? null)")
    days = [legal_day(each["until"]).isoformat() if each["until"] else None for each in held]
    assert sorted(map(str, untils)) == sorted(map(str, days))
    page.locator("#holdings .held .place").first.click()
    say_why(page)
    assert subject_ref in page.inner_text("main") and page.locator("#resting").count() == 1
