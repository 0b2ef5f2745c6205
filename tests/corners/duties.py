"""Rare moments of duties: corners of terms, clocks, holds and notices that random lives seldom reach."""

from __future__ import annotations

from collections.abc import Callable

from tests.corners.agreements import AGREEMENTS
from tests.corners.life import HOUR, MICRO, ZONE, Corner, instant
from tests.corners.recipients import RECIPIENTS
from tests.corners.requests import REQUESTS
from tests.duty_histories import with_duties
from tests.naive_duties.dutch_calendar import months_for_an_answer


def extended_at(moments_after: int) -> Corner:
    """A request for access whose answer says, this long after its month was over, that it takes longer; the next tick comes after both."""
    life = Corner("webhoster")
    asked = instant("2019-03-04T12:00")
    life.tick(asked)
    life.fact("RequestReceived", asked, right="ACCESS", request_ref="q1", identity_check="DONE")
    end = months_for_an_answer(asked, 1, ZONE)
    life.fact("RequestAnswered", end + moments_after, request_ref="q1", outcome="EXTENDED")
    life.tick(end + 48 * HOUR)
    return life


def late_at_a_time_that_comes_twice() -> Corner:
    life = Corner("smallhold", acts_within="P1M", duties=({"id": "O-11", "on": "breach", "do": "notify_subject"},))
    life.collect("2018-09-01T12:00", "contact", "pd:Name", "dpv:CustomerCare", store="crm")
    life.tick("2018-09-28T02:30")
    life.breach("2018-09-28T02:30")
    life.tick("2018-10-29T12:00")
    return life


def statutory_term_ends_with_its_year() -> Corner:
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "fiscal_archive", "pd:Name", "ledger:FiscalRecordKeeping", store="offline-archive", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="INVOICE_ISSUED", ref="r1")
    for moment in ("2026-02-02T12:00", "2026-12-31T23:59", "2027-01-01T00:00"):
        life.tick(moment)
    return life


def first_text_without_an_announcement() -> Corner:
    life = Corner("hostinghuis")
    name, fields = life.log[0]
    life.log[0] = name, fields | {"announced_at": None}
    return life


def change_without_an_announcement() -> Corner:
    life = Corner("hostinghuis")
    name, fields = life.log[0]
    again = {"announced_at": None, "in_force_from": instant("2020-06-01T00:00"), "event_id": bytes([7]) * 16, "version": "2020-06-01"}
    life.log.append((name, fields | again | {"occurred_at": instant("2020-05-01T12:00")}))
    return life


def minimum(
    *asked: str, answered: str | None = None, until: str | None = None, categories: tuple[str, ...] = (), statute: str | None = None,
) -> Corner:  # fmt: skip
    """An invoice that is kept at least until 2027; requests for erasure at these moments, the first refused by an answer, until then or for good."""
    life = Corner("mijndomein")
    for category in ("pd:Name", "pd:BankAccount"):
        life.collect("2019-02-01T12:00", "invoice", category, "ledger:Invoicing", store="billing", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="INVOICE_ISSUED", ref="r1")
    for number, when in enumerate(asked):
        life.fact("RequestReceived", when, right="ERASURE", request_ref=f"q{number}", identity_check="DONE", categories=list(categories))
    if answered is not None:
        claims = {"statute": statute, "reason": "ledger:StatutoryTerm" if statute else "eu-gdpr:JustificationA17LegalClaims"}
        claims |= {"until": None if until is None else instant(until)}
        reason = {"holder": "mijndomein", "store": None, "purpose": None, "ref": None} | claims
        life.fact("RequestAnswered", answered, request_ref="q0", outcome="PARTLY", reasons=[reason])
    for moment in ("2026-12-31T23:59", "2027-01-01T00:00", "2027-01-08T00:00", "2027-03-01T00:00", "2027-05-01T00:00"):
        life.tick(moment)
    return life


