"""Each act of the data protection officer, filled in so that it can be recorded."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from .conftest import Site
from .people import ask_for_erasure, new_ref

HOLDER_KEEPS = "eu-gdpr:JustificationA12Complexity"


def fill_breach(page: Page, reference: str) -> None:
    """A breach of hostinghuis, known in November 2025."""
    page.select_option("select[name=controller]", "hostinghuis")
    page.fill("input[name=breach_ref]", reference)
    for name, moment in (("aware_at", "2025-11-03T10:00"), ("window_from", "2025-11-01T10:00"), ("window_until", "2025-11-02T10:00")):
        page.fill(f"input[name={name}]", moment)
    page.fill("input[name=store]", "crm")
    page.select_option("select[name=risk]", "HIGH")


def _breach(page: Page, site: Site) -> None:
    fill_breach(page, new_ref("breach"))


def _authority(page: Page, site: Site) -> None:
    page.select_option("select[name=controller]", "hostinghuis")
    page.fill("input[name=breach_ref]", _breach_there_is(site))
    page.fill("input[name=notified_at]", "2025-11-04T16:00")


def _answer(page: Page, site: Site) -> None:
    controller, subject_ref, reference = _request(site)
    _whom(page, controller, subject_ref)
    page.fill("input[name=request_ref]", reference)
    page.select_option("select[name=outcome]", "PARTLY")
    page.fill("input[name=reasons-0-holder]", controller)
    page.select_option("select[name=reasons-0-reason]", HOLDER_KEEPS)
    page.fill("input[name=reasons-0-until]", "2033-01-01")


def _hold(page: Page, site: Site) -> None:
    """Placed by one form and released by the other under one reference: none stands longer than from test to test."""
    somebody = _somebody(site)
    _whom(page, somebody["controller"], somebody["subject_ref"])
    page.fill("input[name=hold_ref]", "hold-of-every-form")


@cache
def _request(site: Site) -> tuple[str, str, str]:
    """One for all forms: it may be answered again."""
    return ask_for_erasure(site)


@cache
def _somebody(site: Site) -> dict[str, str]:
    found: dict[str, str] = site.json("report", "requests")["requests"][0]
    return found


@cache
def _breach_there_is(site: Site) -> str:
    return str(site.json("report", "breaches")["breaches"][0]["breach_ref"])


def _whom(page: Page, controller: str, subject_ref: str) -> None:
    page.select_option("select[name=controller]", controller)
    page.fill("input[name=subject_ref]", subject_ref)


FILLED = {"breach": _breach, "authority": _authority, "answer": _answer, "hold": _hold, "release": _hold}
"""By the last part of the address: fills in the open form."""
