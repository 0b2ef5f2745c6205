"""Records of one partition of `facts` -> Delta: reads them (reading.py) and folds them. The live worker, the rebuild and the audit all call this.

Must never read a clock, Kafka or SQL itself: stored state comes through the `SubjectStore` port. The same records give the same rows and outcomes
however they are cut into batches and whatever is in the cache. Rules: docs/architecture.md section 4.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from ledger.contract import codec
from ledger.core import rows
from ledger.core.delta import Delta, Pending, RegisterStep, Row
from ledger.core.duties.controller import fold_register
from ledger.core.entries import entry_row
from ledger.core.fold import fold_fact
from ledger.core.ids import REGISTER_PARTITION, REGISTER_REF, message_key, subject_id_of
from ledger.core.instants import TIME_MAX
from ledger.core.obligations import Step
from ledger.core.rules import Rules, Selection
from ledger.core.shares import share_key
from ledger.core.state import Outcome
from ledger.core.subject import Subject
from ledger.folding.due_queue import DueQueue
from ledger.folding.pending import AT_ONCE_SUBJECTS_MAX, CHUNK_SUBJECTS, PAGE_SUBJECTS, Backlog, Candidates, PendingEvent, concerns
from ledger.folding.plain_calls import PlainCalls
from ledger.folding.ports import Found, Progress, SubjectRows, SubjectStore
from ledger.folding.reading import RECENT_EVENTS_MAX, Entry, Reading, Reads, Record, dead_letter_rows
from ledger.legal_time import DUTCH_TIME

CACHE_SUBJECTS_MAX = 20_000
OFFSET_MAX = (1 << 63) - 1


class Projecting:
    """The fold of one partition, with a cache of subjects. Not thread-safe: one caller, records in offset order.

    Every record ends in exactly one place: facts + ticks + dead letters + duplicates == next_offset.

    store: what is committed. progress: where the store stands. simulated: the kind of ledger, which is fixed for good.
    cache_subjects_max, recent_events_max: subjects and event ids kept in memory; those of deltas not confirmed yet are kept besides.
    at_once_max: a register event that concerns more subjects stays pending; see pending.py. reading: of records that are not those of the log.
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
        at_once_max: int = AT_ONCE_SUBJECTS_MAX,
        reading: Reads | None = None,
    ) -> None:
        self.topic, self.partition, self.simulated = topic, partition, simulated
        self.time_reached = progress.time_reached
        self.subjects: dict[bytes, Subject] = {}
        self.rules = Rules(ZoneInfo)
        self.heard: dict[str, int] = {}  # of the last batch: source of facts -> the broker's time of its latest one
        self._store, self._cache_max, self._at_once_max = store, cache_subjects_max, at_once_max
        self._number = self._committed = 0
        self._visited: deque[tuple[int, list[bytes]]] = deque()  # (number of the delta, subjects loaded for a chunk)
        self._backlog = Backlog()
        self._controllers: set[str] = set()  # of register events so far
        self._last_used: dict[bytes, int] = {}
        self._due = DueQueue(self.subjects)
        self._plain = PlainCalls(store, partition, self.subjects)
        self._uncommitted: deque[tuple[int, int, list[Row]]] = deque()  # (number, first offset, rows of fact) of deltas
        self._reading: Reads = reading or Reading(
            topic, partition, store, partitions=partitions, progress=progress, simulated=simulated, subjects=self.subjects,
            check_policy=self.rules.check, recent_events_max=recent_events_max,
        )  # fmt: skip
        self._step = Step(self.rules, partition, 0, b"", b"", 0, self.time_reached, self._history, 0)
        self._take_up(progress.pending)

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

    @property
    def is_pending(self) -> bool:
        """Whether register events are being worked off: `project` goes on with them, with and without records."""
        return bool(self._backlog)

    @property
    def pending(self) -> Pending:
        """What is left to work off."""
        return self._backlog.pending

    def project(self, records: Sequence[Record], *, chunk: int = CHUNK_SUBJECTS) -> Delta:
        """Fold a batch and return all it changes. Records already folded are passed over.

        records: offset order, without gaps. chunk: into so many subjects at most what was pending is folded, after the records.

        Raises:
            OperatorError: a gap in the offsets, or in the register offsets; nothing of the batch may be written and this object is spent.
        """
        self._number += 1
        delta = Delta(
            self.topic, self.partition, self.next_offset, self.next_offset, self.register_next, self.time_reached, self.duplicates,
            was_pending=self._backlog.pending, number=self._number,
        )  # fmt: skip
        self._uncommitted.append((delta.number, delta.first_offset, delta.facts))
        entries, refused = self._reading.read(records)
        self.heard = {entry[4]["source"]: entry[1] for entry in entries if entry[3] is not None}
        self._load({entry[3] for entry in entries if entry[3] is not None and entry[3] not in self.subjects})
        touched: dict[bytes, Subject] = {}
        for entry in entries:
            (self._register if entry[3] is None else self._fact)(entry, delta, touched)
        if delta.was_pending.steps:
            self._work_off(delta, touched, chunk, is_last=True)
        self._store_rows(touched, delta)
        for each in refused:
            row, outcome = dead_letter_rows(self.topic, self.partition, each)
            delta.dead_letters.append(row)
            delta.outcomes.append(outcome)
        delta.next_offset, delta.register_next = self.next_offset, self.register_next
        delta.time_reached, delta.duplicates, delta.pending = self.time_reached, self.duplicates, self._backlog.pending
        delta.dead_letters.sort(key=lambda row: row[2])
        delta.outcomes.sort(key=lambda row: (row[1], row[7], row[2]))
        self._evict()
        return delta

    def note_committed(self, number: int) -> None:
        """Say that the delta of this number, and all before it, are committed: their subjects may leave the cache."""
        self._committed = number
        while self._uncommitted and self._uncommitted[0][0] <= number:
            self._uncommitted.popleft()
        self._plain.note_committed(number)

    # -- folding ---------------------------------------------------------------------------------------------------------------------

    def _fact(self, entry: Entry, delta: Delta, touched: dict[bytes, Subject]) -> None:
        offset, recorded, type_name, key, fields, value, _ = entry
        subject = self.subjects[key]  # type: ignore[index]
        if self._backlog:
            for event in self._backlog.missed_by(subject):
                self._visit(subject, event, delta, touched)
            self._backlog.latest[subject.message_key] = offset
        delta.facts.append((self.partition, offset, subject.subject_id, fields["event_id"], int.from_bytes(value[1:5]), recorded, value))
        at = fields["occurred_at"]
        step = self._step
        step.offset, step.event_id, step.salt = offset, fields["event_id"], fields["salt"]
        step.happened_at, step.at, step.time_reached = at, at if at > self.time_reached else self.time_reached, self.time_reached
        fold_fact(subject, type_name, fields, step)
        if type_name == "DataShared" and (share := share_key(fields, DUTCH_TIME)) is not None:
            delta.shares[share] += 1
        touched[subject.message_key] = subject
        self._due.note(subject)
        if step.outcomes:
            self._outcomes(subject, step, delta)

    def _register(self, entry: Entry, delta: Delta, touched: dict[bytes, Subject]) -> None:
        offset, recorded, type_name, _, fields, value, register_offset = entry
        if type_name == "TimeReached":
            time = fields["time"] if fields["mode"] == "SIMULATED" and self.simulated else min(fields["time"], recorded)
            since = self.time_reached
            self.time_reached = max(self.time_reached, min(time, TIME_MAX))
            delta.ticks.append((self.partition, offset, register_offset, self.time_reached, recorded))
            selection = Selection(due_since=since, due_until=self.time_reached)
        else:
            since = self.time_reached
            delta.facts.append((self.partition, offset, None, fields["event_id"], int.from_bytes(value[1:5]), recorded, value))
            selection = self._apply(type_name, fields)
        time = self.time_reached
        event = self._event(selection, type_name, fields, RegisterStep(offset, fields["event_id"], fields["salt"], time, time, since))
        if self.partition == REGISTER_PARTITION:
            self._controllers_own(event, delta, touched)
        if selection != Selection():
            self._backlog.events.append(event)
            if len(self._backlog.events) == 1 and self._first(first_page=self._at_once_max + 1).are_at_most(self._at_once_max):
                self._work_off(delta, touched, max(1, self._at_once_max))

    def _apply(self, type_name: str, fields: dict[str, Any]) -> Selection:
        """Take in a register event that is no tick; a pending event keeps the rules as they were at its place."""
        if self._backlog and self._backlog.events[-1].step.rules is self.rules:
            self.rules = self._step.rules = self.rules.copy()
        return self.rules.apply(type_name, fields)

    def _event(self, selection: Selection, type_name: str, fields: dict[str, Any], record: RegisterStep) -> PendingEvent:
        history = partial(self._history, until=record.offset)
        happened_at = record.at if type_name == "TimeReached" else fields["occurred_at"]
        step = Step(self.rules, self.partition, record.offset, record.event_id, record.salt, record.at, record.time_reached, history, happened_at)
        return PendingEvent(selection, type_name, fields, step, record.since)

    def _controllers_own(self, event: PendingEvent, delta: Delta, touched: dict[bytes, Subject]) -> None:
        """Fold a register event into the subjects that stand for controllers themselves: they are few, and never wait."""
        controller = event.fields["controller"]
        if event.type_name != "TimeReached":
            self._controllers.add(controller)
        keys = {message_key(name, REGISTER_REF) for name in (self._controllers if event.type_name == "TimeReached" else (controller,))}
        self._load([key for key in keys if key not in self.subjects])
        for key in sorted(keys):
            subject = self.subjects[key]
            if event.type_name != "TimeReached":
                fold_register(subject, event.type_name, event.fields, event.step)
                self._visited_by(event, subject, delta, touched)
            elif concerns(event.selection, subject):
                self._visit(subject, event, delta, touched)

    def _take_up(self, pending: Pending) -> None:
        """Learn the rules from the stored register copies, and go on with what is pending: each event with the rules of its place."""
        steps = deque(pending.steps)
        for offset, value in self._store.register_copies(self.partition):
            while steps and steps[0].offset < offset:
                self._backlog.events.append(self._tick(steps.popleft()))
            type_name, fields = codec.decode(value)
            self._controllers.add(fields["controller"])
            selection = self._apply(type_name, fields)
            if steps and steps[0].offset == offset:
                self._backlog.events.append(self._event(selection, type_name, fields, steps.popleft()))
        self._backlog.events.extend(self._tick(step) for step in steps)
        self._backlog.after = pending.after

    def _tick(self, record: RegisterStep) -> PendingEvent:
        return self._event(Selection(due_since=record.since, due_until=record.time_reached), "TimeReached", {}, record)

    def _work_off(self, delta: Delta, touched: dict[bytes, Subject], limit: int, *, is_last: bool = False) -> None:
        """Fold what is pending into the next subjects it concerns, so many at most.

        is_last: nothing else comes in this delta. Then plain subjects do not come into memory, and what is left waits for the next one.
        """
        backlog = self._backlog
        while backlog and limit > 0:
            found = self._first().take(limit)
            limit -= max(1, len(found))
            last = found[-1][0] if found else None
            if is_last and backlog.events[0].type_name == "TimeReached":
                limit, found = 0, self._plain.take_out(found, backlog.events[0], delta)
            keys = {message_key(controller, subject_ref): (controller, subject_ref) for _, controller, subject_ref in found}
            missing = [key for key in keys if key not in self.subjects]
            if missing:
                self._load(missing, keys)
                self._visited.append((self._number, missing))
            event = backlog.events[0]
            for key in keys:
                subject = self.subjects[key]
                if subject.subject_ref == REGISTER_REF:
                    continue
                if not backlog.has_passed_first(key):
                    self._visit(subject, event, delta, touched)
                elif subject.queued_due is None:
                    self._due.add(subject, subject.next_due(event.step.time_reached))
            if last is not None:
                backlog.move(last)
            if self._first().are_done:
                backlog.finish_first()

    def _visit(self, subject: Subject, event: PendingEvent, delta: Delta, touched: dict[bytes, Subject]) -> None:
        """Fold a register event into a subject it concerns."""
        event.fold(subject)
        self._visited_by(event, subject, delta, touched)

    def _visited_by(self, event: PendingEvent, subject: Subject, delta: Delta, touched: dict[bytes, Subject]) -> None:
        self._due.add(subject, subject.next_due(event.step.time_reached))
        touched[subject.message_key] = subject
        if event.step.outcomes:
            self._outcomes(subject, event.step, delta)

    def _first(self, first_page: int = PAGE_SUBJECTS) -> Candidates:
        """Whom the first pending event may concern. Those whose changes are not committed yet are known in memory alone."""
        event = self._backlog.events[0]
        if event.candidates is None:
            selection, store, uncommitted = event.selection, self._store, list[Found]()
            if selection.controller is not None:
                page = partial(store.of_controller, self.partition, selection.controller)
                if selection.holders is not None:
                    page = partial(store.held_by, self.partition, selection.controller, selection.holders)
                known = [subject for subject in self.subjects.values() if concerns(selection, subject)]
            else:
                page = partial(store.due, self.partition, selection.due_since, selection.due_until or 0)
                known = self._due.take(selection.due_until or 0, selection.due_since)
                for subject in known:
                    if subject.subject_id <= self._backlog.after:  # has met this tick, before a restart: what lies ahead must stay known
                        self._due.add(subject, subject.next_due(event.step.time_reached))
                uncommitted = self._plain.overdue(selection.due_until or 0)
            in_memory = uncommitted + [(subject.subject_id, subject.controller, subject.subject_ref) for subject in known]
            event.candidates = Candidates(page, in_memory, self._backlog.after, first_page)
        return event.candidates

    def _outcomes(self, subject: Subject, step: Step, delta: Delta) -> None:
        """Rows of what one record gave for one subject: their order depends on nothing else, so neither on chunks nor on how state was loaded."""
        partition, offset = self.partition, step.offset
        found = [outcome for _, outcome in step.outcomes]
        if len(found) > 1:
            found.sort(key=lambda outcome: (outcome.type, outcome.fields["event_id"]))
        for ordinal, outcome in enumerate(found):
            value = codec.encode(outcome.type, outcome.fields)
            event_id = outcome.fields["event_id"]
            delta.outcomes.append((partition, offset, ordinal, outcome.topic, event_id, subject.message_key, value, subject.subject_id))
            if outcome.type == "ViolationFound":
                delta.violations.append(_violation_row(partition, offset, ordinal, subject, outcome))
        step.outcomes.clear()

    # -- state -----------------------------------------------------------------------------------------------------------------------

    def _load(self, keys: Collection[bytes], names: dict[bytes, tuple[str, str]] | None = None) -> None:
        """Bring these subjects into the cache; one nothing is known of starts empty."""
        if not keys:
            return
        pairs = {key: names[key] if names else tuple(key.decode().split("/", 1)) for key in keys}
        ids = {key: subject_id_of(key) for key in pairs}
        stored = self._store.load(ids.values())
        latest = self._store.latest_facts(ids.values(), self._backlog.events[0].step.offset) if self._backlog else {}
        nothing = SubjectRows(None, [], [])
        for key, pair in pairs.items():
            found = stored.get(ids[key], nothing) if stored else nothing
            obligations = found.obligations
            if new := self._plain.of(ids[key]):
                known = {row[0] for row in obligations}
                obligations = obligations + [row for row in new if row[0] not in known]
            self.subjects[key] = rows.subject_of(pair[0], pair[1], found.subject, found.holdings, obligations, found.entries)
            self._last_used[key] = self._number
            if ids[key] in latest:
                self._backlog.latest[key] = latest[ids[key]]

    def _store_rows(self, touched: dict[bytes, Subject], delta: Delta) -> None:
        """Take snapshots of what changed; later batches may change the subjects again while these rows are being written."""
        self._settle_due()
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
            if subject.touched_entries:
                for (section, place), is_new in subject.touched_entries.items():
                    (delta.new_entries if is_new else delta.changed_entries).append(entry_row(subject, partition, section, place))
                subject.touched_entries.clear()
            subject.touched_holdings.clear()
            subject.touched_obligations.clear()
            self._last_used[key] = self._number

    def _settle_due(self) -> None:
        """Queue what facts have made due later: than the tick before the first one that is pending."""
        self._due.settle(self._backlog.events[0].since if self._backlog else self.time_reached)

    def _evict(self) -> None:
        self._reading.forget(self._uncommitted[0][1])
        committed, last_used = self._committed, self._last_used
        # Those that were loaded for a chunk and have met no fact since go at once: they must not drive out those that facts keep coming for.
        while self._visited and self._visited[0][0] <= committed:
            number, keys = self._visited.popleft()
            self._drop([key for key in keys if last_used.get(key) == number])
        excess = len(self.subjects) - self._cache_max
        if excess > 0:
            # Insertion order: the first ones are the longest loaded, so the search ends early instead of walking the cache for every batch.
            self._drop(list(islice((key for key in self.subjects if last_used[key] <= committed), excess)))
        self._due.shrink(2 * max(len(self.subjects), self._cache_max))

    def _drop(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            del self.subjects[key]
            del self._last_used[key]
            self._backlog.latest.pop(key, None)

    def _history(self, subject: Subject, until: int = OFFSET_MAX) -> list[tuple[int, str, dict[str, Any]]]:
        """All facts of the subject up to now, and up to an offset: the stored ones, then those of deltas not yet committed."""
        values = dict(self._store.history(self.partition, subject.subject_id))
        for _, _, facts in self._uncommitted:
            values.update((row[1], row[6]) for row in facts if row[2] == subject.subject_id)
        return [(offset, *codec.decode(value)) for offset, value in sorted(values.items()) if offset <= until]


def _violation_row(partition: int, offset: int, ordinal: int, subject: Subject, outcome: Outcome) -> Row:
    fields = outcome.fields
    return (
        partition, offset, ordinal, fields["event_id"], subject.subject_id, subject.controller, subject.subject_ref,
        fields["promise"], fields["rule"], fields["severity"], fields["holder"], fields["purpose"],
        tuple(fields["categories"]), tuple(fields["rests_on"]),
    )  # fmt: skip