def two_holds_at_once() -> Corner:
    life = Corner("webhoster")
    life.collect("2019-01-02T12:00", "enquiry", "pd:Name", "dpv:CustomerCare", store="mail")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.fact("HoldPlaced", "2019-03-10T12:00", hold_ref="h1", kind="LEGAL_HOLD", until=instant("2019-03-20T12:00"))
    life.fact("HoldPlaced", "2019-03-12T12:00", hold_ref="h2", kind="LEGAL_HOLD", until=instant("2019-03-25T12:00"))
    for moment in ("2019-03-26T12:00", "2019-04-19T12:00", "2019-04-26T12:00"):
        life.tick(moment)
    return life


def unsubscribed(channel: str | None) -> Corner:
    """Who is no customer had a newsletter on two channels, and left one of them, or all."""
    life = Corner("sohosted")
    life.tick("2019-03-04T12:00")
    life.consent("2019-03-04T12:00", "GIVEN", "email")
    life.consent("2019-03-04T12:00", "GIVEN", "sms")
    life.collect("2019-03-04T12:00", "newsletter", "pd:EmailAddress", "ledger:Newsletter", store="mailing")
    life.consent("2019-03-06T12:00", "WITHDRAWN", channel)
    life.tick("2019-03-07T12:00")
    return life


def released_long_after_a_tick(export: str | None = None) -> Corner:
    """Nobody looks between March and May 2022; in between a hold ends, and with it what was due for long is called for."""
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="service-1")
    life.fact("MilestoneReached", "2020-03-01T12:00", kind="SERVICE_ENDED", ref="service-1")
    life.fact("HoldPlaced", "2021-01-01T12:00", hold_ref="h1", kind="LEGAL_HOLD")
    life.tick("2022-03-02T12:00")
    if export is not None:
        life.fact("RequestReceived", "2022-03-02T12:00", right="PORTABILITY", request_ref="q1", identity_check="DONE")
    life.fact("HoldReleased", "2022-05-01T12:00", hold_ref="h1", kind="LEGAL_HOLD")
    if export is not None:
        life.fact("RequestAnswered", export, request_ref="q1", outcome="FULFILLED", identity_check="DONE")
    life.tick("2022-05-02T12:00")
    life.tick("2022-05-08T11:59")
    life.tick("2022-05-08T12:00")
    return life


def export_for_somebody_unknown() -> Corner:
    """A service ended two years ago; who asks for a copy and for erasure is known only later."""
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r1")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="PORTABILITY", request_ref="q1", identity_check="NOT_DONE")
    life.fact("RequestReceived", "2019-03-05T12:00", right="ERASURE", request_ref="q2", identity_check="NOT_DONE")
    life.fact("MilestoneReached", "2019-03-06T12:00", kind="SERVICE_ENDED", ref="r1")
    life.tick("2019-03-07T12:00")
    life.fact("RequestReceived", "2019-03-08T12:00", right="ERASURE", request_ref="q2", identity_check="DONE")
    life.tick("2019-03-09T12:00")
    life.fact("RequestReceived", "2019-03-10T12:00", right="PORTABILITY", request_ref="q1", identity_check="NOT_NEEDED")
    life.collect("2019-03-01T12:00", "account", "pd:EmailAddress", "dpv:AccountManagement", store="crm", ref="r1")
    life.tick("2019-03-11T12:00")
    return life


def export_while_a_service_runs() -> Corner:
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r1")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.fact("RequestReceived", "2019-03-05T12:00", right="PORTABILITY", request_ref="q2", identity_check="DONE")
    life.tick("2019-03-06T12:00")
    life.fact("MilestoneReached", "2019-03-07T12:00", kind="SERVICE_ENDED", ref="r1")
    life.fact("RequestAnswered", "2019-03-08T12:00", request_ref="q2", outcome="FULFILLED")
    life.tick("2019-03-09T12:00")
    return life


def gone_when_the_window_began(moments_after: int) -> Corner:
    life = Corner("webhoster")
    gone = instant("2019-03-04T12:00")
    life.collect("2019-02-01T12:00", "enquiry", "pd:Name", "dpv:CustomerCare", store="mail")
    life.fact("DataErased", gone + moments_after, by="webhoster", act="ERASED")
    life.tick("2019-03-05T12:00")
    life.breach("2019-03-05T12:00", window_from=gone)
    life.tick("2019-03-06T12:00")
    return life


