"""Promises that are kept when it counts, one customer each: what waits, stands still, is put off or comes back, and then is done. Pure.

Every promise that a life here might break is kept, and a test holds it to that. Specification: docs/duties.md; promise ids: docs/promises.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.demo.hosters import CONTACT, LAW
from ledger.demo.people import DAY, HOUR, Customer, working_hour
from ledger.demo.strands import DESK, MINUTE, Happening, answer, happening

TURNS = frozenset({"export_first", "quits", "barred", "unknown_at_first", "extended"})
"""`quits` is told where it happens: in `strands.domain` and `rights.erasure`."""


def turn(one: Customer, dice: Any) -> Iterator[Happening]:
    """What this life shows, if it is one of these."""
    at = working_hour(dice, one.opened_at + dice.between(30, 90) * DAY)
    match one.part:
        case "export_first" if one.left_at is not None:
            yield from _export_first(one, one.left_at, dice.ref("request"))
        case "barred":
            yield from _barred(one, at, dice.ref("disclosure"))
        case "unknown_at_first":
            yield from _unknown_at_first(one, at, dice.ref("request"))
        case "extended":
            yield from _extended(one, at, dice.ref("request"))


def _export_first(one: Customer, left_at: int, request: str) -> Iterator[Happening]:
    """HH-19: who has left wants the data, days before it must go; it goes when it is handed over."""
    yield _asks(one, left_at + 722 * DAY, "PORTABILITY", request)._replace(is_prompt=True)
    yield answer(one, left_at + 745 * DAY, request, asked_at=left_at + 722 * DAY)._replace(is_prompt=True)


def _barred(one: Customer, at: int, ref: str) -> Iterator[Happening]:
    """SH-07: the police get name and address by law, and an order bars telling for ten weeks. When it ends, the customer is told."""
    categories = ("pd:Name", "pd:PhysicalAddress")
    yield happening(
        one, at, "DisclosureRequested", "legal-desk", disclosure_ref=ref, requester_kind="police", ground="police_demand", categories=CONTACT,
    )  # fmt: skip
    yield happening(
        one, at + 20 * MINUTE, "DisclosureDecided", "legal-desk", disclosure_ref=ref, decision="PARTLY", notice="BARRED",
        barred_until=at + 70 * DAY, categories=categories,
    )  # fmt: skip
    yield happening(
        one, at + HOUR, "DataShared", "legal-desk", by=one.hoster.name, recipient="police-one", recipient_role="law_enforcement",
        categories=categories, purpose="ledger:LegalDisclosure", legal_basis=LAW, ref=None, product=None, country="NL", safeguard=None,
        agreement=None, notice_ref=None, disclosure_ref=ref, disclosure_ground="police_demand",
    )  # fmt: skip


def _unknown_at_first(one: Customer, at: int, request: str) -> Iterator[Happening]:
    """GDPR Art. 12(6): the month begins when it is known who asks; this answer comes six weeks after the question, and in time."""
    yield _asks(one, at, "ACCESS", request, "NOT_DONE")._replace(is_prompt=True)
    yield _asks(one, at + 20 * DAY, "ACCESS", request)._replace(is_prompt=True)
    yield answer(one, at + 42 * DAY, request, asked_at=at)


def _extended(one: Customer, at: int, request: str) -> Iterator[Happening]:
    """GDPR Art. 12(3): within the month it is told that two more are needed."""
    yield _asks(one, at, "ACCESS", request)
    yield answer(one, at + 24 * DAY, request, "EXTENDED", asked_at=at)
    yield answer(one, at + 80 * DAY, request, asked_at=at)


def _asks(one: Customer, at: int, right: str, request: str, identity_check: str = "DONE") -> Happening:
    return happening(one, at, "RequestReceived", DESK, right=right, request_ref=request, identity_check=identity_check)
