"""What the sync and the asyncio emitter share: the producer, the envelope, and what happens at a fork and at the end.

The Kafka client and the settings are loaded on first use, so that importing the SDK is cheap. A forked child connects
anew, under its own ids; what the parent had queued stays the parent's. Must never drop an event without saying so: what
is left at the end of the process is counted and logged as an error.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ledger.sdk.envelope import Envelope
from ledger.sdk.ledger_time import TickedClock, WallClock
from ledger.sdk.pending import Pending, PendingOwner
from ledger.sdk.receipts import ClosedEmitterError, UnflushedError
from ledger.sdk.to_seal import Sealing
from ledger.tracing.spans import span

if TYPE_CHECKING:
    from ledger.adapters.kafka_producer import KafkaProducer
    from ledger.errors import LedgerError

_log = logging.getLogger("ledger.sdk.emit")
_FAILURES_KEPT_MAX: Final = 10_000  # events whose failure nobody has asked about; about 1 kB each


class Connection(PendingOwner):
    """One emitter's way to the broker, opened on first use."""

    def __init__(
        self,
        defaults: Mapping[str, str | None],
        *,
        bootstrap_servers: str | None,
        deadline_seconds: float,
        queue_max: int,
        clock_skew_seconds: float,
        config: Mapping[str, Any] | None,
        vault: Sealing | None = None,
    ) -> None:
        self.deadline_seconds = deadline_seconds
        self._queue_max = queue_max
        self._skew_seconds = clock_skew_seconds
        self._defaults = dict(defaults)
        self._bootstrap_servers = bootstrap_servers
        self._config = dict(config or {})
        self._vault = vault
        Envelope(WallClock(clock_skew_seconds), self._defaults)  # what is wrong is refused here, not at the first event
        self.is_closed = False
        self._begin()
        _OPEN.add(self)

    def _begin(self) -> None:
        """Set what belongs to one process."""
        self._opening = threading.Lock()
        self.producer: KafkaProducer | None = None
        self.envelope: Envelope | None = None
        self._failed: list[Pending] = []
        self._failed_uncounted = 0
        self.lost_answers = 0  # failures whose coroutine's loop had ended

    def open(self, deadline: float) -> tuple[KafkaProducer, Envelope]:
        """Connect once, and learn which kind of ledger this is. deadline: time.monotonic().

        Raises:
            ClosedEmitterError: the emitter was closed.
            KafkaUnreachableError: no broker answered by the deadline.
            NoLedgerError: the topics are not those of a ledger.
            CallerError: no broker is named, neither here nor in the settings.
        """
        if self.is_closed:
            raise ClosedEmitterError
        if self.producer is not None and self.envelope is not None:
            return self.producer, self.envelope
        with self._opening:
            if self.producer is None or self.envelope is None:
                self._connect(deadline)
            assert self.producer is not None and self.envelope is not None  # noqa: S101  _connect has set both
            return self.producer, self.envelope

    def _connect(self, deadline: float) -> None:
        from ledger.adapters.kafka_producer import KafkaProducer, check_is_ledger, producer_config

        client = self._client_config()
        config = producer_config(client, deadline_seconds=self.deadline_seconds, queue_max=self._queue_max)
        producer = KafkaProducer(config, deadline_seconds=self.deadline_seconds)
        is_simulated = check_is_ledger(producer.read_topics(deadline))
        clock = self._ticked_clock(client) if is_simulated else WallClock(self._skew_seconds)
        self.envelope = Envelope(clock, self._defaults, self._vault)
        self.producer = producer

    def _ticked_clock(self, client: Mapping[str, Any]) -> TickedClock:
        from ledger.adapters.kafka_time import read_last_tick

        return TickedClock(lambda deadline: read_last_tick(client, deadline), self._skew_seconds)

    def _client_config(self) -> dict[str, Any]:
        if self._bootstrap_servers is not None:
            return {"bootstrap.servers": self._bootstrap_servers, **self._config}
        from ledger.settings import load_settings

        return {**load_settings().kafka_client_config(), **self._config}

    def wait_for(self, pending: Pending, timeout_seconds: float | None) -> None:
        """Serve delivery reports until the event is settled or the time is up."""
        seconds = self.deadline_seconds if timeout_seconds is None else timeout_seconds
        if self.producer is not None:
            self.producer.wait(lambda: pending.is_done, time.monotonic() + seconds)

    def report_failure(self, pending: Pending, error: Any) -> LedgerError:
        """Translate the error of a delivery report, and note that it happened."""
        from ledger.adapters.kafka_producer import delivery_error

        self.note_failure(pending)
        return delivery_error(pending.event_id, error)

    def note_failure(self, pending: Pending) -> None:
        """Remember that an event failed, for the next flush."""
        if len(self._failed) < _FAILURES_KEPT_MAX:
            self._failed.append(pending)
        else:
            self._failed_uncounted += 1

    def flush(self, seconds: float) -> None:
        """Send everything and wait for every answer.

        Raises:
            UnflushedError: an answer is missing, or a failure was not asked for; told once.
        """
        producer = self.producer
        if producer is None:
            return
        with span("flush", events=len(producer)):
            self.raise_unflushed(producer.flush(time.monotonic() + seconds))

    def raise_unflushed(self, left: int) -> None:
        """Raise if anything is left or failed unasked."""
        failed = [pending for pending in self._failed if not pending.is_asked]
        count = len(failed) + self._failed_uncounted + self.lost_answers
        self._failed, self._failed_uncounted, self.lost_answers = [], 0, 0
        if left or count:
            raise UnflushedError(left, count, tuple(pending.event_id for pending in failed[:1000]))

    def close(self, seconds: float) -> None:
        """Flush, then let go of the broker. Safe to repeat. Raises: UnflushedError, as flush."""
        if self.is_closed:
            return
        self.is_closed = True
        _OPEN.discard(self)
        try:
            self.flush(seconds)
        finally:
            if self.producer is not None:
                self.producer.purge()
            self.producer = self.envelope = None

    def _forget_parent(self) -> None:
        """In a forked child: go on without the parent's client, whose threads did not come along.

        Its memory is never given back: destroying it would set out to end threads that are not here (measured: a second lost).
        """
        if self.producer is not None:
            import ctypes

            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.producer))
        self._begin()


# Open emitters are held here until they are closed: one that was forgotten still sends what it has queued.
_OPEN: Final[set[Connection]] = set()


def _after_fork_in_child() -> None:
    for connection in _OPEN:
        connection._forget_parent()


def _at_exit() -> None:
    for connection in list(_OPEN):
        try:
            connection.close(connection.deadline_seconds)
        except UnflushedError as error:
            _log.error("%s", error)


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
