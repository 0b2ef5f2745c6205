"""An emitter that needs no broker and remembers what it was given, for a service's own unit tests; it is imported from `ledger.testing`.

The same checks, ids, receipts and errors as the real one, by the same code; one contract suite runs on both. Must never be
used in production: nothing it takes is kept.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from ledger.contract import codec
from ledger.core.ids import partition_of
from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.errors import LedgerError
from ledger.sdk.envelope import Envelope, Message
from ledger.sdk.ledger_time import TickedClock, WallClock
from ledger.sdk.pending import Pending, PendingOwner
from ledger.sdk.receipts import ClosedEmitterError, OnReceipt, Receipt, UnflushedError
from ledger.sdk.to_seal import Sealing
from ledger.sdk.validation import instant
from ledger.sdk.verbs import Identifier, Instant, Verbs

_WAIT_SECONDS_MAX = 10.0


class RecordedEvent(NamedTuple):
    """One event as it would be on the log. fields: raw, as codec.decode gives them (instants int, ids 16 bytes)."""

    type_name: str
    fields: dict[str, Any]
    receipt: Receipt
    headers: dict[str, bytes]


class RecordingEmitter(Verbs[Receipt], PendingOwner):
    """An `Emitter` in memory: facts in `partitions` partitions, offsets growing from 0, an event at once acknowledged.

    now: the ledger's time, as of a simulated ledger; None follows this machine's clock, as a real one does.
    """

    def __init__(
        self,
        *,
        controller: str | None = None,
        source: str | None = None,
        actor: str | None = None,
        now: datetime | str | None = None,
        partitions: int = 4,
        clock_skew_seconds: float = CLOCK_SKEW_SECONDS,
        vault: Sealing | None = None,
    ) -> None:
        """Raises: RefusedEventError, CallerError, as Emitter."""
        self._now = None if now is None else instant(now)
        ticked = TickedClock(lambda deadline: self._now or 0, clock_skew_seconds)
        clock = WallClock(clock_skew_seconds) if now is None else ticked
        self._envelope = Envelope(clock, {"controller": controller, "source": source, "actor": actor}, vault)
        self._partitions = {"facts": partitions, "register": 1}
        self._lock = threading.Lock()
        self._next_offsets: dict[tuple[str, int], int] = {}
        self._failures: list[LedgerError] = []
        self._unasked: list[Pending] = []
        self._is_closed = False
        self.events: list[RecordedEvent] = []

    def emit(
        self,
        type_name: str,
        *,
        subject: str | None = None,
        event_id: Identifier | None = None,
        occurred_at: Instant | None = None,
        salt: bytes | None = None,
        **fields: Any,
    ) -> Receipt:
        """Record one event. Raises: RefusedEventError, ClosedEmitterError, and what `fail_next` was told."""
        pending = self._record(type_name, subject, event_id, occurred_at, salt, fields, None)
        pending.is_asked = True
        return pending.result(0)

    def emit_soon(
        self,
        type_name: str,
        *,
        subject: str | None = None,
        event_id: Identifier | None = None,
        occurred_at: Instant | None = None,
        salt: bytes | None = None,
        on_receipt: OnReceipt | None = None,
        **fields: Any,
    ) -> Pending:
        """Record one event; its answer is there at once. A failure by `fail_next` comes with `result()` or `flush()`."""
        return self._record(type_name, subject, event_id, occurred_at, salt, fields, on_receipt)

    def check(
        self,
        type_name: str,
        *,
        subject: str | None = None,
        event_id: Identifier | None = None,
        occurred_at: Instant | None = None,
        salt: bytes | None = None,
        **fields: Any,
    ) -> None:
        """Check one event as `emit` would and record nothing. Raises: as emit."""
        self._message(type_name, subject, event_id, occurred_at, salt, fields)

    def ledger_time(self) -> int:
        """As `Emitter.ledger_time`."""
        return self._envelope.ledger_time(time.monotonic() + _WAIT_SECONDS_MAX)

    @property
    def soon(self) -> Verbs[Pending]:
        """The same verbs through `emit_soon`."""
        return _Soon(self)

    def flush(self, deadline_seconds: float | None = None) -> None:
        """Raise UnflushedError if an event failed that nobody has asked about; told once."""
        failed = [pending for pending in self._unasked if not pending.is_asked]
        self._unasked = []
        if failed:
            raise UnflushedError(0, len(failed), tuple(pending.event_id for pending in failed[:1000]))

    def close(self) -> None:
        """Flush; every later call raises ClosedEmitterError. Safe to repeat."""
        if not self._is_closed:
            self._is_closed = True
            self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.close()
        except UnflushedError as unflushed:
            if error is None:
                raise
            error.add_note(f"and at the end: {unflushed}")

    # What a test tells it, and asks it.

    def fail_next(self, error: LedgerError, *, times: int = 1) -> None:
        """Let the next `times` events fail with this error, as if the broker had not taken them."""
        self._failures += [error] * times

    def tick(self, now: datetime | str) -> None:
        """Move the ledger's time, of a recorder that was made with `now`."""
        self._now = instant(now)

    def of_type(self, type_name: str) -> list[RecordedEvent]:
        """Return the events of one type, in the order they were emitted."""
        return [event for event in self.events if event.type_name == type_name]

    def about(self, subject: str) -> list[RecordedEvent]:
        """Return the events about one subject, in the order they were emitted."""
        return [event for event in self.events if event.fields.get("subject_ref") == subject]

    def assert_emitted(self, type_name: str, *, times: int = 1, **fields: Any) -> list[RecordedEvent]:
        """Assert that exactly `times` events of this type have these field values, and return them.

        The message names types and counts, not values.
        """
        found = [each for each in self.of_type(type_name) if all(each.fields.get(name) == value for name, value in fields.items())]
        if len(found) != times:
            seen = ", ".join(f"{name} {len(self.of_type(name))}" for name in sorted({event.type_name for event in self.events}))
            wanted = f" with {', '.join(fields)} as given" if fields else ""
            raise AssertionError(f"expected {times} {type_name}{wanted}, got {len(found)}; recorded: {seen or 'nothing'}")
        return found

    def assert_nothing_emitted(self) -> None:
        """Assert that no event was recorded."""
        if self.events:
            raise AssertionError(f"expected no event, got {len(self.events)}")

    def wait_for(self, pending: Pending, timeout_seconds: float | None) -> None:
        """Nothing to wait for: every event is answered at once."""

    def report_failure(self, pending: Pending, error: Any) -> LedgerError:
        """Note a failure that `fail_next` was told."""
        self.note_failure(pending)
        return error  # type: ignore[no-any-return]  # fail_next takes LedgerErrors only

    def note_failure(self, pending: Pending) -> None:
        """Give a failure its place among those that `flush` reports."""
        self._unasked.append(pending)

    def _record(
        self,
        type_name: str,
        subject: str | None,
        event_id: Identifier | None,
        occurred_at: Instant | None,
        salt: bytes | None,
        fields: dict[str, Any],
        on_receipt: OnReceipt | None,
    ) -> Pending:
        message = self._message(type_name, subject, event_id, occurred_at, salt, fields)
        pending = Pending(self, message.event_id, message.topic, on_receipt, message.taken_from)
        with self._lock:
            failure = self._failures.pop(0) if self._failures else None
            record = None if failure else self._append(message)
        pending.settle(failure, record)
        return pending

    def _message(
        self,
        type_name: str,
        subject: str | None,
        event_id: Identifier | None,
        occurred_at: Instant | None,
        salt: bytes | None,
        fields: dict[str, Any],
    ) -> Message:
        if self._is_closed:
            raise ClosedEmitterError
        return self._envelope.message(type_name, subject, event_id, occurred_at, salt, fields, time.monotonic() + _WAIT_SECONDS_MAX)

    def _append(self, message: Message) -> _Appended:
        partition = partition_of(message.key, self._partitions[message.topic])
        offset = self._next_offsets.get((message.topic, partition), 0)
        self._next_offsets[message.topic, partition] = offset + 1
        record = _Appended(partition, offset, time.time_ns() // 1_000_000)
        type_name, fields = codec.decode(message.value)
        pending = Pending(self, message.event_id, message.topic, None, 0)
        pending.settle(None, record)
        self.events.append(RecordedEvent(type_name, fields, pending.receipt(), dict(message.headers)))
        return record


class _Appended:
    """Where a record stands, asked as librdkafka's messages are."""

    def __init__(self, partition: int, offset: int, timestamp_millis: int) -> None:
        self._place = partition, offset, timestamp_millis

    def partition(self) -> int:
        return self._place[0]

    def offset(self) -> int:
        return self._place[1]

    def timestamp(self) -> tuple[int, int]:
        return 2, self._place[2]  # 2: LogAppendTime


class _Soon(Verbs[Pending]):
    def __init__(self, emitter: RecordingEmitter) -> None:
        self._emitter = emitter

    def emit(self, type_name: str, *, subject: str | None = None, **fields: Any) -> Pending:
        return self._emitter.emit_soon(type_name, subject=subject, **fields)
