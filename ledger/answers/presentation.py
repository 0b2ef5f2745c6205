"""Terms, durations and moments in words that people read. Pure: text in, text out; tables are the shells' own business.

Source of the names: `ledger/contract/term_names.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from ledger.answers.shapes import Term
from ledger.contract.term_names import spelt, term_name

if TYPE_CHECKING:
    from ledger.core.calendar import Duration

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def term(kind: str, value: str) -> Term:
    """A term of a code list with its name. A term that no list has is spelt out: old events stay readable."""
    return Term(value, term_name(kind, value))


def terms(kind: str, values: Iterable[str]) -> tuple[Term, ...]:
    """Each of them, in the order given."""
    return tuple(term(kind, value) for value in values)


def milestone(kind: str) -> Term:
    """A milestone in words; COLLECTION is the moment the data itself was acquired."""
    return Term(kind, "collection" if kind == "COLLECTION" else spelt(kind))


def duration(value: Duration) -> str:
    """`P2Y` -> "2 years"; nothing -> "at once"."""
    years, months = divmod(value.months, 12)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    units = ((years, "year"), (months, "month"), (value.days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    parts = [f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in units if count]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "at once"


def age(seconds: int) -> str:
    """A stretch of time in its largest whole unit: "3 d", "5 h", "12 min"."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def moment(micros: int | None, zone: tzinfo) -> str:
    """The day in that zone, with the time when it is not midnight."""
    if micros is None:
        return "-"
    wall = (_EPOCH + timedelta(microseconds=micros)).astimezone(zone)
    return wall.strftime("%Y-%m-%d" if (wall.hour, wall.minute) == (0, 0) else "%Y-%m-%d %H:%M")


def moment_in_words(micros: int, zone: tzinfo) -> str:
    """As `moment`, but the last microsecond of a day is its end."""
    following = (_EPOCH + timedelta(microseconds=micros + 1)).astimezone(zone)
    if (following.hour, following.minute, following.second, following.microsecond) == (0, 0, 0, 0):
        return f"the end of {day(micros, zone)}"
    return moment(micros, zone)


def day(micros: int, zone: tzinfo) -> str:
    """The day in that zone."""
    return (_EPOCH + timedelta(microseconds=micros)).astimezone(zone).strftime("%Y-%m-%d")
