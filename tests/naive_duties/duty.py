"""An obligation as it was raised, and how one ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.naive_duties.holdings import Key

MET, CANCELLED = "MET", "CANCELLED"
Ended = tuple[str, str | None]
"""MET or CANCELLED, and the reason of a cancellation."""


@dataclass(frozen=True, kw_only=True)
class Duty:
    """overdue_at: as it is when it is raised. rests_on: event ids, where the page says which. receipt: of the request that called for it."""

    kind: str
    key: Key
    categories: tuple[str, ...]
    rule: str
    due_at: int
    overdue_at: int
    request_ref: str | None = None
    about: str | None = None
    rests_on: tuple[bytes, ...] | None = None
    receipt: bytes | None = None
    late_at: int = 0  # of what does not follow a request's clock: when it is late if nothing holds it up
    runs_from: int = field(default=0)  # and since when its clock runs
