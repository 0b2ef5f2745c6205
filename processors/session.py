"""One life of the projector: checks, pipeline, Faust application; ended by a stop, a failure, or a switch of the projections.

Whatever ends it, all in-memory state goes with it; the next life starts where PostgreSQL says.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Final

from ledger import metrics
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_positions import PostgresPositions
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.diagnostics import logger
from ledger.errors import DependencyError, LedgerError
from ledger.settings import Settings
from ledger.topics import FACTS
from processors.app import build_app, cut_off
from processors.log_checks import Ledger, LogCheck
from processors.projector import Projector

POLL_SECONDS: Final = 0.05
#: Between two looks at what may change behind our back: topic ids, the generation of the projections, the end of the log.
LOOK_SECONDS: Final = 5.0
STOP_SECONDS_MAX: Final = 4.0
#: Faust's tasks may sit in a wait that no cancelling ends; what is left after this time is left behind.
CANCEL_SECONDS_MAX: Final = 1.0


def run_projector(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
    """One life, with an event loop of its own that waits for nobody at its end, as `asyncio.run` would.

    Raises:
        LedgerError: what ended it, if not the stop or a switch.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(project(settings, check, stop))
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=CANCEL_SECONDS_MAX))
        asyncio.set_event_loop(None)
        loop.close()


async def project(settings: Settings, check: LogCheck, stop: threading.Event) -> None:
    """Fold facts until told to stop or until the projections were switched.

    Raises:
        LedgerError: what ended it otherwise.
    """
    ledger = await asyncio.to_thread(check.require_same_log, settings)
    loop = asyncio.get_running_loop()
    failure: asyncio.Future[None] = loop.create_future()

    def note(error: BaseException) -> None:
        if not failure.done():
            failure.set_exception(error)

    def fail(error: BaseException) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and this life with it
            loop.call_soon_threadsafe(note, error)

    store = PostgresProjection(settings.postgres_dsn())
    projector = Projector(
        store,
        topic=FACTS,
        partitions=ledger.partitions,
        simulated=ledger.is_simulated,
        records_max=settings.worker.batch_records_max,
        chunk_subjects=settings.worker.chunk_subjects,
        on_failure=fail,
    )
    app = build_app(settings, projector, fail)
    starting = asyncio.ensure_future(app.start())
    watching = asyncio.ensure_future(_watch(settings, check, ledger))
    try:
        while not stop.is_set() and not watching.done():
            await asyncio.wait({failure, watching}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if failure.done():
                failure.result()
            if starting.done():
                starting.result()
            if app.crashed:
                raise _explained(app.crash_reason)
        if watching.done():
            watching.result()
    except LedgerError:
        raise
    except Exception as error:
        raise _explained(error) from error
    finally:
        watching.cancel()
        starting.cancel()
        await asyncio.wait({watching, starting}, timeout=CANCEL_SECONDS_MAX)
        projector.close()
        stopping = asyncio.ensure_future(app.stop())
        await asyncio.wait({stopping}, timeout=STOP_SECONDS_MAX)
        if not stopping.done():  # it waits for a broker that is gone; a half-stopped consumer would keep its partitions when that comes back
            await asyncio.to_thread(cut_off, app)
        store.close()  # again: a rebalance during the stop may have asked it for a position
        if failure.done():
            failure.exception()  # seen: asyncio need not complain


def _explained(error: BaseException | None) -> BaseException:
    """Kafka's own errors pass by themselves; ours say what they are; the rest is unexpected."""
    if isinstance(error, LedgerError):
        return error
    module = type(error).__module__
    if isinstance(error, OSError | asyncio.TimeoutError) or module.startswith(("aiokafka", "faust", "mode")):
        return DependencyError(f"cannot follow topic facts: {type(error).__name__}", hint="check that Kafka runs: `ledger status`")
    return error or DependencyError("cannot follow topic facts: Faust stopped by itself")


async def _watch(settings: Settings, check: LogCheck, ledger: Ledger) -> None:
    """Look now and then; return when the projections were switched, so that a new life begins."""
    positions = PostgresPositions(settings.postgres_dsn())
    try:
        generation = await asyncio.to_thread(positions.generation)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(check.require_same_log, settings)
            if await asyncio.to_thread(positions.generation) != generation:
                logger("projector").info("projections_switched")
                return
            ends = await asyncio.to_thread(KafkaAdmin(settings).end_offsets, FACTS, ledger.partitions)
            next_offsets = await asyncio.to_thread(positions.next_offsets, FACTS)
            for partition, end in enumerate(ends):
                metrics.LAG_RECORDS.labels(str(partition)).set(max(0, end - next_offsets.get(partition, 0)))
    finally:
        positions.close()
