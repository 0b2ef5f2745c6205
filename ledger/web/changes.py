"""Says when there is something new, and nothing else: pages then ask again. Server-sent events, one look at the database a second for all listeners.

Source: WHATWG HTML, section 9.2 (server-sent events); docs/http.md, "Changes".
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from ledger.answers.shapes import Freshness
from ledger.contract.json_form import instant_to_text
from ledger.errors import LedgerError
from ledger.metrics.web import SSE_CLIENTS
from ledger.web.gate import principal_of
from ledger.web.problems import unavailable

LOOK_SECONDS: Final = 1.0
LISTENERS_MAX: Final = 200
OF_ONE_MAX: Final = 50
"""Pages that listen with one credential: one caller does not take all the places."""
STREAM_SECONDS_MAX: Final = 900.0
"""Then a stream ends. A browser comes again by itself, and the gate asks whether it still may."""
_ABOUT: Final[dict[str, Any]] = {
    "summary": "Says when there is something new (server-sent events)",
    "responses": {200: {"description": "A stream that does not end", "content": {"text/event-stream": {"schema": {"type": "string"}}}}},
}


class Changes:
    """One loop that looks, many that listen."""

    def __init__(self, freshness: Callable[[], Freshness], seconds_max: float = STREAM_SECONDS_MAX) -> None:
        self._freshness, self._seconds_max = freshness, seconds_max
        self._news = asyncio.Condition()
        self._latest: tuple[int, dict[str, str]] = (0, {})
        self._task: asyncio.Task[None] | None = None
        self._of: Counter[str] = Counter()

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._of.total()

    def is_full(self, credential: str) -> bool:
        """Whether nobody more can listen, or nobody more with this credential."""
        return self.listeners >= LISTENERS_MAX or self._of[credential] >= OF_ONE_MAX

    async def stream(self, request: Request, credential: str) -> AsyncIterator[dict[str, str]]:
        """What changed, as events `folded` with the positions; `unreachable` when the ledger cannot be asked. Ends after a while."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        self._of[credential] += 1
        SSE_CLIENTS.set(self.listeners)
        seen, ends = -1, time.monotonic() + self._seconds_max
        try:
            while not await request.is_disconnected():
                async with self._news:
                    while self._latest[0] <= seen:
                        async with asyncio.timeout(ends - time.monotonic()):
                            await self._news.wait()
                    seen, found = self._latest
                if found:
                    yield found
        except TimeoutError:
            return
        finally:
            self._of -= Counter([credential])
            SSE_CLIENTS.set(self.listeners)

    async def _look(self) -> None:
        number, before = 0, ""
        while self.listeners:
            try:
                found = await run_in_threadpool(self._freshness)
                places = ",".join(f"{each.partition}:{each.next_offset - 1}" for each in found.partitions)
                event = {"event": "folded", "data": f'{{"positions":"{places}","time":"{instant_to_text(found.time_reached)}"}}'}
            except LedgerError:
                event = {"event": "unreachable", "data": "{}"}
            if event["data"] != before:
                number, before = number + 1, event["data"]
                async with self._news:
                    self._latest = number, event
                    self._news.notify_all()
            await asyncio.sleep(LOOK_SECONDS)


def routes(changes: Changes) -> APIRouter:
    """The route of this file."""
    router = APIRouter(prefix="/v1", tags=["answers"])

    @router.get("/changes", **_ABOUT)
    async def listen(request: Request) -> EventSourceResponse:
        credential = principal_of(request).credential
        if changes.is_full(credential):
            raise unavailable("too many pages are listening")
        return EventSourceResponse(changes.stream(request, credential), ping=15)

    return router
