"""What must go, goes and went, in numbers: overdue by age, done by month, refused, held back, the calendar ahead, what has no date; other duties.

Reads tallies alone. A day is one of Dutch legal time; "today" is the ledger's. Source: docs/answers.md section 9.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.due import DUE_DAYS_AHEAD
from ledger.answers.presentation import term
from ledger.answers.shapes_overviews import (
    Broken,
    ComingByRule,
    ComingDue,
    DeletionOverview,
    Gap,
    HeldBack,
    ListedBy,
    OtherDuties,
    PromisesOverview,
    Settled,
    SettledByRule,
    Unsettled,
)
from ledger.answers.shapes_sharing import PromiseNote
from ledger.answers.stated import left_out
from ledger.core import calendar
from ledger.core.delta import Row
from ledger.legal_time import DUTCH_TIME

AGES: Final[dict[str, tuple[int | None, int | None]]] = {"0-6": (None, 6), "7-29": (7, 29), "30-89": (30, 89), "90+": (90, None)}
"""At least and at most so many days since it was due; what is not due yet is as young as can be."""
IN_TIME: Final = "in-time"
"""Of an erasure that was done: before it was overdue. What was done later is as old as it was then (AGES)."""
_FIRST: Final = date(1970, 1, 1)


def deletion_overview(asking: Asking, controller: str | None, until: int | None) -> DeletionOverview:
    """Add up erasures and what comes due. until: the last moment of the calendar; None: 30 days after the ledger's time."""
    with asking.snapshot() as seen:
        today = day_of(seen.time_reached) if seen.time_reached else None
        last = day_of(until) if until is not None else today and today + timedelta(days=DUE_DAYS_AHEAD)
        unsettled = _unsettled(seen.store.tally_unsettled(controller, today or _FIRST))
        others = [_other_duties(row) for row in seen.store.tally_other_duties(controller)]
        settled = [_settled(row) for row in seen.store.tally_settled(controller)]
        settled_by_rule = [_settled_by_rule(row) for row in seen.store.tally_settled_by_rule(controller)]
        held_back = [_held_back(row) for row in seen.store.tally_held_back(controller)]
        first = today or _FIRST
        coming = [] if last is None else [_coming(row) for row in seen.store.tally_coming(controller, first, last)]
        by_rule = [] if last is None else [_coming_by_rule(row) for row in seen.store.tally_coming_by_rule(controller, first, last)]
        silent = _silent(seen, controller)
        gaps = [_gap(row) for row in seen.store.tally_without_date(controller)]
    settled.sort(key=lambda each: (-each.month.toordinal(), each.controller, each.holder, each.state, each.reason or ""))
    settled_by_rule.sort(key=lambda e: (-e.number, e.controller, e.holder, e.rule, e.state, e.reason or "", e.lateness or ""))
    held_back.sort(key=lambda each: (-each.number, each.controller, each.holder, each.rule or ""))
    coming.sort(key=lambda each: (each.day, each.controller))
    by_rule.sort(key=lambda each: (each.first, each.controller, each.holder, each.rule or ""))
    gaps.sort(key=lambda each: (each.rule is not None, -each.number, each.controller, each.holder, each.purpose, each.rule or "", repr(each.role)))
    return DeletionOverview(
        controller=controller,
        today=today,
        until=last,
        overdue=sum(each.number for each in unsettled if each.state == "OVERDUE"),
        open=sum(each.number for each in unsettled if each.state == "OPEN"),
        done=sum(each.number for each in settled if each.state == "MET"),
        refused=sum(each.number for each in settled if each.reason == "refused"),
        held_back=sum(each.number for each in held_back),
        unsettled=tuple(unsettled),
        other_duties=tuple(sorted(others, key=lambda each: (each.state != "OVERDUE", -each.number, each.controller, each.kind, each.holder))),
        settled=tuple(settled),
        settled_by_rule=tuple(settled_by_rule),
        waiting=tuple(held_back),
        coming=tuple(coming),
        coming_by_rule=tuple(by_rule),
        without_date=tuple(gaps),
        silent=silent,
        freshness=seen.freshness(),
    )


