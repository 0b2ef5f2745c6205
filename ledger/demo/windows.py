"""How the demo lets time pass: month by month, and besides to the evening of each day on which something must be done at once.

A tick comes before what happened until then, so a clock that runs out inside a window would be over before its answer is told: a request is
answered, a breach recorded, in a window of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ledger.demo.people import DAY, HOUR
from ledger.demo.strands import Happening

EVENING = 20 * HOUR
"""After working hours (UTC), before midnight in Amsterdam, at which the clocks of requests run out."""


class Window(NamedTuple):
    """A piece of time. end: its first moment that is over, microseconds; events: what reaches the ledger in it, in order. ends_month: whether it
    is the last one of its month."""

    end: int
    events: list[Happening]
    ends_month: bool


def windows(happenings: Iterable[Happening], month_ends: Iterable[int]) -> Iterator[Window]:
    """Cut a stream of happenings, in order of time, into windows. Holds one window in memory."""
    coming = iter(happenings)
    event = next(coming, None)
    for month_end in month_ends:
        end, events = month_end, list[Happening]()
        while event is not None and event.at < month_end:
            if event.at >= end:
                yield Window(end, events, ends_month=False)
                end, events = month_end, []
            if event.is_prompt:
                end = min(end, _evening(event.at))
            events.append(event)
            event = next(coming, None)
        if end < month_end:
            yield Window(end, events, ends_month=False)
            events = []
        yield Window(month_end, events, ends_month=True)


def _evening(at: int) -> int:
    evening = at // DAY * DAY + EVENING
    return evening if at < evening else evening + DAY
