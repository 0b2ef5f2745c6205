"""The steps of all obligations over a log, and the violations that come of them: what is settled, what is wanted, what is late, at each record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.naive_duties import controllers_own as own
from tests.naive_duties import erasure, passed_on, rectification, requests, telling
from tests.naive_duties.duty import MET, Duty, Ended
from tests.naive_duties.view import REGISTER, Event, View, views

OVERDUE_RULES = {
    "ERASE": "overdue-erasure", "RECTIFY": "overdue-rectification", "NOTIFY_SUBJECT": "overdue-notice", "NOTIFY_RECIPIENT": "overdue-notice",
    "NOTIFY_AUTHORITY": "overdue-notice",
    "ANSWER": "overdue-answer", "EXPORT_FIRST": "overdue-export", "END_SERVICE": "overdue-service-end",
}  # fmt: skip


class Step(NamedTuple):
    """place: in the log. what: RAISED, MET, OVERDUE or CANCELLED. overdue_at: as it was when raised. rests_on: sorted; None where no page says it."""

    place: int
    what: str
    reason: str | None
    subject: str
    kind: str
    holder: str
    store: str | None
    purpose: str | None
    ref: str | None
    received_from: str | None
    categories: tuple[str, ...]
    rule: str
    due_at: int
    overdue_at: int
    request_ref: str | None
    about: str | None
    rests_on: tuple[bytes, ...] | None


class Found(NamedTuple):
    """A violation that follows from obligations or from the controller's own papers."""

    place: int
    subject: str
    promise: str
    rule: str
    severity: str
    holder: str | None


class Raised:
    """An obligation that is not settled yet."""

    def __init__(self, subject: str, duty: Duty, place: int, at: int) -> None:
        self.subject, self.duty, self.place, self.at, self.is_overdue = subject, duty, place, at, False

    def step(self, place: int, what: str, reason: str | None = None) -> Step:
        d = self.duty
        rests_on = None if d.rests_on is None else tuple(sorted(d.rests_on))
        return Step(
            place, what, reason, self.subject, d.kind, *d.key, d.categories, d.rule, d.due_at, d.overdue_at, d.request_ref, d.about, rests_on
        )  # fmt: skip


def naive_duties(log: Sequence[Event]) -> tuple[list[Step], list[Found]]:
    """All steps, and all violations of docs/duties.md, of one partition's log, both in order. log: (type, fields), register copies included."""
    steps: list[Step] = []
    found: list[Found] = []
    unsettled: list[Raised] = []
    late_said: set[str | None] = set()  # breaches of which it was said that the authority was told late
    for place, (name, f), known in views(log):
        for view in known:
            for each in [each for each in unsettled if each.subject == view.subject]:
                how = ended(view, each.duty)
                if how is not None:
                    unsettled.remove(each)
                    late = late_at(view, each.duty)
                    is_late = late <= f["occurred_at"] and each.duty.kind != "NOTIFY_AUTHORITY" and (each.duty.kind != "ERASE" or each.at < late)
                    if how[0] == MET and not each.is_overdue and is_late:
                        steps.append(each.step(place, "OVERDUE"))
                        found.append(Found(place, view.subject, each.duty.rule, OVERDUE_RULES[each.duty.kind], "BREACH", each.duty.key.holder))
                    steps.append(each.step(place, *how))
                    if not each.is_overdue and own.is_notified_late(name, f, each.duty) and each.duty.key.ref not in late_said:
                        found.append(Found(place, view.subject, each.duty.rule, "authority-notified-late", "BREACH", view.controller))
                    if how[0] == MET and (each.is_overdue or own.is_notified_late(name, f, each.duty)):
                        late_said.add(each.duty.key.ref)
            open_now = [each.duty for each in unsettled if each.subject == view.subject]
            for duty in wanted(view, open_now):
                open_now.append(duty)
                unsettled.append(Raised(view.subject, duty, place, max(view.time, f["occurred_at"]) if "subject_ref" in f else view.time))
                steps.append(unsettled[-1].step(place, "RAISED"))
            if name == "TimeReached":
                for each in unsettled:
                    if each.subject == view.subject and each.place < place and not each.is_overdue and late_at(view, each.duty) <= view.time:
                        each.is_overdue = True
                        steps.append(each.step(place, "OVERDUE"))
                        rule = OVERDUE_RULES[each.duty.kind]
                        found.append(Found(place, view.subject, each.duty.rule, rule, "BREACH", each.duty.key.holder))
            if view.subject == REGISTER and name in ("BreachRecorded", "PolicyPublished"):
                for ref, rule in own.told_late_before(view):
                    if ref not in late_said and (name == "PolicyPublished" or ref == f["breach_ref"]):
                        late_said.add(ref)
                        found.append(Found(place, REGISTER, rule, "authority-notified-late", "BREACH", view.controller))
            if view.subject == REGISTER and name == "PolicyPublished":
                promise = own.announced_late(f)
                found += [Found(place, REGISTER, promise, "announced-late", "WARNING", None)] if promise else []
                found += [Found(place, REGISTER, "HH-20", "never-announced", "WARNING", None)] if own.never_announced(f, log[:place]) else []
            if view.subject == REGISTER and name == "TimeReached":
                lapsed = own.agreements_lapsed(view, log, place)
                found += [Found(place, REGISTER, promise, "agreement-lapsed", "NOTE", g["recipient"]) for promise, g in lapsed]
    return sorted(steps, key=repr), sorted(found, key=repr)


def wanted(view: View, raised: list[Duty]) -> Iterator[Duty]:
    """What must be called for at this record. raised: what is open; the caller adds each to it at once."""
    if view.subject == REGISTER:
        yield from own.register_wanted(view, raised)
        return
    yield from requests.answers_wanted(view, raised)
    yield from erasure.erasures_wanted(view, raised)
    yield from rectification.rectifications_wanted(view, raised)
    yield from telling.breach_notices_wanted(view, raised)
    yield from telling.disclosure_notices_wanted(view, raised)
    yield from passed_on.recipient_notices_wanted(view, raised)


def ended(view: View, duty: Duty) -> Ended | None:
    """Whether one is met or need not be done any more, as things stand."""
    if view.subject == REGISTER:
        return own.register_ended(view, duty)
    how = {
        "ANSWER": requests.answer_ended, "EXPORT_FIRST": requests.answer_ended, "ERASE": erasure.erasure_ended,
        "END_SERVICE": erasure.end_of_service_ended, "RECTIFY": rectification.rectification_ended, "NOTIFY_SUBJECT": telling.notice_ended,
        "NOTIFY_RECIPIENT": passed_on.recipient_notice_ended,
    }  # fmt: skip
    return how[duty.kind](view, duty)


def late_at(view: View, duty: Duty) -> int:
    """When an open one becomes overdue, as things stand."""
    if duty.kind == "ERASE":
        return erasure.erasure_late_at(view, duty)
    if duty.kind == "END_SERVICE":
        return erasure.end_of_service_late_at(view, requests.receipts(view)[str(duty.request_ref)], duty.due_at, duty.runs_from)
    if duty.request_ref is not None:
        return requests.clock(view, requests.receipts(view)[duty.request_ref])[1]
    return duty.late_at
