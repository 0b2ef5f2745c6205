"""The SDK's emitter: one method call, one event on the log, one receipt.

A receipt means that the broker has acknowledged; nothing is returned before. Every call ends within its deadline. Bad input
is refused before it leaves. Must never put a value of an event into an error or a log line. The contract, line by line, each
with its test: docs/emitting.md.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.sdk.connection import Connection
from ledger.sdk.pending import Pending
from ledger.sdk.receipts import NotAcknowledgedError, OnReceipt, Receipt
from ledger.sdk.to_seal import Sealing
from ledger.sdk.verbs import Identifier, Instant, Verbs
from ledger.tracing.spans import span

__all__ = ["DEADLINE_SECONDS", "QUEUE_MAX", "Emitter"]

DEADLINE_SECONDS: Final = 10.0
QUEUE_MAX: Final = 100_000  # events queued or under way; at 500 bytes each 50 MB
_POLL_EVERY: Final = 100  # events of `emit_soon` between two looks at the delivery reports


class Emitter(Verbs[Receipt]):
    """Emits the events of one service. Safe to share between threads; after a fork the child connects by itself.

    Use it as a context manager, or call `close()`: both flush, and raise if anything was left behind.
    """

    def __init__(
        self,
        *,
        controller: str | None = None,
        source: str | None = None,
        bootstrap_servers: str | None = None,
        actor: str | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        queue_max: int = QUEUE_MAX,
        clock_skew_seconds: float = CLOCK_SKEW_SECONDS,
        config: Mapping[str, Any] | None = None,
        vault: Sealing | None = None,
    ) -> None:
        """Nothing is asked of the broker before the first event.

        controller, source, actor: filled into every event that does not name its own. bootstrap_servers: by default what
        LEDGER__KAFKA__* or the embedded stack says. deadline_seconds: longest that any call may take. queue_max: events
        that may wait for their receipt. clock_skew_seconds: how far ahead of the ledger's time an event may lie, 0 to 300.
        config: more settings for librdkafka (TLS, SASL). vault: seals what is given as `ToSeal` (docs/vault.md).

        Raises:
            CallerError: the skew is more than the processors allow.
            RefusedEventError: controller, source or actor is not an identifier.
        """
        self._connection = Connection(
            {"controller": controller, "source": source, "actor": actor},
            bootstrap_servers=bootstrap_servers,
            deadline_seconds=deadline_seconds,
            queue_max=queue_max,
            clock_skew_seconds=clock_skew_seconds,
            config=config,
            vault=vault,
        )
        self._unpolled = 0

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
        """Emit one event and wait for the broker's acknowledgement, at most the deadline.

        fields: as in the event's schema. event_id: by default a new UUIDv7; the same id again is harmless.

        Raises:
            RefusedEventError: the event breaks its contract; it never left.
            NotAcknowledgedError: it may or may not be on the log; emit the same event id again.
            BrokerRefusedError: the broker refused it for good.
            ClockAheadError: it is on the log, but this machine's clock is so far ahead that the processors put it aside.
            QueueFullError, KafkaUnreachableError, NoLedgerError, ClosedEmitterError: it never left.
        """
        deadline = time.monotonic() + self._connection.deadline_seconds
        with span("append", events=1) as append:
            pending = self._queue(type_name, subject, event_id, occurred_at, salt, fields, None, deadline)
            append.set(topic=pending.topic)
            pending.is_asked = True
            producer = self._connection.producer
            if producer is None or not producer.wait(lambda: pending.is_done, deadline):
                cause = "no producer" if producer is None else producer.last_error
                raise NotAcknowledgedError(pending.event_id, cause)
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
        """Queue one event and return at once; while the queue is full, wait for room, at most the deadline.

        Ask the answer with `result()`, take it with on_receipt, or leave it to `flush`, which raises if one is bad.
        on_receipt runs inside a later call of this emitter and must not raise.

        Raises: as emit, but for what only the broker's answer can tell.
        """
        deadline = time.monotonic() + self._connection.deadline_seconds
        pending = self._queue(type_name, subject, event_id, occurred_at, salt, fields, on_receipt, deadline)
        self._unpolled += 1
        if self._unpolled >= _POLL_EVERY:
            self._unpolled = 0
            producer = self._connection.producer
            if producer is not None:
                producer.poll()
        return pending

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
        """Check one event as `emit` would, the ledger's time included, and emit nothing. Raises: as emit."""
        deadline = time.monotonic() + self._connection.deadline_seconds
        _, envelope = self._connection.open(deadline)
        envelope.message(type_name, subject, event_id, occurred_at, salt, fields, deadline)

    def ledger_time(self) -> int:
        """What time it is on the ledger, as an event emitted now would have it: microseconds since 1970 UTC. Raises: as emit."""
        deadline = time.monotonic() + self._connection.deadline_seconds
        return self._connection.open(deadline)[1].ledger_time(deadline)

    @property
    def soon(self) -> Verbs[Pending]:
        """The same verbs through `emit_soon`: `emitter.soon.shared(...)`."""
        return _Soon(self)

    def flush(self, deadline_seconds: float | None = None) -> None:
        """Wait until every queued event is acknowledged.

        Raises:
            UnflushedError: some are not, or an event failed that nobody has asked about.
        """
        self._connection.flush(self._connection.deadline_seconds if deadline_seconds is None else deadline_seconds)

    def close(self) -> None:
        """Flush and let go of the broker. Safe to repeat. Raises: UnflushedError, as flush."""
        self._connection.close(self._connection.deadline_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.close()
        except Exception as unflushed:
            if error is None:
                raise
            error.add_note(f"and at the end: {unflushed}")

    def _queue(
        self,
        type_name: str,
        subject: str | None,
        event_id: Identifier | None,
        occurred_at: Instant | None,
        salt: bytes | None,
        fields: dict[str, Any],
        on_receipt: OnReceipt | None,
        deadline: float,
    ) -> Pending:
        connection = self._connection
        producer, envelope = connection.producer, connection.envelope
        if producer is None or envelope is None:
            producer, envelope = connection.open(deadline)
        identity, topic, key, value, headers, taken_from = envelope.message(type_name, subject, event_id, occurred_at, salt, fields, deadline)
        pending = Pending(connection, identity, topic, on_receipt, taken_from)
        try:
            producer.produce_now(topic, value, key, on_delivery=pending.settle, headers=headers)  # type: ignore[arg-type]  # as in produce
        except producer.NOT_QUEUED:
            producer.produce(topic, value, key, headers, pending.settle, deadline)
        return pending


class _Soon(Verbs[Pending]):
    """The verbs without waiting."""

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter

    def emit(self, type_name: str, *, subject: str | None = None, **fields: Any) -> Pending:
        """As `Emitter.emit_soon`."""
        return self._emitter.emit_soon(type_name, subject=subject, **fields)
