"""Somebody to look at: whoever of the demo has something to erase, done or not."""

from __future__ import annotations

from playwright.sync_api import Page

from .conftest import Site

PURPOSE = "dpv:CustomerCare"


def one_person(site: Site) -> tuple[str, str]:
    """(controller, reference) of a person of whom there is something, and something was erased."""
    found = site.json("obligations", "--state", "met", "--limit", "100")["obligations"]
    person = next(each for each in found if each["subject_ref"].startswith("subj-"))
    return person["controller"], person["subject_ref"]


def own_view(site: Site) -> tuple[str, ...]:
    """Options that sign this person in."""
    controller, subject_ref = one_person(site)
    return "--controller", controller, "--subject", subject_ref


def look_at(page: Page, controller: str, subject_ref: str) -> None:
    """Fill in whom and why on the page that asks it, and look."""
    page.select_option("main select[name=controller]", controller)
    page.fill("main input[name=subject_ref]", subject_ref)
    say_why(page)


def say_why(page: Page) -> None:
    """Say what for, and go on."""
    page.select_option("main select[name=purpose]", PURPOSE)
    page.fill("main input[name=ticket_ref]", "ticket-1")
    page.click("main form button")
    page.wait_for_load_state()
