"""When the answer to a request is late: GDPR Art. 12(3), counted as Regulation 1182/71 says.

Pure. Source: docs/duties.md sections 2 and 3; promises X-02, HH-18.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.core.calendar import DUTCH_ZONE, Duration, add_term
from ledger.core.working_days import period_due

if TYPE_CHECKING:
    from ledger.core.duty import Duty
    from ledger.core.law import LawInZone
    from ledger.core.rules import Rules
    from ledger.core.state import Obligation, Request
from ledger.core.subject import Subject

CLOCK: Final = "gdpr-12-3"
MONTH: Final = Duration(months=1)
MONTHS_EXTENDED: Final = Duration(months=3)
"""Where the policy carries no law, or none was in force then: the statement's own promise to answer is held to the same time."""
NOT_IDENTIFIED: Final = "NOT_DONE"


class Counting(NamedTuple):
    """What periods are counted by: legal time, and the law of the policy in force then; None: it carries none."""

    zone: tzinfo
    law: LawInZone | None


class Clock(NamedTuple):
    """From when it runs and when it is over, in microseconds. is_extended, is_paused: whether more time was taken; whether it has not begun yet."""

    start: int
    end: int
    is_extended: bool
    is_paused: bool


def clock_of(request: Request, by: Counting, now: int) -> Clock:
    """The clock of a request that was received; while it is not known who asks, it begins at the time reached.

    An extension counts when it was told before the first month was over.
    """
    received = request.received
    if received is None:
        raise ValueError("a request that was not received has no clock")
    start, is_paused = received.at, False
    if request.identity == NOT_IDENTIFIED:
        is_paused = request.identified is None
        start = max(received.at, now) if request.identified is None else request.identified.at
    within, extended = _periods(by.law, received.at)
    end = period_due(start, within, by.zone)
    is_extended = request.extended is not None and request.extended.at < end
    if is_extended:
        end = period_due(start, extended, by.zone)
    return Clock(start, end, is_extended, is_paused)


def _periods(law: LawInZone | None, at: int) -> tuple[Duration, Duration]:
    """How long an answer may take, and how long at most, by the law at the receipt."""
    clock = None if law is None else law.clock_at(CLOCK, at)
    if clock is None or clock.within is None:
        return MONTH, MONTHS_EXTENDED
    more = clock.extendable_by or Duration()
    return clock.within, Duration(clock.within.months + more.months, clock.within.days + more.days)


def counting_at(rules: Rules, controller: str, at: int) -> Counting:
    """Legal time and law of the policy in force then; without one, Dutch legal time and no law."""
    published = rules.policy_at(controller, at)
    return Counting(rules.zone_of(DUTCH_ZONE), None) if published is None else Counting(published.zone, published.law)


def zone_at(rules: Rules, controller: str, at: int) -> tzinfo:
    """The legal time of the policy in force then; without one, Dutch legal time."""
    return counting_at(rules, controller, at).zone


def times_of(rules: Rules, subject: Subject, obligation: Obligation, request: Request, now: int) -> list[tuple[int, int]]:
    """(from, until) of the times that there are for what a request calls for: it is late when the last of them is over.

    The request's clock; of an erasure what the statement promises, where that is sooner, counted from when it was called for where that is later
    than the start (the end of a service, or an export, may have come first). And for what a refusal let stay, the time from its end.
    """
    received = request.received
    if received is None:
        raise ValueError("a request that was not received has no clock")
    controller, by, is_erasure = subject.controller, counting_at(rules, subject.controller, received.at), obligation.kind == "ERASE"
    start, end, *_ = clock_of(request, by, now)
    duty = erase_duty(rules, subject, obligation.holding[0], received.at) if is_erasure else None
    if duty is not None and duty.acts_within is not None:
        end = min(end, add_term(max(start, obligation.raised_at), duty.acts_within, by.zone))
    if obligation.due_at <= received.at:
        return [(start, end)]
    if not is_erasure:
        duty = rules.duty(controller, received.at, "erasure", "end_service")
    called_at = max(obligation.due_at, obligation.raised_at)
    return [(start, end), (called_at, add_term(called_at, rules.acts_within(controller, received.at, duty), by.zone))]


def erase_duty(rules: Rules, subject: Subject, holder: str, received_at: int) -> Duty | None:
    """What the statement says of a request for erasure; of what others hold the law alone says something (HH-18: "uit onze systemen")."""
    return rules.duty(subject.controller, received_at, "request", "erase", right="ERASURE") if holder == subject.controller else None