def gone_when_the_window_began_and_back_after_it() -> Corner:
    life = Corner("webhoster")
    begins = instant("2019-03-04T12:00")
    life.collect("2019-02-01T12:00", "enquiry", "pd:Name", "dpv:CustomerCare", store="mail")
    life.fact("DataErased", begins, by="webhoster", act="ERASED")
    life.collect("2019-03-10T12:00", "enquiry", "pd:Name", "dpv:CustomerCare", store="mail")
    life.fact("DataErased", "2019-03-11T12:00", by="webhoster", act="ERASED")
    life.tick("2019-03-12T12:00")
    life.breach("2019-03-12T12:00", window_from=begins, window_until=begins + HOUR)
    life.tick("2019-03-13T12:00")
    return life


def due_and_asked_for_while_an_export_is_due() -> Corner:
    """What a term has made due waits for the export alone, though a request asks for it and a service runs."""
    duties = ({"id": "O-5", "on": "erasure", "do": "end_service"}, {"id": "O-6", "on": "erasure", "do": "export_first"})
    life = Corner("webhoster", duties=duties)
    life.fact("MilestoneReached", "2019-06-03T12:00", kind="ACCOUNT_CLOSED", ref="r1")
    life.fact("RequestReceived", "2019-06-03T12:00", right="PORTABILITY", request_ref="q1")
    life.collect("2019-06-03T12:00", "account", "pd:Name", "dpv:AccountManagement", store="administration", ref="r1")
    life.tick("2019-06-04T12:00")
    life.fact("MilestoneReached", "2019-06-04T12:00", kind="SERVICE_STARTED", ref="v1")
    life.fact("RequestReceived", "2019-06-04T12:00", right="ERASURE", request_ref="q2")
    life.tick("2019-06-05T12:00")
    return life


def authority_told(moments_after: int) -> Corner:
    """Told this long after the 72 hours, before any tick has come."""
    life = Corner("sohosted")
    aware = instant("2019-03-04T12:00")
    life.tick(aware)
    life.breach(aware)
    life.put("AuthorityNotified", aware + 72 * HOUR + moments_after, breach_ref="b1", authority="nl:DPA-NL",
             notified_at=aware + 72 * HOUR + moments_after)  # fmt: skip
    life.tick(aware + 96 * HOUR)
    return life


def service_of(*milestones: tuple[str, str, str]) -> Corner:
    """An account, and services that start and end; ticks before and after two years from the first end, and after another start."""
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    for kind, when, ref in milestones:
        if when > "2021-03-05":
            life.tick("2021-03-05T12:00")
        life.fact("MilestoneReached", when, kind=kind, ref=ref)
    life.tick("2021-03-10T12:00")
    return life


def asked_before_another_statement() -> Corner:
    """The statement of later asks for an answer under another promise; the request came under the one before it."""
    life = Corner("hostinghuis")
    name, fields = with_duties(life.log[0], ({"id": "O-10", "on": "request", "do": "answer", "risks": [], "rights": []},))
    again = {"in_force_from": instant("2019-06-01T00:00"), "event_id": bytes([7]) * 16, "version": "2019-06-01"}
    life.log.append((name, fields | again | {"occurred_at": instant("2019-03-01T12:00")}))
    life.fact("RequestReceived", "2019-03-04T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-03-05T12:00")
    return life


def breach_without_risk() -> Corner:
    life = Corner("sohosted")
    life.tick("2019-03-04T12:00")
    life.breach("2019-03-04T12:00", risk="UNLIKELY")
    life.tick("2019-03-09T12:00")
    return life


def statement_known_after_what_it_is_for() -> Corner:
    life = Corner("webhoster")
    life.put("StatementRequested", "2019-03-04T12:00", statement_ref="p1", requester_kind="customer")
    life.breach("2019-03-04T12:00", risk="UNLIKELY")
    life.log.append(life.log.pop(0))
    life.tick("2019-05-09T12:00")
    return life


