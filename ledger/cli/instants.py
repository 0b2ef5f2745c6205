"""Times on the command line: read by the same rule as those in events (RFC 3339 with offset)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger.errors import CallerError


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
