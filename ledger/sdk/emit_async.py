"""The emitter for asyncio: the same verbs as coroutines, over the same producer.

librdkafka's reports arrive in a thread of their own and are handed to the event loop; the loop itself never waits for Kafka.
(confluent-kafka's own asyncio producer cannot carry headers.) Cancelling a call does not take the event back: it may be on the
log, as after a missed deadline. Contract: docs/emitting.md.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.sdk.connection import Connection
from ledger.sdk.emit import DEADLINE_SECONDS, QUEUE_MAX
from ledger.sdk.pending import Pending
from ledger.sdk.receipts import ClosedEmitterError, NotAcknowledgedError, QueueFullError, Receipt
from ledger.sdk.to_seal import Sealing
from ledger.sdk.verbs import Identifier, Instant, Verbs
from ledger.tracing.spans import span

if TYPE_CHECKING:
    from ledger.adapters.kafka_producer import KafkaProducer
    from ledger.errors import LedgerError

_FULL_QUEUE_SLEEP_SECONDS: Final = 0.005


class AsyncEmitter(Verbs[Coroutine[Any, Any, Receipt]]):
    """Emits the events of one service from one event loop. Parameters, contract and errors as `Emitter`.

    Many at once: `await asyncio.gather(*(emitter.shared(...) for ...))`.
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
        self._connection = Connection(
            {"controller": controller, "source": source, "actor": actor},
            bootstrap_servers=bootstrap_servers,
            deadline_seconds=deadline_seconds,
            queue_max=queue_max,
            clock_skew_seconds=clock_skew_seconds,
            config=config,
            vault=vault,
        )
        self._server: _ReportServer | None = None

    async def emit(
        self,
        type_name: str,
        *,
        subject: str | None = None,
        event_id: Identifier | None = None,
        occurred_at: Instant | None = None,
        salt: bytes | None = None,
        **fields: Any,
    ) -> Receipt:
        """Emit one event and wait for the broker's acknowledgement, at most the deadline. Raises: as `Emitter.emit`."""
        connection = self._connection
        deadline = time.monotonic() + connection.deadline_seconds
        if connection.producer is None:
            await asyncio.to_thread(connection.open, deadline)
        producer, envelope = connection.open(deadline)
        if envelope.may_ask_the_log:
            made = await asyncio.to_thread(envelope.message, type_name, subject, event_id, occurred_at, salt, fields, deadline)
        else:
            made = envelope.message(type_name, subject, event_id, occurred_at, salt, fields, deadline)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Receipt] = loop.create_future()

        def hand_over(receipt: Receipt | None, error: LedgerError | None) -> None:
            try:
                loop.call_soon_threadsafe(_settle, answer, receipt, error)
            except RuntimeError:
                connection.lost_answers += error is not None  # the loop has ended before the answer came

        pending = Pending(connection, made.event_id, made.topic, hand_over, made.taken_from)
        with span("append", events=1, topic=made.topic):
            await self._produce(producer, made.topic, made.value, made.key, made.headers, pending, deadline)
            self._serve(producer)
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await answer
            except TimeoutError:
                raise NotAcknowledgedError(pending.event_id, producer.last_error) from None

    async def ledger_time(self) -> int:
        """As `Emitter.ledger_time`."""
        connection = self._connection
        deadline = time.monotonic() + connection.deadline_seconds
        _, envelope = await asyncio.to_thread(connection.open, deadline)
        return await asyncio.to_thread(envelope.ledger_time, deadline) if envelope.may_ask_the_log else envelope.ledger_time(deadline)

    async def flush(self, deadline_seconds: float | None = None) -> None:
        """Wait until everything that was begun is acknowledged. Raises: UnflushedError."""
        seconds = self._connection.deadline_seconds if deadline_seconds is None else deadline_seconds
        await asyncio.to_thread(self._connection.flush, seconds)

    async def close(self) -> None:
        """Flush and let go of the broker. Safe to repeat. Raises: UnflushedError."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        await asyncio.to_thread(self._connection.close, self._connection.deadline_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self.close()
        except Exception as unflushed:
            if error is None:
                raise
            error.add_note(f"and at the end: {unflushed}")

    async def _produce(
        self,
        producer: KafkaProducer,
        topic: str,
        value: bytes,
        key: bytes,
        headers: list[tuple[str, bytes]],
        pending: Pending,
        deadline: float,
    ) -> None:
        """Queue the event; while the queue is full, let the loop go on and try again."""
        while True:
            if self._connection.is_closed:
                raise ClosedEmitterError
            try:
                producer.produce(topic, value, key, headers, pending.settle, deadline=0)
                return
            except QueueFullError:
                if time.monotonic() >= deadline:
                    raise
                self._serve(producer)
                await asyncio.sleep(_FULL_QUEUE_SLEEP_SECONDS)

    def _serve(self, producer: KafkaProducer) -> None:
        """Have a thread serve the reports; started with the first event, and again in a forked child."""
        if self._server is None or self._server.producer is not producer:
            self._server = _ReportServer(producer)
        self._server.wake()


class _ReportServer:
    """The thread that serves delivery reports while events are under way, and sleeps otherwise."""

    def __init__(self, producer: KafkaProducer) -> None:
        self.producer = producer
        self._work = threading.Event()
        self._is_stopped = False
        threading.Thread(target=self._run, name="ledger-receipts", daemon=True).start()

    def wake(self) -> None:
        self._work.set()

    def stop(self) -> None:
        self._is_stopped = True
        self._work.set()

    def _run(self) -> None:
        while not self._is_stopped:
            self._work.wait()
            self._work.clear()
            while len(self.producer) and not self._is_stopped:
                self.producer.serve()


def _settle(answer: asyncio.Future[Receipt], receipt: Receipt | None, error: LedgerError | None) -> None:
    """Give the answer to the coroutine, unless it has stopped waiting."""
    if answer.done():
        return
    if error is not None:
        answer.set_exception(error)
    elif receipt is not None:
        answer.set_result(receipt)
