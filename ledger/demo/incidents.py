"""What concerns a hoster alone: its recipients and agreements, breaches, a processor statement, a new text of a privacy statement. Pure.

The hosters' desks hear from the ledger whom they must tell, and when; they are in `holders`. Source: docs/duties.md section 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.demo import hosters
from ledger.demo.people import DAY, HOUR, day
from ledger.demo.strands import DESK, Happening
from ledger.policies.files import compile_policy, load_policy
from ledger.policies.publishing import policy_event


def register(at: int) -> Iterator[Happening]:
    """What the hosters put on the register before the first customer: their recipients and their processing agreements."""
    for hoster in hosters.HOSTERS:
        names = {name for chain in hoster.chains.values() for name in chain} | {each.recipient for each in hoster.agreements}
        for name in sorted(names | {name for name in (hoster.authority, hoster.payments) if name}):
            it = hosters.RECIPIENTS[name]
            fields: dict[str, Any] = {"recipient": name, "role": it.role, "country": it.country, "extensions": it.extensions}
            yield Happening(at, "RecipientRegistered", hoster.name, None, DESK, at, fields | {"safeguard": it.safeguard})
        for each in hoster.agreements:
            fields = {
                "recipient": each.recipient, "agreement": f"dpa-{each.recipient}", "state": "IN_FORCE", "categories": each.categories,
                "purposes": each.purposes, "in_force_from": at, "until": None if each.until is None else day(each.until),
            }  # fmt: skip
            yield Happening(at, "AgreementChanged", hoster.name, None, DESK, at, fields)


def incidents() -> Iterator[Happening]:
    """Three breaches, and one who asks for a processor statement (WH-13).

    Sohosted tells the authority too late; the webhoster tells authority and customers at once (WH-10); at HostingHuis there is hardly any risk, and
    it has promised to tell its customers all the same (HH-13).
    """
    yield _breach(day("2021-06-25") + 9 * HOUR, "sohosted", "breach-2021-0001", "crm", "RISK")
    yield _breach(day("2022-03-08") + 10 * HOUR, "webhoster", "breach-2022-0001", "administration", "RISK")
    at = day("2022-05-03") + 9 * HOUR
    fields = {"statement_ref": "statement-2022-0001", "requester_kind": "customer"}
    yield Happening(at, "StatementRequested", "webhoster", None, DESK, at, fields)
    yield _breach(day("2024-11-05") + 8 * HOUR, "hostinghuis", "breach-2024-0001", "crm", "UNLIKELY")


def announced_late() -> Happening:
    """HostingHuis gives its statement a new date, and says so three weeks after that day (HH-20)."""
    text = load_policy("hostinghuis").text.replace("2018-04-04", "2023-05-01").replace("announced_on: 2023-05-01", "announced_on: 2023-05-22")
    fields = policy_event(compile_policy(text.encode(), file="hostinghuis 2023"))
    at, event_id, controller = day("2023-05-22") + 9 * HOUR, fields.pop("event_id"), fields.pop("controller")
    return Happening(at, "PolicyPublished", controller, None, DESK, at, fields, event_id)


def _breach(aware_at: int, controller: str, ref: str, store: str, risk: str) -> Happening:
    fields = {
        "breach_ref": ref, "aware_at": aware_at, "store": store, "window_from": aware_at - 3 * DAY, "window_until": aware_at,
        "categories": ("pd:Name", "pd:EmailAddress"), "risk": risk,
    }  # fmt: skip
    return Happening(aware_at, "BreachRecorded", controller, None, DESK, aware_at, fields, is_prompt=True)
