"""Says when there is something new, and nothing else: pages then ask again. Server-sent events, one look at the database a second for all listeners.

Source: WHATWG HTML, section 9.2 (server-sent events); docs/http.md, "Changes".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from ledger.answers.shapes import Freshness
from ledger.contract.json_form import instant_to_text
from ledger.errors import LedgerError
from ledger.metrics.web import SSE_CLIENTS
from ledger.web.problems import unavailable

LOOK_SECONDS: Final = 1.0
LISTENERS_MAX: Final = 200
_ABOUT: Final[dict[str, Any]] = {
    "summary": "Says when there is something new (server-sent events)",
    "responses": {200: {"description": "A stream that does not end", "content": {"text/event-stream": {"schema": {"type": "string"}}}}},
}


class Changes:
    """One loop that looks, many that listen."""

    def __init__(self, freshness: Callable[[], Freshness]) -> None:
        self._freshness = freshness
        self._news = asyncio.Condition()
        self._latest: tuple[int, dict[str, str]] = (0, {})
        self._task: asyncio.Task[None] | None = None
        self.listeners = 0

    async def stream(self, request: Request) -> AsyncIterator[dict[str, str]]:
        """What changed, as events `folded` with the positions; `unreachable` when the ledger cannot be asked."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        self.listeners += 1
        SSE_CLIENTS.set(self.listeners)
        seen = -1
        try:
            while not await request.is_disconnected():
                async with self._news:
                    while self._latest[0] <= seen:
                        await self._news.wait()
                    seen, found = self._latest
                if found:
                    yield found
        finally:
            self.listeners -= 1
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
        if changes.listeners >= LISTENERS_MAX:
            raise unavailable("too many pages are listening")
        return EventSourceResponse(changes.stream(request), ping=15)

    return router
