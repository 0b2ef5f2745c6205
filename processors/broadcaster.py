"""Copies every event of topic `register` into every partition of `facts`, in order: so each partition is a complete history.

A copy carries its offset in `register` as a header; value and other headers are as they were, the key is left out (a copy belongs to no
subject). One leader; progress is noted after all copies are acknowledged. Dying before the note sends copies again; the fold drops a copy it
has seen and stops at a missing one. What reaches a partition is always the beginning of what was sent to it, so a copy is never missing
before a later one. Steps of a batch: 1 sent to some partitions  2 acknowledged by all  3 noted.

A copy that `facts` refuses as too large is left out: in its place goes one without a value, which the fold puts aside as `oversize`.
"""

from __future__ import annotations

import threading
from typing import Final

from ledger import metrics
from ledger.adapters.kafka_sender import Headers, KafkaSender, TooLargeError
from ledger.adapters.kafka_tail import KafkaTail
from ledger.adapters.postgres_duties import Duty
from ledger.errors import OperatorError
from ledger.failpoints import pass_by
from ledger.folding.reading import LEFT_OUT_HEADER, REGISTER_OFFSET_HEADER, Record
from ledger.settings import Settings
from ledger.topics import FACTS, REGISTER
from processors.log_checks import Ledger

BATCH_EVENTS_MAX: Final = 500
#: Longest wait for a register event: also how long a stop may take.
POLL_SECONDS: Final = 0.25
SEND_SECONDS_MAX: Final = 30.0
#: A larger copy travels alone: were it refused among others, those behind it could be taken before its placeholder.
LONE_BYTES: Final = 100_000


def broadcast(settings: Settings, ledger: Ledger, duty: Duty, stop: threading.Event) -> None:
    """Copy register events until told to stop. The caller has taken the duty.

    Raises:
        OperatorError: the register does not hold what comes next, or Kafka refuses a copy.
        DependencyError: Kafka or PostgreSQL does not answer; call again.
        FencedError: another broadcaster noted progress.
    """
    next_offset = duty.broadcast_next()
    copier = _Copier(settings, ledger.partitions)
    try:
        with KafkaTail(settings, REGISTER, 0) as tail:
            tail.start(next_offset)
            while not stop.is_set():
                records = tail.read(records_max=BATCH_EVENTS_MAX, seconds=POLL_SECONDS)
                if records:
                    copier.copy(records, next_offset)
                    pass_by("broadcast_before_progress")
                    duty.note_broadcast(next_offset, records[-1][0] + 1)
                    next_offset = records[-1][0] + 1
                    metrics.REGISTER_COPIED.inc(len(records))
    finally:
        copier.close()


class _Copier:
    """Sends records to every partition, in order. Not for two threads at once."""

    def __init__(self, settings: Settings, partitions: int) -> None:
        self._settings, self._partitions = settings, partitions
        self._sender = self._new_sender()

    def copy(self, records: list[Record], next_offset: int) -> None:
        """Send each record to every partition and wait until all are acknowledged."""
        for expected, (offset, _, _, value, headers) in enumerate(records, start=next_offset):
            if offset != expected:
                raise OperatorError(
                    f"cannot broadcast: expected register offset {expected}, got {offset}",
                    hint="records of topic register are missing; see the runbook, `register gap`",
                )
            place = (REGISTER_OFFSET_HEADER, str(offset).encode())
            kept = [header for header in headers if header[0] != REGISTER_OFFSET_HEADER]
            if len(value or b"") + sum(len(name) + len(content or b"") for name, content in kept) <= LONE_BYTES:
                self._send(value, [*kept, place])
            else:
                self._send_alone(value, [*kept, place], place)
        self._sender.finish(seconds=SEND_SECONDS_MAX)

    def _send_alone(self, value: bytes | None, headers: Headers, place: tuple[str, bytes]) -> None:
        self._sender.finish(seconds=SEND_SECONDS_MAX)
        try:
            self._send(value, headers)
            self._sender.finish(seconds=SEND_SECONDS_MAX)
        except TooLargeError:
            self._sender.close()
            self._sender = self._new_sender()
            self._send(None, [place, (LEFT_OUT_HEADER, b"oversize")])

    def _send(self, value: bytes | None, headers: Headers) -> None:
        for partition in range(self._partitions):
            self._sender.send(FACTS, partition, key=None, value=value, headers=headers)
            pass_by("broadcast_between_sends")

    def _new_sender(self) -> KafkaSender:
        return KafkaSender(self._settings, client_id="ledger-broadcaster")

    def close(self) -> None:
        """Let the producer go."""
        self._sender.close()
