"""Records of one partition of `facts` -> Delta: decode, refuse, drop repeats, fold. The live worker, the rebuild and the audit all call this.

Must never read a clock, Kafka or SQL itself: stored state comes through the `SubjectStore` port. The same records give the same rows and outcomes
however they are cut into batches and whatever is in the cache. Rules: docs/architecture.md section 4.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import deque
from collections.abc import Collection, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from ledger.contract import codec
from ledger.core import rows
from ledger.core.delta import Delta, Row
from ledger.core.events import FACT_TYPES, REGISTER_TYPES
from ledger.core.fold import fold_fact, fold_policy, fold_tick
from ledger.core.ids import message_key, partition_of, subject_id_of
from ledger.core.instants import CLOCK_SKEW_SECONDS, TIME_MAX, TIME_MIN
from ledger.core.obligations import Step
from ledger.core.rules import Rules, Selection
from ledger.core.state import Outcome, Subject
from ledger.errors import LedgerError, OperatorError
from ledger.ports import Progress, SubjectRows, SubjectStore

Record = tuple[int, int, bytes | None, bytes | None, Any]
"""(offset, broker time in milliseconds, key, value, headers): headers as a sequence of (name, bytes) or a function that gives one."""

Entry = tuple[int, int, str, bytes | None, dict[str, Any], bytes, int]
"""(offset, broker time in microseconds, type, key or None for a register copy, fields, value, register offset or -1)."""

REGISTER_OFFSET_HEADER = "ledger-register-offset"
KEY_BYTES_MAX = 1000
"""Of a message key: far above any pseudonym, far below what an index row holds."""
CACHE_SUBJECTS_MAX = 50_000
RECENT_EVENTS_MAX = 200_000
"""Event ids remembered to drop repeats without asking the store: some 30 MB. Those not yet committed are kept besides."""

_TEXTS_OF = {
    "DataCollected": itemgetter("store", "activity", "legal_basis", "statute", "country", "ref"),
    "DataShared": itemgetter(
        "by", "recipient", "recipient_role", "purpose", "legal_basis", "ref", "product", "country", "safeguard", "agreement", "store"
    ),
    "DataErased": itemgetter("certificate_ref", "by"),
    "DataUsed": itemgetter("by", "purpose"),
    "RequestReceived": itemgetter("request_ref", "request_ref"),
}
"""What of a fact stands in a text column: PostgreSQL's text holds no zero byte, and one row it refuses would stop the partition for good."""

_FACTS, _REGISTER = frozenset(FACT_TYPES), frozenset(REGISTER_TYPES)


