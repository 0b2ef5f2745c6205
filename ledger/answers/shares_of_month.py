"""The single shares behind a month's number on sharing, as they stand on the log. Read-only.

Each counts as the fold counted it: in the month of its own moment, once, and never what a person gets of his own data. The store finds shares by
their moment alone, so a page ends after so many were read, found or not. Source: docs/decisions/0029; docs/answers.md section 9.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from ledger.answers.asking import Asking, event_at
from ledger.answers.cursors import Place
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_behind import NONE, ShareLine, SharesAnswer, SharesWanted
from ledger.contract import codec
from ledger.core.calendar import month_after, start_of_day
from ledger.core.shares import share_key
from ledger.legal_time import DUTCH_TIME

YEARS: Final = range(1970, 9999)
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
READ_MAX: Final = 1_000
"""So many shares of the month are read for a page, whatever is asked for among them."""


def shares_of_month(asking: Asking, wanted: SharesWanted, limit: int, after: str | None = None) -> SharesAnswer:
    """By partition and place. limit: at least 1. Raises: CursorError."""
    since, until = start_of_day(wanted.month, DUTCH_TIME), start_of_day(month_after(wanted.month), DUTCH_TIME)
    asked = (
        wanted.month.isoformat(), wanted.controller, wanted.recipient, wanted.role, wanted.giver, wanted.country, wanted.is_onward,
        sorted(wanted.others_than),
    )  # fmt: skip
    with asking.snapshot() as seen:
        cursors = seen.cursors("shares of a month", ("nn",), asked)
        (begun,) = cursors.read(after)
        found: list[ShareLine] = []
        goes_on: Place | None = None
        left = READ_MAX
        first, behind = (begun or (0, -1)) if begun is not None else (seen.partitions, -1)
        for partition in range(max(first, 0), seen.partitions):
            last = behind if partition == first else -1
            shares = seen.store.shares_behind(partition, since, until, left + 1, last)
            for offset, value in shares:
                if left == 0 or len(found) == limit:
                    goes_on = (partition, last)
                    break
                left, last = left - 1, offset
                fields = codec.decode(value)[1]
                if _fits(fields, wanted):
                    found.append(_line(partition, offset, fields))
            if goes_on is not None:
                break
        return SharesAnswer(shares=tuple(found), more=goes_on is not None, next=cursors.write(goes_on), freshness=seen.freshness())


def month_named(text: str) -> date | None:
    """`2018-05` -> its first day; None: it is no month, or none of YEARS."""
    found = _MONTH.fullmatch(text)
    return None if found is None or int(found[1]) not in YEARS else date(int(found[1]), int(found[2]), 1)


def _fits(fields: dict[str, Any], wanted: SharesWanted) -> bool:
    key = share_key(fields, DUTCH_TIME)
    if key is None:
        return False
    controller, giver, recipient, role, country, _month = key
    asked = (wanted.controller, wanted.giver, wanted.recipient, wanted.role, wanted.country)
    if (wanted.is_onward and giver == controller) or recipient in wanted.others_than:
        return False
    return all(one in (None, other) for one, other in zip(asked, (controller, giver, recipient, role, country or NONE), strict=True))


def _line(partition: int, offset: int, fields: dict[str, Any]) -> ShareLine:
    return ShareLine(
        at=fields["occurred_at"], controller=fields["controller"], subject_ref=fields["subject_ref"], giver=fields["by"],
        recipient=fields["recipient"], role=term("recipient_roles", fields["recipient_role"]), country=fields["country"],
        purpose=term("purposes", fields["purpose"]), categories=terms("categories", sorted(fields["categories"])),
        rests_on=(event_at(partition, offset, fields["event_id"]),),
    )  # fmt: skip
