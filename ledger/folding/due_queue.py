"""When subjects in memory next have something due: what a store cannot say before their changes are committed.

Must never be asked alone: whoever has left memory is found in the store. An entry may be out of date; the fold looks again.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from ledger.core.subject import Subject


class DueQueue:
    """A heap of (due at, message key), at most one entry of a subject that counts. subjects: those in memory, by message key."""

    def __init__(self, subjects: Mapping[bytes, Subject]) -> None:
        self._subjects = subjects
        self._heap: list[tuple[int, bytes]] = []
        self._fresh: dict[bytes, Subject] = {}

    def add(self, subject: Subject, due_at: int | None) -> None:
        """Remember when a tick concerns the subject."""
        if due_at is not None and (subject.queued_due is None or due_at < subject.queued_due):
            subject.queued_due = due_at
            heapq.heappush(self._heap, (due_at, subject.message_key))

    def note(self, subject: Subject) -> None:
        """A fact has changed the subject: `settle` looks when it is due."""
        self._fresh[subject.message_key] = subject

    def settle(self, now: int) -> None:
        """Queue what facts have changed since the last call: before each tick, or a tick of the same batch would pass it by; and before marks go.

        now: the time reached before that tick. A date that had come by then was called for or held back at once.
        """
        for subject in self._fresh.values():
            for holding_key in subject.touched_holdings:
                holding = subject.holdings[holding_key]
                if holding.due_at is not None and (holding.held_back or holding.due_at > now):
                    self.add(subject, holding.due_at)
            for obligation in subject.touched_obligations.values():
                if obligation.state == "OPEN":
                    self.add(subject, obligation.overdue_at)
            self.add(subject, subject.wakes_at)
        self._fresh.clear()

    def take(self, until: int, now: int) -> list[Subject]:
        """Take out those in memory that have something due by then. now: the time reached before that tick."""
        self.settle(now)
        found = []
        while self._heap and self._heap[0][0] <= until:
            subject = self._subjects.get(heapq.heappop(self._heap)[1])
            if subject is not None:
                subject.queued_due = None
                found.append(subject)
        return found

    def shrink(self, size: int) -> None:
        """Let go of entries of those who have left memory, once there are more than `size` in all."""
        if len(self._heap) > size:
            self._heap = [entry for entry in self._heap if entry[1] in self._subjects]
            heapq.heapify(self._heap)
