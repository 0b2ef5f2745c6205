"""Register events that concern many subjects: worked off in chunks while the fold goes on, each subject exactly once and in its own order.

A subject has passed a pending event when it lies at or before the event's place (subjects in order of ids), or when a fact of it stands after the
event: before that fact is folded, the event is. So every subject sees its records in the order of the log, and what one subject makes of them does
not depend on any other. Nothing else need be remembered: the place is stored with the rows of each chunk, and the facts are in table `fact`.
Must never fold by itself or read a store but through the functions it is given. Source: docs/decisions/0017.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ledger.core.delta import NOBODY, Pending, RegisterStep
from ledger.core.fold import fold_selected, fold_tick
from ledger.core.obligations import Step
from ledger.core.rules import Selection
from ledger.core.subject import Subject
from ledger.folding.ports import Found

#: An event that concerns at most so many subjects of a partition is folded at once, within the batch it came with.
AT_ONCE_SUBJECTS_MAX: Final = 1_000
#: Subjects of one chunk, unless the host wishes otherwise: so few that facts which came meanwhile do not wait long.
CHUNK_SUBJECTS: Final = 2_000
#: Subjects asked of the store at a time: facts that come meanwhile wait for the answer, and each answer is held in memory.
PAGE_SUBJECTS: Final = 8_000

Page = Callable[[bytes, int], list[Found]]
"""(after, limit) -> subjects above that id, in order of ids."""


class Candidates:
    """The subjects an event may concern, in order of ids: those of the store, page by page, and those only memory knows."""

    def __init__(self, page: Page, in_memory: Iterable[Found], after: bytes, first_page: int) -> None:
        self._page, self._read_to, self._complete = page, after, False
        self._in_memory = deque(sorted(found for found in in_memory if found[0] > after))
        self._ahead: deque[Found] = deque()
        self._read(first_page)

    def are_at_most(self, count: int) -> bool:
        """Whether so few are left."""
        return self._complete and len(self._ahead) <= count

    def take(self, limit: int) -> list[Found]:
        """The next ones; fewer than asked for at the end of all, or where a page is smaller."""
        if len(self._ahead) < limit and not self._complete:
            self._read(PAGE_SUBJECTS)
        return [self._ahead.popleft() for _ in range(min(limit, len(self._ahead)))]

    @property
    def are_done(self) -> bool:
        """Whether nobody is left."""
        return self._complete and not self._ahead

    def _read(self, limit: int) -> None:
        found = {each[0]: each for each in self._page(self._read_to, limit)}
        self._complete = len(found) < limit
        if not self._complete:
            self._read_to = max(found)
        while self._in_memory and (self._complete or self._in_memory[0][0] <= self._read_to):
            each = self._in_memory.popleft()
            found[each[0]] = each
        self._ahead.extend(found[subject_id] for subject_id in sorted(found))


@dataclass(slots=True)
class PendingEvent:
    """One register event that is being worked off. step: with the rules as known at its place. candidates: None until its turn has come.

    fields: of the event; empty for a tick that a later start goes on with.
    """

    selection: Selection
    type_name: str
    fields: dict[str, Any]
    step: Step
    since: int
    candidates: Candidates | None = None

    def fold(self, subject: Subject) -> None:
        """Fold it into one of the subjects it selects."""
        if self.type_name == "TimeReached":
            fold_tick(subject, self.step)
        else:
            fold_selected(subject, self.type_name, self.fields, self.step)

    @property
    def record(self) -> RegisterStep:
        """What a later start needs to go on with it."""
        step = self.step
        return RegisterStep(step.offset, step.event_id, step.salt, step.at, step.time_reached, self.since)


class Backlog:
    """The pending events of one partition in log order, how far the first one is, and which facts have come after them."""

    def __init__(self) -> None:
        self.events: deque[PendingEvent] = deque()
        self.after = NOBODY
        self.latest: dict[bytes, int] = {}  # message key -> offset of the latest fact after the first event, of subjects in memory

    def __bool__(self) -> bool:
        return bool(self.events)

    @property
    def pending(self) -> Pending:
        """As it is stored."""
        return Pending(tuple([event.record for event in self.events]), self.after)

    def missed_by(self, subject: Subject) -> Iterator[PendingEvent]:
        """The events that must be folded into the subject before its next fact, each given when the one before is folded: it decides with."""
        latest = self.latest.get(subject.message_key, -1)
        missed = [event for event in self.events if event.step.offset > latest]
        if missed and missed[0] is self.events[0] and subject.subject_id <= self.after:
            del missed[0]
        return (event for event in missed if concerns(event.selection, subject))

    def has_passed_first(self, key: bytes) -> bool:
        """Whether a subject after the place of the first event has met it already, before a fact of its own."""
        return self.latest.get(key, -1) > self.events[0].step.offset

    def move(self, after: bytes) -> None:
        """The first event is folded into all subjects up to this id."""
        self.after = after

    def finish_first(self) -> None:
        """The first event is folded into all it concerns."""
        self.events.popleft()
        self.after = NOBODY
        if not self.events:
            self.latest.clear()


def concerns(selection: Selection, subject: Subject) -> bool:
    """Whether a register event selects this subject, by its state just before the event: what the store says too."""
    if selection.controller is not None:
        holders = selection.holders
        return subject.controller == selection.controller and (
            holders is None or any(key[0] == holder and store in (None, key[1]) for key in subject.holdings for holder, store in holders)
        )
    until = selection.due_until
    if until is None:
        return False
    return (
        (subject.wakes_at is not None and subject.wakes_at <= until)
        or any(o.state == "OPEN" and o.overdue_at <= until for o in subject.obligations.values())
        or any(h.due_at is not None and (h.held_back or h.due_at > selection.due_since) and h.due_at <= until for h in subject.held.values())
    )
