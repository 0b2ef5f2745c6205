"""Legal holds and restrictions: what they cover, while they stand, and what they do to a clock (docs/policies.md section 7)."""

from __future__ import annotations

from functools import lru_cache

from tests.naive_duties.holdings import Key
from tests.naive_duties.view import Fields, View


@lru_cache(maxsize=8)
def placings(view: View) -> list[Fields]:
    """Each placing with its `end`: the next placing or release, or its own end; None while there is none. At an equal moment a release is later."""
    steps = [(f["occurred_at"], is_release, f["event_id"], f) for is_release, name in enumerate(("HoldPlaced", "HoldReleased"))
             for f in view.all(name)]  # fmt: skip
    found = []
    for step in steps:
        if not step[1]:
            placed = step[3]
            after = [other[0] for other in steps if other[3]["hold_ref"] == placed["hold_ref"] and other[:3] > step[:3]]
            ends = [*after, *([] if placed["until"] is None else [placed["until"]])]
            found.append(placed | {"end": min(ends, default=None), "is_over": bool(after)})
    return found


def covers(hold: Fields, key: Key, category: str) -> bool:
    return hold["store"] in (None, key.store) and category in (hold["categories"] or [category])


def on_hold(view: View, key: Key, category: str) -> bool:
    """Whether a hold that stands covers it: its own end counts when that time is reached."""
    return any(
        covers(hold, key, category) and not hold["is_over"] and (hold["until"] is None or hold["until"] > view.time) for hold in placings(view)
    )


def held_up(view: View, key: Key, categories: tuple[str, ...], start: int, end: int) -> int:
    """When a clock that runs from start to end has run out, without the time on hold; a hold without an end lasts until the last tick."""
    spans = sorted(
        (max(hold["occurred_at"], start), view.time if hold["end"] is None else hold["end"])
        for hold in placings(view)
        if any(covers(hold, key, category) for category in categories)
    )
    counted = start
    for first, last in spans:
        if first >= end:
            break
        end += max(0, last - max(first, counted))
        counted = max(counted, last)
    return end
