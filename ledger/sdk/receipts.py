"""What the emitter answers with: a receipt once the broker has the event, an error when it may not have it.

Must never say that an event is on the log before the broker said so, and never hold a value of an event.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from ledger.errors import CallerError, DependencyError, LedgerError, OperatorError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Receipt(NamedTuple):
    """The broker's acknowledgement: the event is on the log, on every replica that the topic asks for.

    event_id: UUID text. recorded_at: aware, UTC, the broker's clock (LogAppendTime), to the millisecond.
    """

    event_id: str
    topic: str
    partition: int
    offset: int
    recorded_at: datetime


OnReceipt = Callable[["Receipt | None", "LedgerError | None"], None]
"""Called once per event with (receipt, None) or (None, error), in the thread that happens to call the emitter next."""


@lru_cache(maxsize=64)  # the events of one batch have one timestamp
def recorded_instant(timestamp_millis: int) -> datetime:
    """Return the broker's timestamp as an aware datetime."""
    return _EPOCH + timedelta(milliseconds=timestamp_millis)


class NotAcknowledgedError(DependencyError):
    """The broker did not acknowledge in time: the event may or may not be on the log. Emit the same event id again.

    event_id: UUID text, to be given as `event_id=`; the repeat is harmless.
    """

    def __init__(self, event_id: str, cause: str) -> None:
        super().__init__(
            f"cannot tell whether event {event_id} is on the log: expected an acknowledgement, got {cause}",
            hint="emit the same event id again: a repeat is harmless",
        )
        self.event_id = event_id


class BrokerRefusedError(OperatorError):
    """The broker has refused the event for good (no such topic, no right to write): it is not on the log."""

    def __init__(self, event_id: str, cause: str) -> None:
        super().__init__(f"cannot emit event {event_id}: the broker refused it, {cause}", hint="check the topics and the rights of this client")
        self.event_id = event_id


class ClockAheadError(OperatorError):
    """This machine's clock is ahead of the broker's by more than the allowed skew: the event is on the log, but the processors put it aside.

    event_id: UUID text; the same id with the right time is taken.
    """

    def __init__(self, event_id: str, too_early_seconds: float) -> None:
        super().__init__(
            f"cannot count on event {event_id}: its time is {too_early_seconds:.1f} s further ahead of the broker's clock than the processors allow,"
            " so it becomes a dead letter",
            hint="set the clock of this machine right, then emit the event again with its right time, under the same id",
        )
        self.event_id = event_id


class QueueFullError(DependencyError):
    """The emitter's queue stayed full until the deadline: this event never left. Slow down, or find out why the broker is slow."""

    def __init__(self, queue_max: int, deadline_seconds: float) -> None:
        super().__init__(
            f"cannot queue an event: expected room among {queue_max} within {deadline_seconds:g} s, got none",
            hint="check the broker, emit slower, or raise queue_max",
        )


class UnflushedError(DependencyError):
    """Events are not acknowledged. left: still without an answer; failed: answered with an error that nobody has asked for.

    event_ids: UUID texts of the failed ones, at most 1,000. Emit them again under the same ids.
    """

    def __init__(self, left: int, failed: int, event_ids: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"cannot flush: expected every event acknowledged, got {left} without an answer and {failed} failed",
            hint="keep the process alive and flush again, or emit the same event ids again: a repeat is harmless",
        )
        self.left = left
        self.failed = failed
        self.event_ids = event_ids


class KafkaUnreachableError(DependencyError):
    """No broker answered within the deadline. Nothing was sent."""

    def __init__(self, operation: str, cause: str) -> None:
        super().__init__(f"cannot {operation}: expected an answer from Kafka, got {cause}", hint="ledger status")


class NoLedgerError(OperatorError):
    """The broker answers, but the topics are not those of a ledger."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="ledger up")


class ClosedEmitterError(CallerError):
    """The emitter was used after it was closed. Make a new one."""

    def __init__(self) -> None:
        super().__init__("cannot emit: expected an open emitter, got one that was closed", hint="make a new Emitter")
