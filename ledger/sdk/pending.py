"""One event under way: what `emit_soon` gives back at once, and what the delivery report settles.

Must never be settled twice and never silently: a failure that nobody asks about makes the emitter's `flush` raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.sdk.receipts import ClockAheadError, NotAcknowledgedError, OnReceipt, Receipt, recorded_instant

if TYPE_CHECKING:
    from ledger.errors import LedgerError


class Pending:
    """A light future. Ask `result()`; `is_done` and the receipt change when the emitter is next called or flushed.

    One is made for every event, so it keeps numbers and builds the receipt only when asked.
    """

    __slots__ = ("_error", "_on_receipt", "_owner", "_taken_from", "_timestamp", "event_id", "is_asked", "is_done", "offset", "partition", "topic")

    def __init__(self, owner: PendingOwner, event_id: str, topic: str, on_receipt: OnReceipt | None, taken_from: int) -> None:
        self._owner = owner
        self.event_id = event_id  # UUID text, known before the broker answers
        self.topic = topic
        self._on_receipt = on_receipt
        self._taken_from = taken_from
        self.is_done = False
        self.is_asked = False
        self._error: LedgerError | None = None

    def result(self, timeout_seconds: float | None = None) -> Receipt:
        """Wait for the receipt, at most timeout_seconds (by default the emitter's deadline).

        Raises:
            NotAcknowledgedError: no answer in time, or an answer that leaves it open. Emit the same event id again.
            BrokerRefusedError: the broker refused it for good.
            ClockAheadError: it is on the log, but the processors will put it aside.
        """
        if not self.is_done:
            self._owner.wait_for(self, timeout_seconds)
        self.is_asked = True
        if self._error is not None:
            raise self._error
        if not self.is_done:
            raise NotAcknowledgedError(self.event_id, "no answer in time")
        return self.receipt()

    def receipt(self) -> Receipt:
        """Build the receipt of an acknowledged event."""
        return Receipt(self.event_id, self.topic, self.partition, self.offset, recorded_instant(self._timestamp))

    def settle(self, error: Any, record: Any) -> None:
        """Take librdkafka's delivery report: (KafkaError or None, message). Called once."""
        if error is None:
            self.partition: int = record.partition()
            self.offset: int = record.offset()
            self._timestamp: int = record.timestamp()[1]
            if self._timestamp < self._taken_from:
                self._error = ClockAheadError(self.event_id, (self._taken_from - self._timestamp) / 1000)
                self._owner.note_failure(self)
        else:
            self._error = self._owner.report_failure(self, error)
        self.is_done = True
        if self._on_receipt is not None:
            self.is_asked = True
            if self._error is None:
                self._on_receipt(self.receipt(), None)
            else:
                self._on_receipt(None, self._error)


class PendingOwner:
    """What a pending event asks of its emitter."""

    def wait_for(self, pending: Pending, timeout_seconds: float | None) -> None:
        """Serve delivery reports until the event is settled or the time is up."""
        raise NotImplementedError

    def report_failure(self, pending: Pending, error: Any) -> LedgerError:
        """Translate the error of a delivery report, and note that it happened."""
        raise NotImplementedError

    def note_failure(self, pending: Pending) -> None:
        """Remember that an event failed, for the next flush."""
        raise NotImplementedError
