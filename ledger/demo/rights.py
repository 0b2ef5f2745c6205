"""What customers and others ask of a hoster: erasure, insight, disclosure, a hold; and combination with outside data until somebody objects.

Pure, as `strands`. An erasure request goes as the law has it: what a statute keeps is refused with its reason and its end, the rest must go.
Requests are answered here; what follows from them (to erase, to tell, to end a service) is done by the holders, who hear of it from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.demo import hosters
from ledger.demo.hosters import CONTACT, FISCAL
from ledger.demo.people import DAY, END, HOUR, Customer, working_hour
from ledger.demo.strands import DESK, Happening, answer, collected, happening
from ledger.legal_time import DUTCH_TIME

Strand = Iterator[Happening]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = {
    "mijndomein": (
        ("billing", "ledger:FiscalRecordKeeping"), ("crm", "dpv:EstablishContractualAgreement"), ("shop", "dpv:CustomerOrderManagement"),
    ),
    "hostinghuis": (("offline-archive", "ledger:FiscalRecordKeeping"),),
    "sohosted": (("crm", "dpv:AccountManagement"), ("billing", "ledger:Invoicing")),
}
"""What the fiscal seven years keep at each hoster; the other two state no such term."""


def erasure(one: Customer, dice: Any) -> Strand:
    """A former customer asks to be forgotten (GDPR Art. 17); the answer says what stays, why and until when (MD-21, HH-18).

    Who quits asks while the services run: the hoster has to end them first (WH-12, HH-02).
    """
    if one.erasure_at is None or one.left_at is None:
        return
    at, request = one.erasure_at, dice.ref("request")
    asked = happening(one, at, "RequestReceived", DESK, right="ERASURE", request_ref=request, identity_check="DONE")
    yield asked._replace(is_prompt=one.quits)
    kept = [
        {
            "holder": one.hoster.name,
            "store": store,
            "purpose": purpose,
            "reason": "eu-gdpr:JustificationA17LegallyRequired",
            "statute": FISCAL,
            "until": _fiscal_end(one.left_at),
        }
        for store, purpose in _KEPT.get(one.hoster.name, ())
    ]
    at += dice.between(2, 20) * DAY
    yield answer(one, at, request, "PARTLY" if kept else "FULFILLED", asked_at=one.erasure_at, reasons=kept)
    if one.hoster is hosters.SMALLHOLD and (at := at + 200 * DAY) < END:
        yield happening(one, at, "KeyDestroyed", DESK, key_id=f"key-{one.subject}")


def _fiscal_end(at: int) -> int:
    """Seven years after the end of the calendar year: the first moment of that next year in Dutch time."""
    year = (_EPOCH + timedelta(microseconds=at)).astimezone(DUTCH_TIME).year
    return (datetime(year + 8, 1, 1, tzinfo=DUTCH_TIME) - _EPOCH) // timedelta(microseconds=1)


def questions(one: Customer, dice: Any) -> Strand:
    """Insight (Art. 15), portability (Art. 20) or a complaint (Art. 77), answered within the month."""
    if not dice.chance(8):
        return
    at = working_hour(dice, one.opened_at + dice.between(30, 900) * DAY)
    if at >= one.until:
        return
    right, request = dice.pick(("ACCESS", "ACCESS", "PORTABILITY", "EXPLANATION", "COMPLAINT")), dice.ref("request")
    yield happening(one, at, "RequestReceived", DESK, right=right, request_ref=request, identity_check="DONE")
    yield answer(one, at + dice.between(3, 25) * DAY, request, asked_at=at)


def disclosure(one: Customer, dice: Any) -> Strand:
    """Somebody claims that a domain breaks their rights; Smallhold refuses, and has to tell the customer that somebody asked (SH-07)."""
    if one.hoster is not hosters.SMALLHOLD or not one.domains or not (dice.chance(15) or one.part == "not_told_of_claim"):
        return
    at, ref = working_hour(dice, one.domains[0].from_at + dice.between(20, 200) * DAY), dice.ref("disclosure")
    yield happening(
        one, at, "DisclosureRequested", "legal-desk", disclosure_ref=ref, requester_kind="trademark_claimant", ground="trademark_claim",
        categories=CONTACT,
    )  # fmt: skip
    yield happening(one, at + 3 * DAY, "DisclosureDecided", "legal-desk", disclosure_ref=ref, decision="REFUSED", notice="DUE", categories=())


def hold(one: Customer, dice: Any) -> Strand:
    """A dispute: while the hold stands nothing of this person is called for erasure."""
    if one.left_at is None or not dice.chance(2):
        return
    ref, until = dice.ref("hold"), one.left_at + 400 * DAY
    yield happening(one, one.left_at - DAY, "HoldPlaced", "legal-desk", hold_ref=ref, kind="LEGAL_HOLD", categories=(), until=until)
    if until < END:
        yield happening(one, until, "HoldReleased", "legal-desk", hold_ref=ref, kind="LEGAL_HOLD")


def combination(one: Customer, dice: Any) -> Strand:
    """Mijndomein combines with segments from outside; one may object (MD-06)."""
    if "segments" not in one.hoster.collections or not dice.chance(15):
        return
    at = working_hour(dice, one.opened_at + dice.between(40, 300) * DAY)
    if at + DAY >= one.until:
        return
    yield from collected(one, at, "segments")
    yield happening(
        one, at + HOUR, "DataUsed", "marketing", by=one.hoster.name, purpose="ledger:DataCombination", channel=None,
        categories=("ledger:DemographicSegment",), ref=None,
    )  # fmt: skip
    if dice.chance(40):
        yield happening(
            one, at + DAY, "ObjectionChanged", "portal", purpose="ledger:DataCombination", channel=None, state="RAISED", method="portal"
        )
