"""Rare moments of agreements: one that is ended, replaced, told late, or ended twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.corners.life import MICRO, Corner, instant

END = "2019-04-01T00:00"


def agreed(*records: tuple[str, str, str, str | None], ticks: tuple[str | int, ...] = ("2019-03-20T12:00", END, "2019-04-10T12:00")) -> Corner:
    """Of each record: the agreement, its state, from when, until when; told in this order, between the first tick and the second."""
    life = Corner("sohosted")
    life.tick(ticks[0])
    for name, state, start, until in records:
        life.put("AgreementChanged", "2019-03-25T12:00", recipient="acme", agreement=name, state=state, categories=["pd:Name"],
                 purposes=["dpv:CustomerCare"], in_force_from=instant(start), until=None if until is None else instant(until))  # fmt: skip
    for moment in ticks[1:]:
        life.tick(moment)
    return life


OPEN = ("a1", "IN_FORCE", "2019-03-01T00:00", None)
ENDED = ("a1", "ENDED", END, None)
OTHER = ("a2", "IN_FORCE", END, None)

AGREEMENTS: dict[str, Callable[[], Corner]] = {
    "an agreement that is ended": lambda: agreed(OPEN, ENDED),
    "an agreement of which the end is told first": lambda: agreed(ENDED, OPEN),
    "an end that is seen a moment early": lambda: agreed(OPEN, ENDED, ticks=("2019-03-20T12:00", instant(END) - MICRO, END)),
    "an agreement that is replaced as it ends": lambda: agreed(OPEN, ENDED, OTHER),
    "a replacement that is told before the end": lambda: agreed(OPEN, OTHER, ENDED),
    "a replacement that begins a moment late": lambda: agreed(OPEN, ENDED, ("a2", "IN_FORCE", "2019-04-01T00:01", None)),
    "an agreement that is ended before its term": lambda: agreed(("a1", "IN_FORCE", "2019-03-01T00:00", "2019-04-05T00:00"), ENDED),
    "an agreement that is ended as its term is over": lambda: agreed(("a1", "IN_FORCE", "2019-03-01T00:00", END), ENDED),
    "an agreement that is ended after its term": lambda: agreed(("a1", "IN_FORCE", "2019-03-01T00:00", "2019-03-28T00:00"), ENDED),
    "an agreement that is prolonged": lambda: agreed(("a1", "IN_FORCE", "2019-03-01T00:00", END), ("a1", "IN_FORCE", "2019-03-15T00:00", None)),
    "an agreement that is cut short": lambda: agreed(("a1", "IN_FORCE", "2019-03-01T00:00", None), ("a1", "IN_FORCE", "2019-03-15T00:00", END)),
    "an agreement that nobody knew is ended": partial(agreed, ENDED),
    "an agreement that is ended twice": lambda: agreed(OPEN, ENDED, ("a1", "ENDED", "2019-04-05T00:00", None)),
    "an agreement that is ended from its beginning": lambda: agreed(("a1", "IN_FORCE", END, None), ENDED),
}
