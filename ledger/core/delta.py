"""What one batch of one partition's records means for the projections: data only, written by a host in one transaction.

Row tuples have the column order of docs/architecture.md section 5. Uuids are 16 bytes, instants are microseconds since 1970 UTC, arrays are tuples.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

Row = tuple[Any, ...]

ShareKey = tuple[str, str, str, str, str | None, date]
"""(controller, giver, recipient, role, country, first day of the month): what one count of shares is of."""

NOBODY = bytes(16)
"""A subject id before all others; also that of an outcome about no subject."""


class RegisterStep(NamedTuple):
    """A register event as its fold needs it again later: place in `facts`, ids, time of its outcomes, and the last tick at or before it.

    since: of a tick, the time of the one before; otherwise the last tick, too.
    """

    offset: int
    event_id: bytes
    salt: bytes
    at: int
    time_reached: int
    since: int


class Pending(NamedTuple):
    """Register events that are not folded yet into all the subjects they concern, in log order.

    after: the first of them is folded into the subjects up to this id, in order of subject ids. Nothing pending: no steps.
    """

    steps: tuple[RegisterStep, ...] = ()
    after: bytes = NOBODY

    @property
    def place(self) -> tuple[int, bytes] | None:
        """(offset of the first, after): up to where outcomes are whole. None: nothing is pending."""
        return (self.steps[0].offset, self.after) if self.steps else None


NOTHING_PENDING = Pending()


@dataclass(slots=True)
class Delta:
    """All changes of the records `first_offset <= offset < next_offset` of one partition of `facts`, and of what was worked off of pending ones.

    new_*: rows that did not exist before (plain COPY). changed_*: rows that replace an existing one with the same key.
    shares: how many of the facts are shares, to be added to what was counted before.
    register_next: the register offset expected next in this partition. time_reached: the last tick. duplicates: count so far, all since offset 0.
    was_pending, pending: what was and what is left to work off. number: which delta of its fold, from 1.
    """

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    register_next: int
    time_reached: int
    duplicates: int
    was_pending: Pending = NOTHING_PENDING
    pending: Pending = NOTHING_PENDING
    number: int = 0
    facts: list[Row] = field(default_factory=list)
    ticks: list[Row] = field(default_factory=list)
    new_holdings: list[Row] = field(default_factory=list)
    changed_holdings: list[Row] = field(default_factory=list)
    new_subjects: list[Row] = field(default_factory=list)
    changed_subjects: list[Row] = field(default_factory=list)
    new_entries: list[Row] = field(default_factory=list)
    changed_entries: list[Row] = field(default_factory=list)
    new_obligations: list[Row] = field(default_factory=list)
    changed_obligations: list[Row] = field(default_factory=list)
    violations: list[Row] = field(default_factory=list)
    outcomes: list[Row] = field(default_factory=list)
    dead_letters: list[Row] = field(default_factory=list)
    shares: Counter[ShareKey] = field(default_factory=Counter)

    @property
    def moves(self) -> bool:
        """Whether it moves progress; one that does not changes nothing."""
        return self.next_offset > self.first_offset or self.pending != self.was_pending
