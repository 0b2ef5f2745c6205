"""When the answer to a request is late: GDPR Art. 12(3), counted as Regulation 1182/71 says.

Pure. Source: docs/duties.md sections 2 and 3; promises X-02, HH-18.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.core.calendar import add_term
from ledger.core.working_days import request_due

if TYPE_CHECKING:
    from ledger.core.duty import Duty
    from ledger.core.rules import Rules
    from ledger.core.state import Request, Subject

MONTHS: Final = 1
MONTHS_EXTENDED: Final = 3
NOT_IDENTIFIED: Final = "NOT_DONE"


class Clock(NamedTuple):
    """From when it runs and when it is over, in microseconds. is_extended, is_paused: whether more time was taken; whether it has not begun yet."""

    start: int
    end: int
    is_extended: bool
    is_paused: bool


def clock_of(request: Request, zone: tzinfo, now: int) -> Clock:
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
    end = request_due(start, MONTHS, zone)
    is_extended = request.extended is not None and request.extended.at < end
    if is_extended:
        end = request_due(start, MONTHS_EXTENDED, zone)
    return Clock(start, end, is_extended, is_paused)


def zone_at(rules: Rules, controller: str, at: int) -> tzinfo:
    """The legal time of the policy in force then; without one, Dutch legal time."""
    published = rules.policy_at(controller, at)
    return rules.zone_of("Europe/Amsterdam") if published is None else published.zone


def erased_by(rules: Rules, subject: Subject, holder: str, request: Request, raised_at: int, now: int) -> Clock:
    """The clock of an erasure that a request calls for: the request's own, or what the statement promises, where that is sooner.

    That is counted from when it was called for, where that is later than the start: the end of a service, or an export, may have come first.
    """
    received = request.received
    if received is None:
        raise ValueError("a request that was not received has no clock")
    zone = zone_at(rules, subject.controller, received.at)
    clock = clock_of(request, zone, now)
    duty = erase_duty(rules, subject, holder, received.at)
    if duty is None or duty.acts_within is None:
        return clock
    return clock._replace(end=min(clock.end, add_term(max(clock.start, raised_at), duty.acts_within, zone)))


def erase_duty(rules: Rules, subject: Subject, holder: str, received_at: int) -> Duty | None:
    """What the statement says of a request for erasure; of what others hold the law alone says something (HH-18: "uit onze systemen")."""
    return rules.duty(subject.controller, received_at, "request", "erase", right="ERASURE") if holder == subject.controller else None
