"""Rare moments of requests: what is refused and until when, what is on hold, what is disclosed and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.corners.life import Corner, instant


def refused(
    *reasons: dict[str, Any], outcome: str = "REFUSED", ticks: tuple[str, ...] = ("2019-03-20T12:00", "2020-03-20T12:00"),
    statute: str | None = "nl-awr-52", followed_by: str | None = None,
) -> Corner:  # fmt: skip
    """A request for erasure of an order that no term covers, collected under a law, and its answer; another law may have its place by then."""
    life = Corner("mijndomein")
    if followed_by is not None:
        life.follow("nl-awr-52", followed_by)
    life.collect("2019-02-01T12:00", "order", "pd:Name", "dpv:CustomerOrderManagement", store="shop", ref="r1", statute=statute)
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    every: dict[str, Any] = {"holder": "mijndomein", "store": None, "purpose": None, "ref": None, "until": None}
    every |= {"reason": "ledger:StatutoryTerm", "statute": "nl-awr-52"}
    life.fact("RequestAnswered", "2019-03-10T12:00", request_ref="q1", outcome=outcome, reasons=[every | reason for reason in reasons])
    for moment in ticks:
        life.tick(moment)
    return life


def refused_at_the_accountant(purpose: str) -> Corner:
    """What an accountant has is not erased on request, for the tax law: the statement has that law for one purpose and not for the others."""
    life = Corner("mijndomein")
    life.share("2019-02-01T12:00", "acme", "supplier", purpose)
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    reason = {"holder": "acme", "store": None, "purpose": None, "ref": None, "until": None, "reason": "ledger:StatutoryTerm", "statute": "nl-awr-52"}
    life.fact("RequestAnswered", "2019-03-10T12:00", request_ref="q1", outcome="PARTLY", reasons=[reason])
    life.tick("2019-03-20T12:00")
    return life


def answered_again() -> Corner:
    """Refused under a law that demands the data, then fulfilled after all: the later answer counts."""
    life = refused({}, ticks=())
    life.fact("RequestAnswered", "2019-03-12T12:00", request_ref="q1", outcome="FULFILLED", reasons=[])
    life.tick("2019-03-20T12:00")
    return life


def asked_while_it_is_on_the_suppression_list() -> Corner:
    life = Corner("mijndomein")
    life.collect("2019-02-01T12:00", "suppression", "pd:EmailAddress", "ledger:MarketingSuppression", store="suppression")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-03-20T12:00")
    return life


def asked_while_a_store_is_on_hold(store: str) -> Corner:
    life = Corner("mijndomein")
    life.collect("2019-02-01T12:00", "newsletter", "pd:EmailAddress", "ledger:Newsletter", store="mailing")
    life.fact("HoldPlaced", "2019-03-01T12:00", hold_ref="h1", kind="LEGAL_HOLD", store=store)
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-03-20T12:00")
    return life


def disclosed(*, barred_until: str | None = None, told: str | None = None) -> Corner:
    """The police asked for a name and got it; the person is to be told, not before a bar is over. told: of what he was told before."""
    life = Corner("smallhold")
    life.fact("DisclosureRequested", "2019-03-01T12:00", disclosure_ref="d1", requester_kind="police", ground="police_demand", categories=["pd:Name"])
    if told is not None:
        life.fact("NoticeGiven", "2019-03-02T12:00", to="subject", about=told, ref="d1")
    ends = None if barred_until is None else instant(barred_until)
    life.fact("DisclosureDecided", "2019-03-04T12:00", disclosure_ref="d1", decision="GRANTED", notice="DUE" if ends is None else "BARRED",
              barred_until=ends, categories=["pd:Name"])  # fmt: skip
    for moment in ("2019-03-05T12:00", "2019-03-20T12:00", "2019-04-20T12:00"):
        life.tick(moment)
    return life


REQUESTS: dict[str, Callable[[], Corner]] = {
    "refused without a reason": lambda: refused(), "refused for somebody else": lambda: refused({"holder": "acme"}),
    "refused under a law that was set aside": lambda: refused({"statute": "nl-tw-13-2a"}, statute="nl-tw-13-2a"),
    "refused for what a recipient has for the tax": lambda: refused_at_the_accountant("ledger:FiscalRecordKeeping"),
    "refused for what a recipient has for something else": lambda: refused_at_the_accountant("dpv:CustomerCare"),
    "refused under a law that does not demand it": lambda: refused({}, statute=None),
    "refused under a law that took the place of another": lambda: refused({"statute": "nl-awr-53"}, followed_by="nl-awr-53"),
    "refused under another law": lambda: refused({"statute": "nl-bw-2-10"}),
    "refused for two times": lambda: refused({"until": instant("2019-03-15T12:00")}, {"until": instant("2019-06-15T12:00")}),
    "refused for seven years": lambda: refused({}, outcome="PARTLY", ticks=("2026-03-01T12:00", "2026-12-31T23:59", "2027-01-01T00:00")),
    "answered again": answered_again, "asked while it is on the suppression list": asked_while_it_is_on_the_suppression_list,
    "asked while another store is on hold": lambda: asked_while_a_store_is_on_hold("crm"),
    "asked while the store is on hold": lambda: asked_while_a_store_is_on_hold("mailing"),
    "a disclosure that is barred": lambda: disclosed(barred_until="2019-03-19T12:00"),
    "told of the request alone": lambda: disclosed(told="disclosure_request"), "told of the disclosure": lambda: disclosed(told="disclosure"),
}  # fmt: skip
