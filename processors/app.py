"""The Faust application: one agent on `facts`, in the shape that loses nothing.

Faust spends some 60 microseconds on each message that passes its conductor, channel and ack book. So the consumer hands on one message per
partition and poll, which carries the list of records ("fat batch"); everything else is Faust's own: membership, assignment, acknowledgement.
Where to start is PostgreSQL's to say; the offset that Faust commits to Kafka is a hint that nobody relies on (it can run ahead of the work,
faust issue 606). The shape: raw bytes, one agent, concurrency 1, `noack_take`, acknowledged after the commit in PostgreSQL, CrashingSupervisor,
no tables, no exactly-once, no web server. Importing this module has no effect.

Private names overridden or called, and why the three packages are pinned together (faust-streaming 0.15.3, aiokafka 0.14.0, mode-streaming
0.7.1): `Consumer._getmany` (fat batches), `Consumer.seek_to_committed` (start where PostgreSQL says; public name, but nobody's contract),
`Consumer._thread` (to seek in the thread that owns the client, and to end it), `Consumer._new_consumer_thread` and `ServiceThread._thread` (so
that it never outlives its life), `App._new_transport` (to use our Consumer).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import faust
import mode
import mode.threads
from faust.auth import SASLCredentials, SSLCredentials
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from ledger.errors import DependencyError, OperatorError
from ledger.settings import KafkaSettings, Settings
from ledger.topics import FACTS
from processors.projector import Batch, Projector

HEARTBEAT_SECONDS: Final = 2.0
#: Never reached: the projector's own bound comes first. At Faust's bound the consumer would sleep for a whole second.
BUFFERED_BATCHES_MAX: Final = 1000
#: Between two polls. Each costs Faust and aiokafka a millisecond, however few records it brings; without a pause a thousand events a second
#: come in polls of three, and the polls take the interpreter from the fold.
POLL_SECONDS_MIN: Final = 0.03
#: The pause after a poll that brought fewer records than this. Then a poll, its fold and its transaction are nearly all overhead, and others want
#: the cores; who asks for what was told just now waits some 15 ms longer in the mean.
FEW_RECORDS: Final = 60
POLL_SECONDS_OF_FEW: Final = 0.06
#: aiokafka fetches the moment its buffer is empty, so what a poll finds is what came just after the poll before. The fetch that this poll sets
#: off brings what came since; it is waited for this long. Without it each event would be a pause older.
FRESH_SECONDS_MAX: Final = 0.005
#: `noack_take` gives up waiting for more after this long; with one batch at a time it never has to.
TAKE_SECONDS: Final = 1.0


#: A consumer that was cut off is gone within this time.
CUT_SECONDS_MAX: Final = 2.0


class FatValue(bytes):
    """The records of one partition and poll, in offset order, travelling as the value of the last one."""

    batch: Batch


class ConsumerThread(mode.threads.WorkerThread):
    """Never keeps the process from ending, and may be cut off."""

    def __init__(self, service: Any, **kwargs: Any) -> None:
        super().__init__(service, **kwargs)
        self.daemon = True

    def run(self) -> None:
        with contextlib.suppress(RuntimeError):  # its loop was stopped under it
            super().run()


class FatConsumer(driver.Consumer):
    """Hands on batches, starts where PostgreSQL says, and stops at anything that does not follow."""

    projector: Projector
    on_failure: Callable[[BaseException], None]
    seeking: asyncio.Lock
    expected: dict[TP, int]
    polled_at: float = 0.0
    pause: float = POLL_SECONDS_MIN

    def _new_consumer_thread(self) -> Any:
        thread = super()._new_consumer_thread()
        thread.Worker = ConsumerThread
        return thread

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:
        """One message per partition instead of one per record; none while enough is under way."""
        if not await self.projector.has_room(timeout):
            return {}
        await asyncio.sleep(self.polled_at + self.pause - time.monotonic())
        self.polled_at = time.monotonic()
        epoch = self.projector.epoch
        fetched = dict(await super()._getmany(active_partitions, timeout))
        for tp, records in (await super()._getmany(active_partitions, FRESH_SECONDS_MAX)).items():
            fetched[tp] = [*fetched.get(tp, ()), *records]
        self.pause = POLL_SECONDS_MIN if sum(map(len, fetched.values())) >= FEW_RECORDS else POLL_SECONDS_OF_FEW
        if epoch != self.projector.epoch:  # a seek came meanwhile: what was fetched may be from before it
            return await self._fetch_again(fetched)
        fat = {}
        for tp, records in fetched.items():
            if not records:
                continue
            first, last = records[0], records[-1]
            if first.offset != self.expected.get(tp):
                error = _gap(tp, self.expected.get(tp), first.offset)
                self.on_failure(error)
                raise error
            self.expected[tp] = last.offset + 1
            value = FatValue(b".")
            value.batch = self.projector.batch(tp.partition, records)
            fat[tp] = [dataclasses.replace(last, value=value, key=None, headers=())]
        return fat

    async def _fetch_again(self, fetched: Mapping[TP, Any]) -> dict[TP, Any]:
        """Throw away what was fetched and let the next poll begin where the fold goes on."""
        async with self.seeking:
            again = {tp: self.expected[tp] for tp in fetched if tp in self.expected and tp in self.assignment()}
            if again:
                await self._thread.seek_wait(again)
        return {}

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """No books of the offsets between two batches: `expected` has seen that none is missing; Faust's trees cost a fifth of the interpreter."""

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset after the last batch that is done: batches of a partition end in order. It is shown, and decides nothing."""
        acked = self._acked[tp]
        if not acked:
            return None
        last = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return last + 1

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Start where PostgreSQL says, whatever Kafka's committed offset is. Called after every assignment."""
        try:
            await super().seek_to_committed()
            async with self.seeking:
                return await self._seek_to_projected()
        except Exception as error:  # Faust would log it and go on
            self.on_failure(error)
            raise

    async def _seek_to_projected(self) -> Mapping[TP, int]:
        assigned = sorted(tp for tp in self.assignment() if tp.topic == FACTS)
        self.expected = {}
        await self.projector.quieten()
        self.projector.keep_only({tp.partition for tp in assigned})
        if not assigned:
            return {}
        earliest, latest = await self.earliest_offsets(*assigned), await self.highwaters(*assigned)
        start = {tp: await self.projector.position(tp.partition) for tp in assigned}
        for tp, offset in start.items():
            _require_held(tp, offset, earliest[tp], latest[tp])
        self.expected = dict(start)  # before the seek: a fetch that overtakes it is recognised by its epoch and done again
        await self._thread.seek_wait(start)
        self.projector.go_on()
        return start


