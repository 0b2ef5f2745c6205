"""Somebody to look at: whoever of the demo has something to erase, done or not."""

from __future__ import annotations

import json
from functools import cache
from uuid import uuid4

from playwright.sync_api import Page

from .conftest import Site

PURPOSE = "dpv:CustomerCare"


@cache
def one_person(site: Site) -> tuple[str, str]:
    """(controller, reference) of a person of whom there is something, and something was erased."""
    found = site.json("obligations", "--state", "met", "--limit", "100")["obligations"]
    person = next(each for each in found if each["subject_ref"].startswith("subj-"))
    return person["controller"], person["subject_ref"]


@cache
def one_who_is_held(site: Site) -> tuple[str, str]:
    """(controller, reference) of a person of whom there is something now, which goes on a day that is known."""
    found = site.json("due", "--until", "2035-01-01", "--limit", "100")["lines"]
    person = next(each for each in found if each["subject_ref"].startswith("subj-"))
    return person["controller"], person["subject_ref"]


def own_view(site: Site, person: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Options that sign this person in; the one of `one_person` unless another is given."""
    controller, subject_ref = person or one_person(site)
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


def new_ref(kind: str) -> str:
    """A reference that nothing has yet."""
    return f"{kind}-{uuid4().hex[:10]}"


def ask_for_erasure(site: Site) -> tuple[str, str, str]:
    """(controller, reference of the person, of the request): somebody has asked for erasure just now."""
    controller, subject_ref = one_person(site)
    reference = new_ref("request")
    event = {"type": "RequestReceived", "subject_ref": subject_ref, "right": "ERASURE", "request_ref": reference}
    file = site.home / f"{reference}.jsonl"
    file.write_text(json.dumps(event) + "\n")
    site.ledger("emit", str(file), "--controller", controller, "--source", "helpdesk")
    site.ledger("wait", "--timeout", "60")
    return controller, subject_ref, reference
