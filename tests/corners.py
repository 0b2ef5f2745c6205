"""Short lives, written by hand, at moments that random lives seldom meet: the last microsecond of a clock, two holds at once.

Each is a log of one hoster; what must come of it the naive readings say. NAME -> log: DUTIES (docs/duties.md) and VERDICTS (docs/judging.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.duty_histories import with_duties
from tests.histories import Event
from tests.hoster_histories import Log, made, shipped_policy
from tests.naive_duties.dutch_calendar import months_for_an_answer

ZONE = "Europe/Amsterdam"
AMSTERDAM = ZoneInfo(ZONE)
MICRO = 1
HOUR = 3_600_000_000


class Corner:
    """A log that grows: a hoster's policy first, then facts at wall-clock times in Amsterdam, or at microseconds."""

    def __init__(self, controller: str, *, acts_within: str | None = None, duties: tuple[dict[str, Any], ...] | None = None) -> None:
        policy = shipped_policy(controller)
        if duties is not None or acts_within is not None:
            policy = with_duties(policy, duties or (), acts_within or "P7D")
        self.controller, self.log = controller, [policy]

    def put(self, type_name: str, when: str | int, **fields: Any) -> None:
        self.log.append(made(type_name, len(self.log) + 1, instant(when), self.controller, **fields))

    def fact(self, type_name: str, when: str | int, **fields: Any) -> None:
        self.put(type_name, when, **{"subject_ref": "s1"} | fields)

    def tick(self, when: str | int) -> None:
        self.put("TimeReached", when, time=instant(when), mode="SIMULATED")

    def collect(self, when: str | int, activity: str, category: str, purpose: str, **fields: Any) -> None:
        self.fact("DataCollected", when, activity=activity, categories=[category], purposes=[purpose], legal_basis="eu-gdpr:A6-1-b", **fields)

    def share(self, when: str | int, recipient: str, role: str, purpose: str, **fields: Any) -> None:
        given = {"by": self.controller, "categories": ["pd:Name"], "legal_basis": "eu-gdpr:A6-1-b"} | fields
        self.fact("DataShared", when, recipient=recipient, recipient_role=role, purpose=purpose, **given)

    def consent(self, when: str, state: str, channel: str | None = None) -> None:
        self.fact("ConsentChanged", when, purpose="ledger:Newsletter", channel=channel, state=state)

    def breach(self, when: str | int, risk: str = "HIGH", **fields: Any) -> None:
        given = {"breach_ref": "b1", "aware_at": instant(when), "window_from": instant(when), "window_until": instant(when), "risk": risk} | fields
        self.put("BreachRecorded", when, **given)


def instant(when: str | int) -> int:
    """Microseconds since 1970 UTC of a wall-clock time in Amsterdam; what is in microseconds stays."""
    return when if isinstance(when, int) else int(datetime.fromisoformat(when).replace(tzinfo=AMSTERDAM).timestamp()) * 1_000_000


# -- what must be done


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
    life = Corner("mijndomein")
    life.collect("2019-02-01T12:00", "invoice", "pd:Name", "ledger:Invoicing", store="billing", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="INVOICE_ISSUED", ref="r1")
    for moment in ("2026-02-02T12:00", "2026-12-31T23:59", "2027-01-01T00:00"):
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


def recipient_while_an_export_is_due() -> Corner:
    life = Corner("hostinghuis")
    life.share("2019-02-01T12:00", "sidn", "registry", "dpv:ServiceRegistration", ref="r1")
    life.tick("2019-03-04T12:00")
    life.fact("RequestReceived", "2019-03-04T12:00", right="PORTABILITY", request_ref="q1", identity_check="DONE")
    life.fact("RequestReceived", "2019-03-05T12:00", right="ERASURE", request_ref="q2", identity_check="DONE")
    life.tick("2019-03-06T12:00")
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


# -- what is broken


def newsletter_after_leaving() -> Corner:
    """The consent was for one channel, and all were left."""
    life = Corner("sohosted")
    life.consent("2019-03-01T12:00", "GIVEN", "email")
    life.consent("2019-03-02T12:00", "WITHDRAWN")
    life.fact("DataUsed", "2019-03-03T12:00", by="sohosted", purpose="ledger:Newsletter", categories=[], channel="email")
    return life


def mail_after_objecting(channel: str | None) -> Corner:
    """An objection on all channels, or on the one that is used."""
    life = Corner("sohosted")
    life.fact("ObjectionChanged", "2019-03-01T12:00", purpose="ledger:ProductNews", channel=channel, state="RAISED")
    life.fact("DataUsed", "2019-03-03T12:00", by="sohosted", purpose="ledger:ProductNews", categories=[], channel="email")
    return life