def first_of_two_anchors() -> Corner:
    """The service ends in one year and the account closes in the next: the first is enough."""
    life = Corner("webhoster")
    life.collect("2019-01-02T12:00", "account", "pd:Name", "dpv:AccountManagement", store="administration")
    for moment, kind, ref in (
        ("2019-01-02T12:00", "SERVICE_STARTED", "r1"), ("2019-01-02T12:00", "ACCOUNT_OPENED", "a1"), ("2019-03-04T12:00", "SERVICE_ENDED", "r1"),
        ("2019-05-04T12:00", "ACCOUNT_CLOSED", "a1"),
    ):  # fmt: skip
        life.fact("MilestoneReached", moment, kind=kind, ref=ref)
    life.tick("2019-05-05T12:00")
    return life


def collected_again() -> Corner:
    """Traffic of one site, collected on two days: the term counts from the second."""
    life = Corner("webhoster")
    for moment in ("2017-03-04T12:00", "2017-05-04T12:00"):
        life.collect(moment, "visitor_traffic", "ledger:VisitorTraffic", "ledger:BreachInvestigation", store="traffic-logs", subject_ref="dataset-1")
    life.tick("2019-04-04T12:00")
    life.tick("2019-05-05T12:00")
    return life


def corrected_for_one_of_two() -> Corner:
    life = Corner("mijndomein")
    for ref in ("r1", "r2"):
        life.share("2019-02-01T12:00", "sidn", "registry", "dpv:ServiceRegistration", ref=ref)
    life.tick("2019-03-04T12:00")
    life.fact("DataRectified", "2019-03-04T12:00", by="mijndomein", categories=["pd:Name"], ref="r1")
    life.tick("2019-03-05T12:00")
    return life


def not_affected_after_all() -> Corner:
    """An erasure from before the window comes to be known after the breach."""
    life = Corner("webhoster")
    life.collect("2019-02-01T12:00", "enquiry", "pd:Name", "dpv:CustomerCare", store="mail")
    life.tick("2019-03-05T12:00")
    life.breach("2019-03-05T12:00")
    life.fact("DataErased", "2019-02-03T12:00", by="webhoster", act="ERASED")
    life.tick("2019-03-06T12:00")
    return life


def statement_given_before_it_was_asked() -> Corner:
    life = Corner("webhoster")
    life.tick("2019-03-04T12:00")
    life.put("StatementGiven", "2019-03-04T12:00", statement_ref="p1")
    life.put("StatementRequested", "2019-03-04T12:00", statement_ref="p1", requester_kind="customer")
    life.put("StatementRequested", "2019-03-04T12:00", statement_ref="p2", requester_kind="customer")
    life.tick("2019-05-09T12:00")
    return life


def before_the_gdpr(moments: int) -> Corner:
    """A request and a breach so long after the GDPR began to apply: until then no statement and no law of the library asks anything."""
    life, begins = Corner("smallhold"), instant("2018-05-25T00:00")
    life.collect("2018-03-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm")
    life.tick("2018-05-20T12:00")
    life.fact("RequestReceived", begins + moments, right="PORTABILITY", request_ref="q1", identity_check="DONE")
    life.breach(begins + moments)
    life.tick("2018-05-29T12:00")
    life.tick("2018-07-01T12:00")
    return life


def amended_clocks(moments: int) -> Corner:
    """An answer may take two months and four at most, the authority is told within 96 hours, from a day on; asked so long after it began."""
    life, begins = Corner("smallhold"), instant("2019-03-04T00:00")
    life.amend("gdpr-12-3", "2019-03-04", within="P2M")
    life.amend("gdpr-33", "2019-03-04", within="PT96H")
    life.tick("2019-03-01T12:00")
    life.fact("RequestReceived", begins + moments, right="ACCESS", request_ref="q1", identity_check="DONE")
    life.fact("RequestReceived", begins + moments, right="PORTABILITY", request_ref="q2", identity_check="DONE")
    life.fact("RequestAnswered", begins + 40 * 24 * HOUR, request_ref="q2", outcome="EXTENDED")
    life.breach(begins + moments)
    for moment in ("2019-03-07T12:00", "2019-03-08T12:00", "2019-04-06T12:00", "2019-05-10T12:00", "2019-06-10T12:00", "2019-07-10T12:00"):
        life.tick(moment)
    return life


