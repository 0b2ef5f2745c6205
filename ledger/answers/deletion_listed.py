"""The list behind a number on deletion, page by page: ages and what comes are counted from the day on which the first page was asked.

The page and `/v1/overview/deletion/list` ask by it. A cursor carries that day, so that a list that was begun before midnight can be read to its end.
Source: docs/answers.md section 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from ledger.answers.cursors import CursorError
from ledger.answers.deletion_choice import YEARS, choice_of
from ledger.answers.deletion_overview import day_of
from ledger.answers.query import Query
from ledger.answers.shapes_behind import DatedWanted, DeletionListAnswer

DAY_LENGTH: Final = 10


def listed(query: Query, wanted: Mapping[str, str], controller: str | None, limit: int, after: str | None) -> DeletionListAnswer:
    """What is wanted (deletion_choice.choice_of), a page of it. Raises: CursorError."""
    with query.one_moment():
        today, place = day_of(query.freshness().time_reached), None
        if after is not None:
            today, place = _read(after)
        choice = choice_of(wanted, controller, today)
        if isinstance(choice, DatedWanted):
            held = query.dated_behind(choice, limit, place)
            found = DeletionListAnswer(
                state=wanted["state"], holdings=held.holdings, erasures=(), more=held.more, next=held.next, freshness=held.freshness
            )
        else:
            called = query.erasures_behind(choice, limit, place)
            found = DeletionListAnswer(
                state=wanted["state"], holdings=(), erasures=called.erasures, more=called.more, next=called.next, freshness=called.freshness
            )
    return found if found.next is None else replace(found, next=f"{today.isoformat()}_{found.next}")


def _read(after: str) -> tuple[date, str]:
    day, place = after[:DAY_LENGTH], after[DAY_LENGTH + 1 :]
    try:
        today = date.fromisoformat(day)
    except ValueError:
        raise CursorError from None
    if today.year not in YEARS or not after.startswith(f"{day}_") or not place:
        raise CursorError
    return today, place
