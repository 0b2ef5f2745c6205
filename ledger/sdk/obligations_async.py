"""`AsyncObligations`: the same for asyncio, with several obligations under way at once.

One coroutine runs it; the consumer is polled in a thread, so the loop never waits for Kafka, and a slow handler keeps its partition. Contract:
docs/acting.md.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from ledger import failpoints
from ledger.errors import CallerError, DependencyError
from ledger.sdk.duty import Answer, Duty
from ledger.sdk.duty_errors import MissingAnswerError, WrongAnswerError
from ledger.sdk.emit import DEADLINE_SECONDS
from ledger.sdk.emit_async import AsyncEmitter
from ledger.sdk.holder_duties import HANDLING_SECONDS_MAX, HolderDuties, Parked
from ledger.sdk.receipts import Receipt
from ledger.sdk.validation import RefusedEventError

if TYPE_CHECKING:
    from ledger.sdk.acting import Acting, Step, Work

AsyncHandler = Callable[[Duty], Awaitable[Answer | None]]
LISTEN_SECONDS: Final = 0.5
_BUSY_LISTEN_SECONDS: Final = 0.02  # while handlers run: their ends are looked at this often
_OUTAGE_PAUSE_SECONDS: Final = 0.5
T = TypeVar("T")
Tasks = dict["asyncio.Task[Callable[[], None]]", "Work"]


class AnAsyncEmitter(Protocol):
    """What is needed of an emitter: `AsyncEmitter` in service, the recorder in tests."""

    async def emit(self, type_name: str, *, subject: str | None = None, **fields: Any) -> Receipt: ...
    async def ledger_time(self) -> int: ...
    async def close(self) -> None: ...


class AsyncObligations(HolderDuties):
    """As `Obligations`, run from one event loop. at_once: how many handlers may be under way together."""

    def __init__(
        self,
        *,
        source: str,
        controller: str | None = None,
        holder: str | None = None,
        stores: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        group: str | None = None,
        bootstrap_servers: str | None = None,
        actor: str | None = None,
        at_once: int = 1,
        attempts: int = 10,
        retry_seconds: float = 1.0,
        retry_seconds_max: float = 300.0,
        outage_seconds: float = 60.0,
        deadline_seconds: float = DEADLINE_SECONDS,
        on_step: Callable[[Step], None] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            source=source,
            controller=controller,
            holder=holder,
            stores=stores,
            kinds=kinds,
            group=group,
            bootstrap_servers=bootstrap_servers,
            attempts=attempts,
            retry_seconds=retry_seconds,
            retry_seconds_max=retry_seconds_max,
            outage_seconds=outage_seconds,
            handling_seconds_max=HANDLING_SECONDS_MAX,
            on_step=on_step,
            config=config,
        )
        if at_once < 1:
            raise CallerError("cannot act on obligations: expected at_once of at least 1", hint="at_once=1 is the default")
        self._at_once = at_once
        self._one_at_a_time = threading.Lock()
        self._emitter = self._make_emitter(actor, deadline_seconds)

    async def run(self, handler: AsyncHandler, *, once: bool = False) -> None:
        """As `Obligations.run`. Cancelled, it cancels the handlers under way; their obligations are handled again by the next run."""
        acting = await self._whole(self._engine)
        tasks: Tasks = {}
        try:
            while not acting.stopping.is_set():
                while len(tasks) < self._at_once and (work := await self._next(acting)) is not None:
                    tasks[asyncio.create_task(self._handle(acting, work, handler))] = work
                if not tasks:
                    await self._whole(acting.commit_now_and_then)
                    if once and await self._whole(acting.is_idle):
                        break
                await self._whole(acting.listen, _BUSY_LISTEN_SECONDS if tasks else acting.pause_seconds(LISTEN_SECONDS))
                await self._note_ended(tasks)
            while tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                await self._note_ended(tasks)
            await self._whole(acting.commit)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for work in tasks.values():
                acting.put_back(work)

    async def open(self) -> list[Duty]:
        """As `Obligations.open`."""
        return await self._whole(self._list_open)

    async def parked(self) -> list[Parked]:
        """As `Obligations.parked`."""
        return await self._whole(self._list_parked)

    async def retry(self, obligation_id: str, handler: AsyncHandler) -> Receipt:
        """As `Obligations.retry`."""
        duty, is_passed = await self._whole(self._find, obligation_id)
        started = await self._emitter.ledger_time()
        given = await handler(duty)
        return await self._emitter.emit(**self._fact(duty, given, started, await self._emitter.ledger_time(), is_new=is_passed))

    async def close(self) -> None:
        """Leave the group and let go of the broker. Safe to repeat."""
        try:
            await self._whole(self._let_go)
        finally:
            await self._emitter.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            await self.close()
        except Exception as fault:
            if error is None:
                raise
            error.add_note(f"and at the end: {fault}")

    def _make_emitter(self, actor: str | None, deadline_seconds: float) -> AnAsyncEmitter:
        return AsyncEmitter(
            source=self.source, actor=actor, bootstrap_servers=self._bootstrap_servers, deadline_seconds=deadline_seconds, config=self._config
        )

    async def _handle(self, acting: Acting, work: Work, handler: AsyncHandler) -> Callable[[], None]:
        """Handle one and emit its fact; returns what is to be noted, since the engine is for one caller at a time."""
        started = await self._through_outage(acting, self._emitter.ledger_time)
        try:
            given = await handler(work.duty)
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            return partial(acting.failed, work, error)  # something that the handler waited for was, which ends nobody else's work
        except Exception as error:
            return partial(acting.failed, work, error)
        ended = await self._through_outage(acting, self._emitter.ledger_time)
        failpoints.pass_by("act_before_answer")
        try:
            fact = self._fact(work.duty, given, started, ended)
            receipt = await self._through_outage(acting, lambda: self._emitter.emit(**fact))
        except (MissingAnswerError, WrongAnswerError, RefusedEventError) as error:
            return partial(acting.failed, work, error)
        return partial(acting.answered, work, receipt)

    async def _through_outage(self, acting: Acting, call: Callable[[], Awaitable[T]]) -> T:
        """As `Acting.through_outage`."""
        since: float | None = None
        while True:
            try:
                return await call()
            except DependencyError:
                now = asyncio.get_running_loop().time()
                since = now if since is None else since
                if now - since >= self._patience.outage_seconds or acting.stopping.is_set():
                    raise
                await asyncio.sleep(_OUTAGE_PAUSE_SECONDS)

    async def _next(self, acting: Acting) -> Work | None:
        """The next one to handle. Cancelled meanwhile, it is still that one's turn."""
        found: list[Work] = []

        def take() -> None:
            work = acting.next()
            if work is not None:
                found.append(work)

        try:
            await self._whole(take)
        except asyncio.CancelledError:
            for work in found:
                acting.put_back(work)
            raise
        return found[0] if found else None

    async def _note_ended(self, tasks: Tasks) -> None:
        """Note what became of those that have ended; one that ended with an error of ours stays in `tasks`."""
        for task in [each for each in tasks if each.done()]:
            note = task.result()
            del tasks[task]
            await self._whole(note)

    async def _whole(self, call: Callable[..., T], *arguments: Any) -> T:
        """Call in a thread, and wait for its end also when cancelled: engine and log are for one caller at a time, also when asked while it runs."""

        def alone() -> T:
            with self._one_at_a_time:
                return call(*arguments)

        done = asyncio.ensure_future(asyncio.to_thread(alone))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise


def _is_cancelled() -> bool:
    """Whether the task that asks was told to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