DUTIES: dict[str, Callable[[], Corner]] = {
    **REQUESTS, **AGREEMENTS, **RECIPIENTS, "a change without an announcement": change_without_an_announcement,
    "an export for somebody unknown": export_for_somebody_unknown,
    "a hold released long after a tick": released_long_after_a_tick,
    "an export long after a tick": lambda: released_long_after_a_tick(export="2022-05-01T18:00"),
    "extended a moment before the end": lambda: extended_at(-MICRO), "extended at the end": lambda: extended_at(0),
    "extended a day after the end": lambda: extended_at(24 * HOUR), "late at a time that comes twice": late_at_a_time_that_comes_twice,
    "a statutory term ends with its year": statutory_term_ends_with_its_year, "two holds at once": two_holds_at_once,
    "a first text without an announcement": first_text_without_an_announcement,
    "a minimum that nobody asked to end": minimum, "a minimum with a request before": lambda: minimum("2020-03-04T12:00"),
    "a minimum with a request as it ends": lambda: minimum("2027-01-01T00:00"),
    "a minimum with a request after": lambda: minimum("2027-02-01T12:00"),
    "a minimum with a request of one category": lambda: minimum("2020-03-04T12:00", categories=("pd:BankAccount",)),
    "a minimum with a request of one category and one after": lambda: minimum("2020-03-04T12:00", "2027-01-20T12:00", categories=("pd:BankAccount",)),
    "a minimum with a request that was refused": lambda: minimum("2020-03-04T12:00", answered="2020-03-20T12:00"),
    "a minimum with a refusal that ends after it": lambda: minimum("2020-03-04T12:00", answered="2020-03-20T12:00", until="2027-02-01T12:00"),
    "a minimum with a refusal that ends with it": lambda: minimum("2020-03-04T12:00", answered="2020-03-20T12:00", until="2027-01-01T00:00"),
    "a minimum with a refusal under its law": lambda: minimum(
        "2020-03-04T12:00", answered="2020-03-20T12:00", until="2099-02-01T12:00", statute="nl-awr-52"),
    "a minimum with a refusal after it": lambda: minimum("2020-03-04T12:00", answered="2027-01-02T12:00"),
    "a service that starts again": lambda: service_of(
        ("SERVICE_STARTED", "2019-02-01T12:00", "v1"), ("SERVICE_ENDED", "2019-03-04T12:00", "v1"), ("SERVICE_STARTED", "2021-03-06T12:00", "v2")),
    "a service that ends as it starts": lambda: service_of(
        ("SERVICE_STARTED", "2019-03-04T12:00", "v1"), ("SERVICE_ENDED", "2019-03-04T12:00", "v1")),
    "asked before another statement": asked_before_another_statement,
    "unsubscribed from all": lambda: unsubscribed(None), "unsubscribed from one of two channels": lambda: unsubscribed("sms"),
    "an export while a service runs": export_while_a_service_runs,
    "gone when the window of the breach began": lambda: gone_when_the_window_began(0),
    "gone a moment after the window of the breach began": lambda: gone_when_the_window_began(MICRO),
    "gone when the window of the breach began and back after it": gone_when_the_window_began_and_back_after_it,
    "due and asked for while an export is due": due_and_asked_for_while_an_export_is_due,
    "the authority told at the last moment": lambda: authority_told(0), "the authority told a moment late": lambda: authority_told(MICRO),
    "a moment before the GDPR": lambda: before_the_gdpr(-MICRO), "as the GDPR begins": lambda: before_the_gdpr(0),
    "a moment before clocks are amended": lambda: amended_clocks(-MICRO), "as clocks are amended": lambda: amended_clocks(0),
    "a breach without risk": breach_without_risk, "the first of two anchors": first_of_two_anchors, "collected again": collected_again,
    "corrected for one of two references": corrected_for_one_of_two, "not affected after all": not_affected_after_all,
    "a statement given before it was asked": statement_given_before_it_was_asked,
    "a statement known after what it is for": statement_known_after_what_it_is_for,
}  # fmt: skip
