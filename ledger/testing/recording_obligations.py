"""Obligations that need no broker, for a service's own unit tests: a test raises them, runs the service's handler, and looks at the facts that
answer. They are imported from `ledger.testing`.

The code of `Obligations` and `AsyncObligations` on the log in memory, which a contract suite holds equal to Kafka. Must never be used in
production: nothing is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from ledger.adapters.memory_duty_log import MemoryDutyLog, MemoryTopic
from ledger.contract import codec
from ledger.core.ids import message_key, partition_of_subject
from ledger.sdk.acting import Acting, Step
from ledger.sdk.event_ids import id_bytes, id_text
from ledger.sdk.holder_duties import HolderDuties
from ledger.sdk.obligations import Handler, Obligations
from ledger.sdk.obligations_async import AsyncHandler, AsyncObligations
from ledger.sdk.receipts import Receipt
from ledger.testing.recording_emitter import RecordingEmitter


class RecordedDuties(HolderDuties):
    """What both kinds have in common.

    `recorder` has the answers, `steps` what became of each. Waiting between attempts takes no time.
    """

    recorder: RecordingEmitter
    topic: MemoryTopic
    steps: list[Step]

    def _remember(self, source: str, now: datetime | str | None, topic: MemoryTopic | None) -> None:
        self.recorder = RecordingEmitter(source=source, now=now)
        self.topic = topic or MemoryTopic()
        self.steps = []
        self._seconds = 0.0

    def raise_duty(self, kind: str, subject: str, **fields: Any) -> str:
        """Raise an obligation of this holder, as the ledger would, and return its id. fields: as in the schema; times in microseconds."""
        holder = self._selection.holder
        key = message_key(fields.get("controller", self._selection.controller or holder), subject)
        place = sum(map(len, self.topic.records))
        due = fields.get("due_at", self.recorder.ledger_time())
        obligation_id = hashlib.sha256(key + place.to_bytes(8, "big")).digest()[:16]
        raised = {"kind": kind, "holder": holder, "due_at": due, "overdue_at": due + 7 * 86_400_000_000, "rule": "TEST-1"} | fields
        self._publish("ObligationRaised", key, obligation_id, raised)
        return id_text(obligation_id)

    def cancel(self, obligation_id: str, *, reason: str = "re-anchored") -> None:
        """Let the ledger say that it need not be done any more."""
        self._settle("ObligationCancelled", obligation_id, {"reason": reason})

    def meet(self, obligation_id: str) -> None:
        """Let the ledger say that it is done."""
        self._settle("ObligationMet", obligation_id, {})

    def _settle(self, type_name: str, obligation_id: str, fields: dict[str, Any]) -> None:
        wanted = id_bytes(obligation_id)
        decoded = (codec.decode(value)[1] for records in self.topic.records for value in records)
        raised = next(each for each in decoded if each["obligation_id"] == wanted)
        about = {name: raised[name] for name in ("kind", "holder", "rule")}
        self._publish(type_name, message_key(raised["controller"], raised["subject_ref"]), wanted, about | fields)

    def _publish(self, type_name: str, key: bytes, obligation_id: bytes, fields: dict[str, Any]) -> None:
        controller, _, subject = key.decode().partition("/")
        partition = partition_of_subject(controller, subject, len(self.topic.records))
        place = len(self.topic.records[partition])
        digest = hashlib.sha256(type_name.encode() + obligation_id + place.to_bytes(8, "big")).digest()
        envelope = {"event_id": digest[:16], "salt": digest[16:], "source": "ledger", "occurred_at": self.recorder.ledger_time()}
        about = {"controller": controller, "subject_ref": subject, "obligation_id": obligation_id, "partition": partition, "log_offset": place}
        self.topic.append(partition, codec.encode(type_name, envelope | about | fields))

    def _make_log(self) -> MemoryDutyLog:
        return MemoryDutyLog(self.topic, self._pretend_to_wait)

    def _make_engine(self) -> Acting:
        return Acting(self._open_log(), self._selection, self._patience, group=self.group, on_step=self._on_step, clock=lambda: self._seconds)

    def _pretend_to_wait(self, seconds: float) -> None:
        self._seconds += max(seconds, 0.001)


class RecordingObligations(RecordedDuties, Obligations):
    """`Obligations` in memory. now: as of `RecordingEmitter`."""

    def __init__(
        self,
        *,
        source: str = "test",
        controller: str | None = "test-controller",
        holder: str | None = None,
        stores: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        attempts: int = 10,
        now: datetime | str | None = None,
        topic: MemoryTopic | None = None,
    ) -> None:
        """topic: of another recorder, to go on as its group does after a restart. Raises: as Obligations."""
        self._remember(source, now, topic)
        super().__init__(
            source=source, controller=controller, holder=holder, stores=stores, kinds=kinds, attempts=attempts, on_step=self.steps.append
        )

    def run(self, handler: Handler, *, once: bool = True) -> None:
        """As `Obligations.run`, until nothing is open but what is parked."""
        super().run(handler, once=once)

    def _make_emitter(self, actor: str | None, deadline_seconds: float) -> RecordingEmitter:
        return self.recorder


class AsyncRecordingObligations(RecordedDuties, AsyncObligations):
    """`AsyncObligations` in memory. now: as of `RecordingEmitter`. While handlers wait for something, the time between attempts goes by too."""

    def __init__(
        self,
        *,
        source: str = "test",
        controller: str | None = "test-controller",
        holder: str | None = None,
        stores: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        at_once: int = 1,
        attempts: int = 10,
        now: datetime | str | None = None,
        topic: MemoryTopic | None = None,
    ) -> None:
        """topic: as of `RecordingObligations`. Raises: as AsyncObligations."""
        self._remember(source, now, topic)
        super().__init__(
            source=source,
            controller=controller,
            holder=holder,
            stores=stores,
            kinds=kinds,
            at_once=at_once,
            attempts=attempts,
            on_step=self.steps.append,
        )

    async def run(self, handler: AsyncHandler, *, once: bool = True) -> None:
        """As `AsyncObligations.run`, until nothing is open but what is parked."""
        await super().run(handler, once=once)

    def _make_emitter(self, actor: str | None, deadline_seconds: float) -> AwaitedRecorder:
        return AwaitedRecorder(self.recorder)


class AwaitedRecorder:
    """A recorder as `AsyncObligations` asks its emitter."""

    def __init__(self, recorder: RecordingEmitter) -> None:
        self._recorder = recorder

    async def emit(self, type_name: str, *, subject: str | None = None, **fields: Any) -> Receipt:
        return self._recorder.emit(type_name, subject=subject, **fields)

    async def ledger_time(self) -> int:
        return self._recorder.ledger_time()

    async def close(self) -> None:
        self._recorder.close()