def promises_overview(asking: Asking, controller: str | None) -> PromisesOverview:
    """Add up broken promises by the month in which each was found."""
    with asking.snapshot() as seen:
        broken = [
            Broken(
                controller=owner, promise=promise, rule=rule, severity=severity, month=month, number=number,
                listed_by=ListedBy(question="violations", controller=owner, promise=promise, month=month),
            )
            for owner, promise, rule, severity, month, number in seen.store.tally_broken(controller)
        ]  # fmt: skip
    broken.sort(key=lambda each: (-each.month.toordinal(), -each.number, each.controller, each.promise, each.rule, each.severity))
    return PromisesOverview(controller=controller, broken=tuple(broken), freshness=seen.freshness())


def _silent(seen: Snapshot, controller: str | None) -> tuple[PromiseNote, ...]:
    """What the statements in force say nothing of, by controller."""
    return tuple(
        note
        for published in seen.in_force(controller).values()
        for note in left_out(seen.register(), published, statuses=frozenset({"silent"}))
    )


def day_of(micros: int) -> date:
    """The day of a moment in Dutch legal time."""
    return calendar.day_of(micros, DUTCH_TIME)


def age_of(day: date, today: date) -> str:
    """How long ago it was due. sql/tally_queries.sql says the same; a test holds the two together."""
    days = (today - day).days
    return next(name for name, (_, most) in AGES.items() if most is None or days <= most)


def lateness_of(due_at: int, overdue_at: int, settled_at: int) -> str:
    """How late an erasure was done. Moments in microseconds. sql/projection.sql (how_late) says the same; a test holds the two together."""
    return IN_TIME if settled_at < overdue_at else age_of(day_of(due_at), day_of(settled_at))


def _unsettled(rows: list[Row]) -> list[Unsettled]:
    lines = [
        Unsettled(
            controller=controller, holder=holder, rule=rule, state=state, age=age, number=number, oldest=oldest,
            listed_by=ListedBy(question="obligations", controller=controller, holder=holder, state=state, rule=rule),
        )
        for controller, holder, rule, state, age, oldest, number in rows
    ]  # fmt: skip
    return sorted(lines, key=lambda each: (each.state != "OVERDUE", -each.number, each.controller, each.holder, each.rule, each.age))


def _other_duties(row: Row) -> OtherDuties:
    controller, kind, holder, state, oldest, number = row
    return OtherDuties(
        controller=controller, kind=kind, holder=holder, state=state, number=number, oldest=oldest,
        listed_by=ListedBy(question="obligations", controller=controller, holder=holder, state=state, kind=kind),
    )  # fmt: skip


def _settled(row: Row) -> Settled:
    controller, holder, state, reason, month, number = row
    listed_by = ListedBy(question="obligations", controller=controller, holder=holder, state=state, month=month)
    return Settled(controller=controller, holder=holder, state=state, reason=reason, month=month, number=number, listed_by=listed_by)


def _settled_by_rule(row: Row) -> SettledByRule:
    controller, holder, rule, state, reason, lateness, number = row
    return SettledByRule(
        controller=controller, holder=holder, rule=rule, state=state, reason=reason, lateness=lateness, number=number,
        listed_by=ListedBy(question="obligations", controller=controller, holder=holder, state=state, rule=rule),
    )  # fmt: skip


def _held_back(row: Row) -> HeldBack:
    controller, holder, rule, oldest, number = row
    listed_by = ListedBy(question="due", controller=controller, holder=holder, state="HELD_BACK", rule=rule)
    return HeldBack(controller=controller, holder=holder, rule=rule, number=number, oldest=oldest, listed_by=listed_by)


def _coming(row: Row) -> ComingDue:
    controller, day, number = row
    listed_by = ListedBy(question="due", controller=controller, state="COMING", day=day)
    return ComingDue(controller=controller, day=day, number=number, listed_by=listed_by)


def _coming_by_rule(row: Row) -> ComingByRule:
    controller, holder, rule, first, number = row
    listed_by = ListedBy(question="due", controller=controller, holder=holder, state="COMING", rule=rule)
    return ComingByRule(controller=controller, holder=holder, rule=rule, first=first, number=number, listed_by=listed_by)


def _gap(row: Row) -> Gap:
    controller, holder, role, purpose, rule, number = row
    return Gap(
        controller=controller, holder=holder, role=None if role is None else term("recipient_roles", role), purpose=term("purposes", purpose),
        rule=rule, number=number, listed_by=ListedBy(question="retention", controller=controller, holder=holder, role=role, rule=rule),
    )  # fmt: skip
