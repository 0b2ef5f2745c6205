"""Records of one partition of `facts` -> Delta: reads them (reading.py) and folds them. The live worker, the rebuild and the audit all call this.

Must never read a clock, Kafka or SQL itself: stored state comes through the `SubjectStore` port. The same records give the same rows and outcomes
however they are cut into batches and whatever is in the cache. Rules: docs/architecture.md section 4.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ledger.contract import codec
from ledger.core import rows
from ledger.core.delta import Delta, Row
from ledger.core.duties.controller import fold_register
from ledger.core.fold import fold_fact, fold_selected, fold_tick
from ledger.core.ids import REGISTER_PARTITION, REGISTER_REF, message_key, subject_id_of
from ledger.core.instants import TIME_MAX
from ledger.core.obligations import Step
from ledger.core.rules import Rules, Selection
from ledger.core.state import Outcome, Subject
from ledger.ports import Progress, SubjectRows, SubjectStore
from ledger.reading import RECENT_EVENTS_MAX, Entry, Reading, Record, dead_letter_rows

CACHE_SUBJECTS_MAX = 20_000


class Projecting:
    """The fold of one partition, with a cache of subjects. Not thread-safe: one caller, records in offset order.

    Every record ends in exactly one place: facts + ticks + dead letters + duplicates == next_offset.

    store: what is committed. progress: where the store stands. simulated: the kind of ledger, which is fixed for good.
    cache_subjects_max, recent_events_max: subjects and event ids kept in memory; those of deltas not yet confirmed by `committed` are kept besides.
    """

    def __init__(
        self,
        partition: int,
        store: SubjectStore,
        *,
        topic: str = "facts",
        partitions: int,
        progress: Progress,
        simulated: bool,
        cache_subjects_max: int = CACHE_SUBJECTS_MAX,
        recent_events_max: int = RECENT_EVENTS_MAX,
    ) -> None:
        self.topic, self.partition, self.simulated = topic, partition, simulated
        self.time_reached = progress.time_reached
        self.subjects: dict[bytes, Subject] = {}
        self.rules = Rules(ZoneInfo)
        self._store, self._cache_max = store, cache_subjects_max
        self._committed = progress.next_offset
        self._last_used: dict[bytes, int] = {}
        self._due: list[tuple[int, bytes]] = []
        self._fresh: dict[bytes, Subject] = {}
        self._uncommitted: deque[Delta] = deque()
        self._reading = Reading(
            topic, partition, store, partitions=partitions, progress=progress, simulated=simulated, subjects=self.subjects,
            check_policy=self.rules.check, recent_events_max=recent_events_max,
        )  # fmt: skip
        self._step = Step(self.rules, partition, 0, b"", b"", 0, self.time_reached, self._history)
        for _, value in store.register_copies(partition):
            self.rules.apply(*codec.decode(value))

    @property
    def next_offset(self) -> int:
        """The offset after the last record folded."""
        return self._reading.next_offset

    @property
    def register_next(self) -> int:
        """The register offset whose copy is expected next."""
        return self._reading.register_next

    @property
    def duplicates(self) -> int:
        """Repeats dropped since offset 0."""
        return self._reading.duplicates

    def project(self, records: Sequence[Record]) -> Delta:
        """Fold a batch and return all it changes. Records already folded are passed over.

        records: offset order, without gaps.

        Raises:
            OperatorError: a gap in the offsets, or in the register offsets; nothing of the batch may be written and this object is spent.
        """
        delta = Delta(self.topic, self.partition, self.next_offset, self.next_offset, self.register_next, self.time_reached, self.duplicates)
        self._uncommitted.append(delta)
        entries, refused = self._reading.read(records)
        self._load({entry[3] for entry in entries if entry[3] is not None and entry[3] not in self.subjects})
        touched: dict[bytes, Subject] = {}
        for entry in entries:
            (self._register if entry[3] is None else self._fact)(entry, delta, touched)
        self._store_rows(touched, delta)
        for each in refused:
            row, outcome = dead_letter_rows(self.topic, self.partition, each)
            delta.dead_letters.append(row)
            delta.outcomes.append(outcome)
        delta.next_offset, delta.register_next = self.next_offset, self.register_next
        delta.time_reached, delta.duplicates = self.time_reached, self.duplicates
        delta.dead_letters.sort(key=lambda row: row[2])
        delta.outcomes.sort(key=lambda row: row[1:3])
        self._evict()
        return delta

    def committed(self, next_offset: int) -> None:
        """Say that all deltas up to this offset are committed: their subjects may leave the cache."""
        self._committed = next_offset
        while self._uncommitted and self._uncommitted[0].next_offset <= next_offset:
            self._uncommitted.popleft()

    # -- folding ---------------------------------------------------------------------------------------------------------------------

    def _fact(self, entry: Entry, delta: Delta, touched: dict[bytes, Subject]) -> None:
        offset, recorded, type_name, key, fields, value, _ = entry
        subject = self.subjects[key]  # type: ignore[index]
        delta.facts.append((self.partition, offset, subject.subject_id, fields["event_id"], int.from_bytes(value[1:5]), recorded, value))
        at = fields["occurred_at"]
        step = self._step
        step.offset, step.event_id, step.salt = offset, fields["event_id"], fields["salt"]
        step.at, step.time_reached = at if at > self.time_reached else self.time_reached, self.time_reached
        fold_fact(subject, type_name, fields, step)
        touched[subject.message_key] = self._fresh[subject.message_key] = subject
        if step.outcomes:
            self._outcomes(step, delta)

    def _register(self, entry: Entry, delta: Delta, touched: dict[bytes, Subject]) -> None:
        offset, recorded, type_name, _, fields, value, register_offset = entry
        if type_name == "TimeReached":
            time = fields["time"] if fields["mode"] == "SIMULATED" and self.simulated else min(fields["time"], recorded)
            self.time_reached = max(self.time_reached, min(time, TIME_MAX))
            delta.ticks.append((self.partition, offset, register_offset, self.time_reached, recorded))
            selection = Selection(due_until=self.time_reached)
        else:
            delta.facts.append((self.partition, offset, None, fields["event_id"], int.from_bytes(value[1:5]), recorded, value))
            selection = self.rules.apply(type_name, fields)
        step = self._step
        step.offset, step.event_id, step.salt = offset, fields["event_id"], fields["salt"]
        step.at = step.time_reached = self.time_reached
        for key in self._select(selection):
            subject = self.subjects[key]
            if selection.controller is not None:
                fold_selected(subject, type_name, fields, step)
            else:
                fold_tick(subject, step)
            self._queue(subject, subject.next_due(self.time_reached))
            touched[key] = subject
        if self.partition == REGISTER_PARTITION and type_name != "TimeReached":
            subject = self._controllers_own(fields["controller"])
            fold_register(subject, type_name, fields, step)
            self._queue(subject, subject.next_due(self.time_reached))
            touched[subject.message_key] = subject
        if step.outcomes:
            self._outcomes(step, delta)

    def _controllers_own(self, controller: str) -> Subject:
        """The subject that stands for the controller itself, loaded."""
        key = message_key(controller, REGISTER_REF)
        if key not in self.subjects:
            self._load([key])
        return self.subjects[key]

    def _select(self, selection: Selection) -> list[bytes]:
        """The subjects a register event concerns, loaded, in the order of their keys."""
        keys: set[bytes] = set()
        if selection.controller is not None:
            wanted_of = selection.holders
            if wanted_of is None:
                stored = self._store.of_controller(self.partition, selection.controller)
            else:
                stored = self._store.held_by(self.partition, selection.controller, wanted_of)
            keys = {
                key for key, subject in self.subjects.items()
                if subject.controller == selection.controller and (wanted_of is None or _has_any(subject, wanted_of))
            }  # fmt: skip
        elif selection.due_until is not None:
            self._queue_fresh()
            stored = self._store.due(self.partition, selection.due_until)
            while self._due and self._due[0][0] <= selection.due_until:
                _, key = heapq.heappop(self._due)
                subject = self.subjects.get(key)
                if subject is not None:
                    subject.queued_due = None
                    keys.add(key)
        else:
            return []
        wanted = {message_key(controller, subject_ref): (controller, subject_ref) for controller, subject_ref in stored}
        self._load({key for key in wanted if key not in self.subjects}, wanted)
        return sorted(keys | set(wanted))

    def _outcomes(self, step: Step, delta: Delta) -> None:
        """Rows of what one record gave, in an order that does not depend on how the state was loaded."""
        found = sorted(step.outcomes, key=lambda each: (each[0].message_key, each[1].type, each[1].fields["event_id"]))
        for ordinal, (subject, outcome) in enumerate(found):
            fields = outcome.fields
            value = codec.encode(outcome.type, fields)
            delta.outcomes.append((self.partition, step.offset, ordinal, outcome.topic, fields["event_id"], subject.message_key, value))
            if outcome.type == "ViolationFound":
                delta.violations.append(_violation_row(self.partition, step.offset, ordinal, subject, outcome))
        step.outcomes.clear()

    # -- state -----------------------------------------------------------------------------------------------------------------------

    def _load(self, keys: Collection[bytes], names: dict[bytes, tuple[str, str]] | None = None) -> None:
        """Bring these subjects into the cache; one nothing is known of starts empty."""
        if not keys:
            return
        pairs = {key: names[key] if names else tuple(key.decode().split("/", 1)) for key in keys}
        ids = {key: subject_id_of(key) for key in pairs}
        stored = self._store.load(ids.values())
        nothing = SubjectRows(None, [], [])
        for key, pair in pairs.items():
            found = stored.get(ids[key], nothing) if stored else nothing
            self.subjects[key] = rows.subject_of(pair[0], pair[1], found.subject, found.holdings, found.obligations)
            self._last_used[key] = self.next_offset

    def _store_rows(self, touched: dict[bytes, Subject], delta: Delta) -> None:
        """Take snapshots of what changed; later batches may change the subjects again while these rows are being written."""
        self._queue_fresh()
        partition = self.partition
        for key, subject in touched.items():
            for holding_key in subject.touched_holdings:
                holding = subject.holdings[holding_key]
                (delta.changed_holdings if holding.stored else delta.new_holdings).append(rows.holding_row(subject, partition, holding))
                holding.stored = True
            for obligation in subject.touched_obligations.values():
                (delta.changed_obligations if obligation.stored else delta.new_obligations).append(
                    rows.obligation_row(subject, partition, obligation)
                )
                obligation.stored = True
            if subject.touched:
                (delta.changed_subjects if subject.stored else delta.new_subjects).append(rows.subject_row(subject, partition))
                subject.stored, subject.touched = True, False
            subject.touched_holdings.clear()
            subject.touched_obligations.clear()
            self._last_used[key] = self.next_offset

    def _queue_fresh(self) -> None:
        """Queue what facts have changed since the last call: before each tick, or a tick of the same batch would pass it by."""
        for subject in self._fresh.values():
            for holding_key in subject.touched_holdings:
                holding = subject.holdings[holding_key]
                if holding.due_at is not None and holding.obligation is None:
                    self._queue(subject, holding.due_at)
            for obligation in subject.touched_obligations.values():
                if obligation.state == "OPEN":
                    self._queue(subject, obligation.overdue_at)
            self._queue(subject, subject.wakes_at)
        self._fresh.clear()

    def _queue(self, subject: Subject, due_at: int | None) -> None:
        """Remember when a tick concerns the subject: the store cannot say it before this batch is committed."""
        if due_at is not None and (subject.queued_due is None or due_at < subject.queued_due):
            subject.queued_due = due_at
            heapq.heappush(self._due, (due_at, subject.message_key))

    def _evict(self) -> None:
        self._reading.forget(self._uncommitted[0].first_offset)
        excess = len(self.subjects) - self._cache_max
        if excess > 0:
            # Insertion order: the first ones are the longest loaded, so the search ends early instead of walking the cache for every batch.
            committed, last_used = self._committed, self._last_used
            for key in list(islice((key for key in self.subjects if last_used[key] <= committed), excess)):
                del self.subjects[key]
                del self._last_used[key]

    def _history(self, subject: Subject) -> list[tuple[int, str, dict[str, Any]]]:
        """All facts of the subject up to now: the stored ones, then those of deltas not yet committed."""
        values = dict(self._store.history(self.partition, subject.subject_id))
        for delta in self._uncommitted:
            values.update((row[1], row[6]) for row in delta.facts if row[2] == subject.subject_id)
        return [(offset, *codec.decode(value)) for offset, value in sorted(values.items())]


def _has_any(subject: Subject, holders: Collection[tuple[str, str | None]]) -> bool:
    """Whether one of these (holder, store or None = any) has something about the subject, or had."""
    return any(key[0] == holder and store in (None, key[1]) for key in subject.holdings for holder, store in holders)


def _violation_row(partition: int, offset: int, ordinal: int, subject: Subject, outcome: Outcome) -> Row:
    fields = outcome.fields
    return (
        partition, offset, ordinal, fields["event_id"], subject.subject_id, subject.controller, subject.subject_ref,
        fields["promise"], fields["rule"], fields["severity"], fields["holder"], fields["purpose"],
        tuple(fields["categories"]), tuple(fields["rests_on"]),
    )  # fmt: skip
