"""Times and places as people write them: times by the same rule as those in events (RFC 3339 with offset), days in Dutch legal time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ledger.errors import CallerError

if TYPE_CHECKING:
    from ledger.answers.query import Position, RecordedBy
    from ledger.replaying.until import Until


def read_instant(name: str, text: str) -> datetime:
    """The aware time that stands at an option or argument, such as `--start`.

    Raises:
        CallerError: it is not RFC 3339, has no offset, or does not exist.
    """
    from ledger.contract.json_form import text_to_instant  # schemas: half a tenth of a second that other commands need not pay

    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=text_to_instant(text))
    except (ValueError, OverflowError):
        raise CallerError(
            f"cannot read {name}: expected an RFC 3339 time with offset, got something else", hint="for example 2026-01-01T00:00:00Z"
        ) from None


def read_ledger_time(name: str, text: str) -> datetime:
    """The time that is to come on a ledger: one that events may have too.

    Raises:
        CallerError: as `read_instant`, or outside the years that the SDK takes.
    """
    from ledger.contract.json_form import datetime_to_instant
    from ledger.sdk.validation import INSTANT_MAX, INSTANT_MIN

    time = read_instant(name, text)
    if not INSTANT_MIN <= datetime_to_instant(time) <= INSTANT_MAX:
        first, last = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=bound) for bound in (INSTANT_MIN, INSTANT_MAX))
        raise CallerError(
            f"cannot take {name}: expected a time from {first:%Y-%m-%dT%H:%M:%SZ} up to {last:%Y-%m-%dT%H:%M:%SZ}, got one outside",
            hint="no event can happen there, and a time that has come cannot be undone",
        )
    return time


def read_moment(text: str | None, *, is_first: bool = False, field: str | None = None) -> int | None:
    """A day means its last microsecond, in Dutch legal time; is_first: its first one. field: where it stands. Raises: CallerError."""
    from ledger.contract.json_form import text_to_instant
    from ledger.core.calendar import start_of_day
    from ledger.legal_time import DUTCH_TIME

    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            return start_of_day(day, DUTCH_TIME) if is_first else start_of_day(day + timedelta(days=1), DUTCH_TIME) - 1
        return text_to_instant(text)
    except (ValueError, OverflowError):
        raise CallerError(
            "cannot read the moment: expected a day or an RFC 3339 time with offset", hint="for example 2020-01-31 or 2020-01-31T12:00:00Z",
            field=field,
        ) from None


def read_known_at(text: str) -> Position | RecordedBy:
    """A place on the log, or a day or time by the broker's clock that has come. Raises: CallerError."""
    from ledger.answers.days_come import require_recorded_by_now
    from ledger.answers.query import Position, RecordedBy

    match = re.fullmatch(r"(?:(\d{1,9}):)?(\d{1,18})", text)
    if match is not None:
        return Position(None if match[1] is None else int(match[1]), int(match[2]))
    if "-" not in text:
        what = "cannot read the position: expected OFFSET, PARTITION:OFFSET, a day or a time"
        raise CallerError(what, hint="for example 1200, 2:1200 or 2026-01-31", field="known_at")
    at = read_moment(text, field="known_at") or 0
    require_recorded_by_now(at)
    return RecordedBy(at)


def read_until(words: list[str]) -> Until | None:
    """What stands at --until or --known-at: places, or one time. Raises: CallerError."""
    from ledger.answers.query import RecordedBy
    from ledger.replaying.until import Until

    if not words:
        return None
    read = [read_known_at(word) for word in words]
    moments = [each.at for each in read if isinstance(each, RecordedBy)]
    if moments:
        if len(words) > 1:
            hint = "a time holds for all partitions"
            raise CallerError("cannot read the place: expected one time, or positions, got more", hint=hint, field="known_at")
        return Until(recorded_at=moments[0])
    positions = {each.partition: each.offset for each in read if not isinstance(each, RecordedBy)}
    if len(positions) < len(words):
        hint = "for example 0:1200 and 1:900, the option repeated"
        raise CallerError("cannot read the place: expected each partition once", hint=hint, field="known_at")
    return Until(positions=positions)