class RegisterGapError(OperatorError):
    """A register event is missing in this partition, or the copy is not the broadcaster's: no verdict after it can be trusted."""


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
        self.partition, self.topic, self.partitions, self.simulated = partition, topic, partitions, simulated
        self.next_offset = progress.next_offset
        self.register_next, self.time_reached, self.duplicates = progress.register_next, progress.time_reached, progress.duplicates
        self.subjects: dict[bytes, Subject] = {}
        self.rules = Rules(ZoneInfo)
        self._store, self._cache_max, self._recent_max = store, cache_subjects_max, recent_events_max
        self._committed = progress.next_offset
        self._last_used: dict[bytes, int] = {}
        self._due: list[tuple[int, bytes]] = []
        self._fresh: dict[bytes, Subject] = {}
        self._recent: dict[bytes, str] = {}
        self._floor = store.newest_event_id(partition) or b""
        self._uncommitted: deque[Delta] = deque()
        self._step = Step(self.rules, partition, 0, b"", b"", 0, self.time_reached, self._history)
        for _, value in store.register_copies(partition):
            self.rules.apply(*codec.decode(value))

    def project(self, records: Sequence[Record]) -> Delta:
        """Fold a batch and return all it changes. Records already folded are passed over.

        records: offset order, without gaps.

        Raises:
            OperatorError: a gap in the offsets, or in the register offsets; nothing of the batch may be written and this object is spent.
        """
        delta = Delta(self.topic, self.partition, self.next_offset, self.next_offset, self.register_next, self.time_reached, self.duplicates)
        self._uncommitted.append(delta)
        entries = self._read(records, delta)
        self._load({entry[3] for entry in entries if entry[3] is not None and entry[3] not in self.subjects})
        touched: dict[bytes, Subject] = {}
        for entry in entries:
            (self._register if entry[3] is None else self._fact)(entry, delta, touched)
        self._store_rows(touched, delta)
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

    # -- reading ---------------------------------------------------------------------------------------------------------------------

    def _read(self, records: Sequence[Record], delta: Delta) -> list[Entry]:
        """Decode and refuse. What comes back is in order, readable, in the right place and not a repeat."""
        entries: list[Entry] = []
        questionable: set[bytes] = set()
        subjects, recent, floor = self.subjects, self._recent, self._floor
        decode, expected, skew = codec.decode, self.next_offset, TIME_MAX if self.simulated else CLOCK_SKEW_SECONDS * 1_000_000
        for offset, timestamp, key, value, headers in records:
            if offset != expected:
                if offset < expected:
                    continue
                raise OperatorError(
                    f"cannot fold {self.topic}-{self.partition}: expected offset {expected}, got {offset}",
                    hint="records are missing on the broker; restore the topic, or start a new ledger",
                )
            expected += 1
            recorded, register_offset = timestamp * 1000, -1
            try:
                type_name, fields = decode(value or b"")
            except codec.DecodeError as error:
                self._put_aside(delta, offset, recorded, key, headers, error.reason, value)
                continue
            if type_name in _FACTS:
                subject = subjects.get(key or b"")
                if subject is None or subject.controller != fields["controller"] or subject.subject_ref != fields["subject_ref"]:
                    reason = self._misplaced(key, fields)
                    if reason is not None:
                        self._put_aside(delta, offset, recorded, key, headers, reason, value)
                        continue
                if not TIME_MIN <= fields["occurred_at"] <= min(recorded + skew, TIME_MAX):
                    self._refuse(delta, offset, recorded, "future" if fields["occurred_at"] > recorded else "impossible_time", value)
                    continue
                if type_name in _TEXTS_OF and _has_zero_byte(type_name, fields):
                    self._refuse(delta, offset, recorded, "zero_byte", value)
                    continue
            elif type_name in _REGISTER:
                register_offset = _register_offset(key, headers)
                if register_offset < 0:
                    self._refuse(delta, offset, recorded, "not_a_copy", value)
                    continue
                if not self._is_next_copy(offset, register_offset):
                    self.duplicates += 1
                    continue
                if type_name == "TimeReached":
                    entries.append((offset, recorded, type_name, None, fields, value or b"", register_offset))
                    continue
                try:
                    self.rules.check(type_name, fields)
                except LedgerError:
                    self._refuse(delta, offset, recorded, "unreadable_policy", value)
                    continue
            else:
                self._put_aside(delta, offset, recorded, key, headers, "not_a_fact", value)
                continue
            event_id = fields["event_id"]
            source = recent.get(event_id)
            if source is None:
                if event_id <= floor:
                    questionable.add(event_id)
                recent[event_id] = fields["source"]
            elif event_id not in questionable:
                self._repeated(delta, offset, recorded, value, source == fields["source"])
                continue
            entries.append((offset, recorded, type_name, key, fields, value or b"", register_offset))
        self.next_offset = expected
        return self._without_repeats(entries, questionable, delta) if questionable else entries

    def _put_aside(
        self, delta: Delta, offset: int, recorded: int, key: bytes | None, headers: Any, reason: str, value: bytes | None
    ) -> None:
        """Refuse what is no register event. When it copies the next record of `register` it takes that one's place, or the next looks like a gap.

        It never is a gap itself: anybody's bytes may say any offset, and after a real gap the next readable copy stops the fold.
        """
        register_offset = _register_offset(key, headers)
        if 0 <= register_offset < self.register_next:
            self.duplicates += 1
            return
        if register_offset == self.register_next:
            self.register_next += 1
        elif register_offset > 0:
            reason = "not_a_copy"
        self._refuse(delta, offset, recorded, reason, value)

    def _is_next_copy(self, offset: int, register_offset: int) -> bool:
        """Whether a register copy is the one expected next, and not one seen before.

        Raises:
            RegisterGapError: it is a later one.
        """
        if register_offset > self.register_next:
            raise RegisterGapError(
                f"cannot fold {self.topic}-{self.partition} at offset {offset}:"
                f" expected the copy of register offset {self.register_next}, got {register_offset}",
                hint="a register event is missing, or somebody else wrote this copy; see the runbook, `register gap`",
            )
        if register_offset < self.register_next:
            return False
        self.register_next += 1
        return True

    def _without_repeats(self, entries: list[Entry], questionable: Collection[bytes], delta: Delta) -> list[Entry]:
        """Drop what the store already has: only ids that are not younger than the youngest forgotten one need asking."""
        known = {event_id: codec.decode(stored)[1]["source"] for event_id, stored in self._store.known_events(self.partition, questionable).items()}
        kept = []
        for entry in entries:
            event_id, source = entry[4]["event_id"], entry[4]["source"]
            if entry[2] == "TimeReached" or event_id not in questionable:
                kept.append(entry)
            elif event_id in known:
                self._repeated(delta, entry[0], entry[1], entry[5], known[event_id] == source)
            else:
                known[event_id] = source
                kept.append(entry)
        self._recent.update(known)
        return kept

    def _repeated(self, delta: Delta, offset: int, recorded: int, value: bytes | None, same_source: bool) -> None:
        """An event id seen before: from the same source a repeat, from another one a mistake that must be looked at."""
        if same_source:
            self.duplicates += 1
        else:
            self._refuse(delta, offset, recorded, "id_reused", value)

    def _misplaced(self, key: bytes | None, fields: dict[str, Any]) -> str | None:
        """Why a fact may not stand here: its key must be its subject's, and the key's partition this one."""
        controller, subject_ref = fields["controller"], fields["subject_ref"]
        expected = message_key(controller, subject_ref)
        if not controller or not subject_ref or "/" in controller or len(expected) > KEY_BYTES_MAX or b"\0" in expected:
            return "bad_subject"
        if key != expected:
            return "wrong_key"
        if partition_of(expected, self.partitions) != self.partition:
            return "wrong_partition"
        return None

    def _refuse(self, delta: Delta, offset: int, recorded: int, reason: str, value: bytes | None) -> None:
        """A dead letter: where it stands, why, and a fingerprint. Its bytes stay on the log alone."""
        body = value or b""
        fingerprint = hashlib.sha256(body).hexdigest()
        delta.dead_letters.append((self.topic, self.partition, offset, reason, fingerprint, len(body), recorded))
        note = {"topic": self.topic, "partition": self.partition, "offset": offset, "reason": reason, "sha256": fingerprint, "size": len(body)}
        event_id = hashlib.blake2b(f"{self.topic}/{self.partition}/{offset}".encode(), digest_size=16, person=b"dead-letter").digest()
        text = json.dumps(note, sort_keys=True, separators=(",", ":")).encode()
        delta.outcomes.append((self.partition, offset, 0, "dead-letters", event_id, None, text))

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
                fold_policy(subject, step)
            else:
                fold_tick(subject, step)
            self._queue(subject, subject.next_due())
            touched[key] = subject
        if step.outcomes:
            self._outcomes(step, delta)

    def _select(self, selection: Selection) -> list[bytes]:
        """The subjects a register event concerns, loaded, in the order of their keys."""
        keys: set[bytes] = set()
        if selection.controller is not None:
            stored = self._store.of_controller(self.partition, selection.controller)
            keys = {key for key, subject in self.subjects.items() if subject.controller == selection.controller}
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
        self._fresh.clear()

    def _queue(self, subject: Subject, due_at: int | None) -> None:
        """Remember when a tick concerns the subject: the store cannot say it before this batch is committed."""
        if due_at is not None and (subject.queued_due is None or due_at < subject.queued_due):
            subject.queued_due = due_at
            heapq.heappush(self._due, (due_at, subject.message_key))

    def _evict(self) -> None:
        # A record brings one id at most, in order: so many of the last ones may be unknown to the store yet, and it must not be asked for them.
        excess = len(self._recent) - max(self._recent_max, self.next_offset - self._uncommitted[0].first_offset)
        if excess > 0:
            # In one walk: looking for the first id again and again passes over all places left empty, a second per batch.
            forgotten = list(islice(self._recent, excess))
            for event_id in forgotten:
                del self._recent[event_id]
            self._floor = max(self._floor, *forgotten)
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