def build_app(settings: Settings, projector: Projector, on_failure: Callable[[BaseException], None]) -> faust.App:
    """Build the application; the caller starts and stops it. on_failure: told of what Faust would only log."""

    class Consumer(FatConsumer):
        pass

    Consumer.projector, Consumer.on_failure = projector, staticmethod(on_failure)
    Consumer.seeking, Consumer.expected = asyncio.Lock(), {}

    class Transport(driver.Transport):
        pass

    Transport.Consumer = Consumer

    class App(faust.App):
        def _new_transport(self) -> Any:
            return Transport(self.conf.broker_consumer, self)

        async def on_first_start(self) -> None:
            """Faust would make data folders here; there are no tables to keep in them."""

    app = App(
        settings.worker.group,
        broker=";".join(f"kafka://{address.strip()}" for address in settings.kafka.bootstrap_servers.split(",")),
        broker_credentials=_credentials(settings.kafka),
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        agent_supervisor=mode.CrashingSupervisor,
        consumer_auto_offset_reset="earliest",  # passing: PostgreSQL's position is sought before the first fetch
        broker_session_timeout=settings.worker.session_seconds,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_max_poll_records=settings.worker.batch_records_max,
        stream_buffer_maxsize=BUFFERED_BATCHES_MAX,
        stream_wait_empty=False,  # it would wait without end for what a failed pipeline never acknowledges; `hand_over` waits, with a limit
    )
    facts = app.topic(FACTS, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")

    @app.agent(facts, concurrency=1, name="projector")
    async def project(stream: Any) -> None:
        async for events in stream.noack_take(1, within=TAKE_SECONDS):
            for event in events:
                batch = event.value.batch
                batch.done = event.ack
                projector.put(batch)

    async def hand_over(_app: Any, /, *_revoked: Any, **_options: Any) -> None:
        """Before others get our partitions: commit what is under way, so that they need not be fenced off."""
        try:
            await projector.quieten()
        except DependencyError as error:
            on_failure(error)

    app.on_partitions_revoked.connect(hand_over, weak=False)
    return app


def cut_off(app: faust.App) -> None:
    """End the consumer of an application that does not stop: no heartbeat, so its partitions go to others after the session.

    Raises:
        OperatorError: its thread does not end. Blocks for CUT_SECONDS_MAX at most.
    """
    service = getattr(app.consumer, "_thread", None)
    thread = getattr(service, "_thread", None)
    if service is None or thread is None:
        return
    with contextlib.suppress(RuntimeError):  # the loop is closed already
        service.thread_loop.call_soon_threadsafe(service.thread_loop.stop)
    thread.join(CUT_SECONDS_MAX)
    if thread.is_alive():
        raise OperatorError("cannot stop following topic facts: its thread does not end", hint="start the worker again")


def _gap(tp: TP, expected: int | None, got: int) -> OperatorError:
    hint = "the topic was made again, or its records have expired; see the runbook, `log and database differ`"
    return OperatorError(f"cannot fold {tp.topic}-{tp.partition}: expected offset {expected} from Kafka, got {got}", hint=hint)


def _require_held(tp: TP, offset: int, earliest: int, latest: int) -> None:
    """Refuse to start where the log has nothing (yet, or any more)."""
    name = f"{tp.topic}-{tp.partition}"
    if offset > latest:
        raise OperatorError(
            f"cannot fold {name}: PostgreSQL is at offset {offset}, the log ends at {latest}",
            hint="the topic was made again or has lost records; restore it, or rebuild against a ledger of its own",
        )
    if offset < earliest:
        raise OperatorError(
            f"cannot fold {name}: PostgreSQL wants offset {offset}, the log begins at {earliest}",
            hint="records have expired before they were folded; restore the topic from the archive",
        )


def _credentials(kafka: KafkaSettings) -> Any:
    """How aiokafka proves who we are; None for a plain connection."""
    if kafka.security_protocol == "PLAINTEXT":
        return None
    context = None
    if kafka.security_protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=kafka.ssl_ca_location or None)
        if kafka.ssl_certificate_location:
            password = kafka.ssl_key_password.get_secret_value() or None
            context.load_cert_chain(kafka.ssl_certificate_location, kafka.ssl_key_location or None, password)
    if kafka.security_protocol == "SSL":
        return SSLCredentials(context=context)
    return SASLCredentials(
        username=kafka.sasl_username, password=kafka.sasl_password.get_secret_value(), mechanism=kafka.sasl_mechanism or "PLAIN", ssl_context=context
    )
