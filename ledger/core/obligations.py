"""What an obligation is made of: raised once, late at a tick, met or cancelled. What calls for one is in erasing.py and duties/.

Pure. A function of the log up to here: an obligation's id is derived from the position of the record that raised it.
Source: docs/duties.md section 1, docs/decisions/0001 and 0003; GDPR Art. 5(1)(e), 12, 17, 18, 19.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NotRequired, Protocol, TypedDict, Unpack

from ledger.core.ids import holding_id, outcome_id, outcome_salt
from ledger.core.limits import LIST_ENTRIES_MAX
from ledger.core.request_clock import times_of
from ledger.core.rules import Rules
from ledger.core.state import Evidence, Obligation, ObligationKey, Outcome, Period
from ledger.core.subject import Subject

OBLIGATIONS, VIOLATIONS = "obligations", "violations"
OVERDUE: Final = {
    "ERASE": "overdue-erasure", "RECTIFY": "overdue-rectification", "NOTIFY_SUBJECT": "overdue-notice", "NOTIFY_RECIPIENT": "overdue-notice",
    "NOTIFY_AUTHORITY": "overdue-notice",
    "ANSWER": "overdue-answer", "EXPORT_FIRST": "overdue-export", "END_SERVICE": "overdue-service-end",
}  # fmt: skip
"""Kind of an obligation -> what its being late is called as a violation."""

NOTIFY_AUTHORITY: Final = "NOTIFY_AUTHORITY"
"""Whether that is late is a question of its own: when it was told, not when that was recorded (controller.py)."""
DAY: Final = 86_400_000_000
ESCALATION_MAX: Final = 3

History = Callable[[Subject], Iterable[tuple[int, str, dict[str, Any]]]]


@dataclass(slots=True)
class Step:
    """The record being folded: where it stands, when it happened, what may be asked, and the outcomes it gives.

    partition, offset: position in `facts`. event_id, salt: of the record. at: the outcomes' time (the fact's moment, or the time reached where that
    is later). time_reached: the last tick at or before this record. history: the subject's facts up to and including this record, asked for only
    rarely. happened_at: the record's own moment, or the tick's time.
    """

    rules: Rules
    partition: int
    offset: int
    event_id: bytes
    salt: bytes
    at: int
    time_reached: int
    history: History
    happened_at: int
    outcomes: list[tuple[Subject, Outcome]] = field(default_factory=list)


class Whom(Protocol):
    """Whom something is about: a Subject, or a row of a holding."""

    @property
    def controller(self) -> str: ...
    @property
    def subject_ref(self) -> str: ...
    @property
    def subject_id(self) -> bytes: ...


def envelope(step: Step, subject: Whom, type_name: str, what: bytes) -> dict[str, Any]:
    """The envelope of an outcome: everything in it is derived from the record that caused it."""
    event_id = outcome_id(type_name, step.partition, step.offset, what)
    return {
        "event_id": event_id,
        "controller": subject.controller,
        "subject_ref": subject.subject_ref,
        "occurred_at": step.at,
        "source": "ledger",
        "actor": None,
        "correlation_id": None,
        "caused_by": step.event_id,
        "salt": outcome_salt(step.salt, event_id),
        "sealed": None,
        "partition": step.partition,
        "log_offset": step.offset,
    }


class Terms(TypedDict):
    """When, why and because of what. key_id: holding_id of the key, where it is known. Times in microseconds.

    overdue_at: of what a request calls for, set_clock works it out.
    """

    due_at: int
    overdue_at: int
    rule: str
    rests_on: Iterable[bytes]
    request_ref: NotRequired[str | None]
    about: NotRequired[str | None]
    key_id: NotRequired[bytes | None]


def raise_obligation(
    subject: Subject,
    step: Step,
    kind: str,
    key: ObligationKey,
    categories: Sequence[str],
    **terms: Unpack[Terms],
) -> Obligation:
    """Raise one."""
    obligation = new_obligation(subject, step, kind, key, categories, **terms)
    set_clock(subject, obligation, step)
    subject.add_obligation(obligation)
    subject.touched_obligations[obligation.obligation_id] = obligation
    step.outcomes.append((subject, raised(subject, step, obligation)))
    return obligation


def new_obligation(
    subject: Whom,
    step: Step,
    kind: str,
    key: ObligationKey,
    categories: Sequence[str],
    **terms: Unpack[Terms],
) -> Obligation:
    """Make one, open, that no state knows yet."""
    request_ref, about = terms.get("request_ref"), terms.get("about")
    what = subject.subject_id + (terms.get("key_id") or holding_id(key)) + (request_ref or "").encode() + (about or "").encode()
    return Obligation(
        obligation_id=outcome_id(kind.lower(), step.partition, step.offset, what),
        kind=kind,
        holding=key,
        categories=tuple(categories),
        due_at=terms["due_at"],
        overdue_at=terms["overdue_at"],
        rule=terms["rule"],
        raised_at=step.at,
        raised_offset=step.offset,
        rests_on=tuple(sorted(set(terms["rests_on"]))),
        request_ref=request_ref,
        about=about,
    )


def raised(subject: Whom, step: Step, obligation: Obligation) -> Outcome:
    """Say that it was raised. At most LIST_ENTRIES_MAX categories are named: the first in order; the state has all."""
    holder, store, purpose, ref, received_from = obligation.holding
    fields = envelope(step, subject, "ObligationRaised", obligation.obligation_id)
    fields |= {
        "obligation_id": obligation.obligation_id,
        "kind": obligation.kind,
        "holder": holder,
        "store": store,
        "purpose": purpose,
        "ref": ref,
        "received_from": received_from,
        "categories": list(obligation.categories[:LIST_ENTRIES_MAX]),
        "due_at": obligation.due_at,
        "overdue_at": obligation.overdue_at,
        "rule": obligation.rule,
        "rests_on": list(obligation.rests_on),
        "about": obligation.about,
        "request_ref": obligation.request_ref,
    }
    return Outcome("ObligationRaised", OBLIGATIONS, fields)


def settle(
    subject: Subject, obligation: Obligation, step: Step, state: str, *, reason: str | None = None, certificate_ref: str | None = None
) -> None:
    """Close an obligation as MET or CANCELLED; it leaves the state, its row and its outcome stay.

    What is met too late is late, also where no tick came between: whoever records all at once at the end has not been in time.
    """
    if state == "MET" and obligation.state == "OPEN" and obligation.kind != NOTIFY_AUTHORITY:
        set_clock(subject, obligation, step)
        had_time = obligation.kind != "ERASE" or obligation.raised_at < obligation.overdue_at  # who is asked after that has until the next tick
        if had_time and obligation.overdue_at <= step.happened_at:
            _say_late(subject, obligation, step)
    obligation.state, obligation.reason, obligation.certificate_ref = state, reason, certificate_ref
    obligation.settled = Evidence(step.at, step.event_id, step.offset)
    subject.drop_obligation(obligation)
    _stop_clock(subject, obligation)
    subject.touched_obligations[obligation.obligation_id] = obligation
    type_name = "ObligationMet" if state == "MET" else "ObligationCancelled"
    fields = _about(step, subject, obligation, type_name)
    if state == "MET":
        fields["certificate_ref"] = certificate_ref
    else:
        fields["reason"] = reason or ""
    step.outcomes.append((subject, Outcome(type_name, OBLIGATIONS, fields)))


def set_clock(subject: Subject, obligation: Obligation, step: Step) -> None:
    """Work out again when an open obligation is overdue: from its request's clock, and from the holds that make an erasure wait.

    A term's counts from when it was raised. What stands still without an end is as if that came at the time reached.
    """
    as_raised = subject.clocks.get(obligation.obligation_id, obligation.overdue_at)
    times = [(obligation.raised_at, as_raised)]
    if obligation.request_ref is not None:
        times = times_of(step.rules, subject, obligation, subject.requests[obligation.request_ref], step.time_reached)
    elif not subject.holds:
        return
    periods: list[Period] = []
    if subject.holds and obligation.kind == "ERASE":
        periods = [p for p in subject.periods() if any(_covers(p, obligation, category) for category in obligation.categories)]
    overdue_at = max(runs_out(start, end, periods, step.time_reached) for start, end in times)
    if overdue_at == obligation.overdue_at:
        return
    obligation.overdue_at = overdue_at
    subject.touched_obligations[obligation.obligation_id] = obligation
    _stop_clock(subject, obligation)
    if overdue_at != as_raised and obligation.request_ref is None:
        subject.clocks[obligation.obligation_id] = as_raised
        subject.touched = True


def _covers(period: Period, obligation: Obligation, category: str) -> bool:
    return period.store in (None, obligation.holding[1]) and (not period.categories or category in period.categories)


def _stop_clock(subject: Subject, obligation: Obligation) -> None:
    if subject.clocks.pop(obligation.obligation_id, None) is not None:
        subject.touched = True


def runs_out(start: int, end: int, periods: Iterable[Period], now: int) -> int:
    """When a time from start to end is over that stands still in these periods; one without an end lasts until now."""
    counted_to = start
    for period_start, period_end in sorted((period.start, now if period.end is None else period.end) for period in periods):
        if period_start >= end:
            break
        counted_from = max(period_start, counted_to)
        if period_end > counted_from:
            end += period_end - counted_from
            counted_to = period_end
    return end


def mark_overdue(subject: Subject, obligation: Obligation, step: Step) -> None:
    """Say once that an open obligation is late, unless it had to wait; and that the promise behind it is broken."""
    set_clock(subject, obligation, step)
    if obligation.overdue_at > step.time_reached:
        return
    _say_late(subject, obligation, step)


def _say_late(subject: Subject, obligation: Obligation, step: Step) -> None:
    _stop_clock(subject, obligation)
    obligation.state = "OVERDUE"
    subject.touched_obligations[obligation.obligation_id] = obligation
    step.outcomes.append((subject, Outcome("ObligationOverdue", OBLIGATIONS, _about(step, subject, obligation, "ObligationOverdue"))))
    found(
        subject, step, obligation.rule, OVERDUE[obligation.kind], "BREACH", what=obligation.obligation_id, holder=obligation.holding[0],
        purpose=obligation.holding[2], categories=obligation.categories, rests_on=obligation.rests_on,
    )  # fmt: skip


def escalation(obligation: Obligation, now: int) -> int:
    """How urgent it has become at a time reached: 0 in time or settled, 1 late, 2 late for as long again as there was to act, 3 for twice as long.

    There was a day at the least. Worked out, never stored: who asks later learns more.
    """
    if obligation.state != "OVERDUE" or obligation.overdue_at > now:
        return 0
    given = max(obligation.overdue_at - max(obligation.due_at, obligation.raised_at), DAY)
    return min(1 + (now - obligation.overdue_at) // given, ESCALATION_MAX)


def found(
    subject: Subject,
    step: Step,
    promise: str,
    rule: str,
    severity: str,
    *,
    what: bytes = b"",
    holder: str | None = None,
    purpose: str | None = None,
    categories: Sequence[str] = (),
    rests_on: Iterable[bytes],
) -> None:
    """Say that a promise is broken. what: tells apart two of one promise and rule that one record gives."""
    fields = envelope(step, subject, "ViolationFound", f"{promise}/{rule}".encode() + what) | {
        "promise": promise,
        "rule": rule,
        "severity": severity,
        "holder": holder,
        "purpose": purpose,
        "categories": list(categories[:LIST_ENTRIES_MAX]),
        "rests_on": list(rests_on),
    }
    step.outcomes.append((subject, Outcome("ViolationFound", VIOLATIONS, fields)))


def _about(step: Step, subject: Subject, obligation: Obligation, type_name: str) -> dict[str, Any]:
    return envelope(step, subject, type_name, obligation.obligation_id) | {
        "obligation_id": obligation.obligation_id,
        "kind": obligation.kind,
        "holder": obligation.holding[0],
        "rule": obligation.rule,
        "rests_on": sorted({*obligation.rests_on, step.event_id}),
    }