def _register_offset(key: bytes | None, headers: Any) -> int:
    """The offset in `register` of the event this record copies, or -1 when it is no copy: one has no key, whatever its headers say."""
    if key is not None:
        return -1
    found: Sequence[tuple[str, bytes | None]] = (headers() if callable(headers) else headers) or ()
    for name, value in found:
        if name == REGISTER_OFFSET_HEADER and value is not None and value.isdigit() and len(value) < 19:
            return int(value)
    return -1


def _has_zero_byte(type_name: str, fields: dict[str, Any]) -> bool:
    texts: tuple[str | None, ...] = _TEXTS_OF[type_name](fields)
    for text in texts:
        if text is not None and "\0" in text:
            return True
    return "\0" in "".join(fields.get("categories", ())) or (type_name == "DataCollected" and "\0" in "".join(fields["purposes"]))


def _violation_row(partition: int, offset: int, ordinal: int, subject: Subject, outcome: Outcome) -> Row:
    fields = outcome.fields
    return (
        partition, offset, ordinal, fields["event_id"], subject.subject_id, subject.controller, subject.subject_ref,
        fields["promise"], fields["rule"], fields["severity"], fields["holder"], fields["purpose"],
        tuple(fields["categories"]), tuple(fields["rests_on"]),
    )  # fmt: skip