def shared_when_the_bar_was_over() -> Corner:
    """The police got a name; the subject was not told, though nothing barred it any more."""
    life = Corner("smallhold")
    life.fact("DisclosureDecided", "2019-03-01T12:00", disclosure_ref="d1", decision="GRANTED", notice="BARRED",
              barred_until=instant("2019-03-02T12:00"), categories=["pd:Name"])  # fmt: skip
    life.share("2019-03-03T12:00", "police", "law_enforcement", "dpv:LegalCompliance", disclosure_ref="d1", disclosure_ground="police_demand")
    return life


def transfer_on_the_last_moment(moments_after: int) -> Corner:
    """A recipient's own safeguard ends; a share this long after."""
    life = Corner("hostinghuis")
    ends = instant("2019-03-04T12:00")
    life.put("RecipientRegistered", "2019-02-01T12:00", recipient="acme", role="registry", safeguard="eu-gdpr:A46-2-c",
             safeguard_until=ends, country="US")  # fmt: skip
    life.share(ends + moments_after, "acme", "registry", "dpv:ServiceRegistration", ref="r1", country="US", safeguard="eu-gdpr:A46-2-c")
    return life


def share_beyond_the_agreement() -> Corner:
    life = Corner("mijndomein")
    life.put("AgreementChanged", "2019-02-01T12:00", recipient="acme", agreement="a1", state="IN_FORCE", categories=["pd:EmailAddress"],
             purposes=["dpv:CustomerCare"], in_force_from=instant("2019-02-01T12:00"))  # fmt: skip
    life.share("2019-03-04T12:00", "acme", "supplier", "dpv:CustomerCare", ref="r1")
    return life


def erased_after_the_service_ended() -> Corner:
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm", ref="r1")
    life.fact("MilestoneReached", "2019-02-01T12:00", kind="SERVICE_STARTED", ref="r1")
    life.fact("MilestoneReached", "2019-03-01T12:00", kind="SERVICE_ENDED", ref="r1")
    life.fact("DataErased", "2019-03-04T12:00", by="hostinghuis", act="ERASED")
    return life


def notice_after_the_share() -> Corner:
    life = Corner("hostinghuis")
    shared = instant("2019-03-04T12:00")
    life.fact("NoticeGiven", shared + MICRO, to="subject", about="recipient", ref="acme")
    life.share(shared, "acme", "registry", "dpv:ServiceRegistration", ref="r1")
    return life


DUTIES: dict[str, Callable[[], Corner]] = {
    "extended a moment before the end": lambda: extended_at(-MICRO), "extended at the end": lambda: extended_at(0),
    "extended a day after the end": lambda: extended_at(24 * HOUR), "late at a time that comes twice": late_at_a_time_that_comes_twice,
    "a statutory term ends with its year": statutory_term_ends_with_its_year, "two holds at once": two_holds_at_once,
    "unsubscribed from all": lambda: unsubscribed(None), "unsubscribed from one of two channels": lambda: unsubscribed("sms"),
    "a recipient while an export is due": recipient_while_an_export_is_due, "an export while a service runs": export_while_a_service_runs,
    "gone when the window of the breach began": lambda: gone_when_the_window_began(0),
    "gone a moment after the window of the breach began": lambda: gone_when_the_window_began(MICRO),
    "gone when the window of the breach began and back after it": gone_when_the_window_began_and_back_after_it,
    "due and asked for while an export is due": due_and_asked_for_while_an_export_is_due,
    "the authority told at the last moment": lambda: authority_told(0), "the authority told a moment late": lambda: authority_told(MICRO),
    "a breach without risk": breach_without_risk, "a statement known after what it is for": statement_known_after_what_it_is_for,
}  # fmt: skip
VERDICTS: dict[str, Callable[[], Corner]] = {
    "a newsletter after leaving": newsletter_after_leaving, "a mail after objecting to all": lambda: mail_after_objecting(None),
    "a mail after objecting to mails": lambda: mail_after_objecting("email"),
    "a mail after objecting to text messages": lambda: mail_after_objecting("sms"), "a share when the bar was over": shared_when_the_bar_was_over,
    "a transfer as its safeguard ends": lambda: transfer_on_the_last_moment(0),
    "a transfer before its safeguard ends": lambda: transfer_on_the_last_moment(-MICRO), "a share beyond the agreement": share_beyond_the_agreement,
    "erased after the service ended": erased_after_the_service_ended, "a notice after the share": notice_after_the_share,
}  # fmt: skip


def log_of(corner: Callable[[], Corner]) -> list[Event]:
    """The log of a corner, printed readably when a test fails."""
    return Log(corner().log)
