"""From what a number on deletion is of (state, age, day, month) to the list behind it. Pure; the page and `/v1/overview/deletion/list` ask by it.

A day is one of Dutch legal time; "today" is the ledger's. Source: docs/answers.md sections 9 and 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from ledger.answers.deletion_overview import AGES, IN_TIME
from ledger.answers.shapes_behind import DatedWanted, ErasuresWanted
from ledger.core.calendar import month_after, start_of_day
from ledger.legal_time import DUTCH_TIME

AHEAD_DAYS: Final = 366
"""What comes due is listed until so many days after today."""
YEARS: Final = range(1900, 9000)
"""A day of another year is as one that cannot be read: at the ends of the calendar there is no day before or after."""
DATED: Final = ("HELD_BACK", "COMING")
STATES: Final = ("OVERDUE", "OPEN", "HELD_BACK", "COMING", "MET", "REFUSED", "CANCELLED")
_READ: Final = ("day", "month", "age")


def choice_of(wanted: Mapping[str, str], controller: str | None, today: date) -> DatedWanted | ErasuresWanted:
    """What is asked. wanted: state (one of STATES), holder, rule, age, day (ISO), month (`2026-03`), each empty for any; what cannot be read, too.

    age: of what was done (MET) how late that was, whenever it was; else how long ago it was due, or called off.
    """
    state, holder, rule = wanted["state"], wanted["holder"] or None, wanted["rule"] or None
    is_late_asked = state == "MET" and wanted["age"] in (IN_TIME, *AGES)
    since, until = days_of({**wanted, "age": ""} if state == "MET" else wanted, today)
    if state == "COMING":
        since, until = max(since or today, today), min(until or date.max, today + timedelta(days=AHEAD_DAYS))
    first = None if since is None else start_of_day(since, DUTCH_TIME)
    before = None if until is None else start_of_day(until + timedelta(days=1), DUTCH_TIME)
    if state in DATED:
        return DatedWanted(controller=controller, holder=holder, rule=rule, is_held_back=state == "HELD_BACK", since=first, until=before)
    reason = "refused" if state == "REFUSED" else None
    least, most = AGES.get(wanted["age"], (None, None)) if is_late_asked else (None, None)
    return ErasuresWanted(
        state="CANCELLED" if reason else state, controller=controller, holder=holder, rule=rule, reason=reason, since=first, until=before,
        is_in_time=wanted["age"] == IN_TIME if is_late_asked else None, days_least=least, days_most=most,
    )  # fmt: skip


def days_of(wanted: Mapping[str, str], today: date) -> tuple[date | None, date | None]:
    """The first and the last day that are asked for, None: no bound. The day counts before the month, the month before the age."""
    given = next((name for name in _READ if wanted[name]), None)
    try:
        return (None, None) if given is None else _days(given, wanted[given], today)
    except (ValueError, KeyError):
        return None, None


def unreadable(wanted: Mapping[str, str]) -> str | None:
    """The name of the first of age, day and month that is given and cannot be read; None: there is none."""
    for name in _READ:
        try:
            if wanted[name] and not (name == "age" and wanted[name] == IN_TIME and wanted.get("state") == "MET"):
                _days(name, wanted[name], date(2000, 1, 1))
        except (ValueError, KeyError):
            return name
    return None


def _days(name: str, text: str, today: date) -> tuple[date | None, date | None]:
    """Raises: ValueError, KeyError."""
    if name == "day":
        return (day := _day(text)), day
    if name == "month":
        first = _day(text + "-01")
        return first, month_after(first) - timedelta(days=1)
    least, most = AGES[text]
    return None if most is None else today - timedelta(days=most), None if least is None else today - timedelta(days=least)


def _day(text: str) -> date:
    """Raises: ValueError."""
    if (found := date.fromisoformat(text)).year not in YEARS:
        raise ValueError
    return found
