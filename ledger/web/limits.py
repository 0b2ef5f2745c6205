"""What one caller may ask of the process: bytes in a body, seconds in a request, requests in a second. Pure ASGI; says no early.

Sources: OWASP ASVS 5.0 2.4, 4.2; docs/http.md, "Limits".
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.web.problems import Problem, Show, as_json, problem_of_bug, too_long, unavailable

BODY_BYTES_MAX: Final = 8 << 20
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers send `Origin: null` along with our own forms, and the gate refuses them
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_HEADERS: Final = [*((name.lower().encode(), text.encode()) for name, text in SECURITY_HEADERS.items()), (b"cache-control", b"no-store")]


class Bounded:
    """Bounds one request: bytes of its body, seconds until its answer begins. Puts the headers that each answer has, a broken one's too.

    An answer that has begun may take its time (exports, /v1/changes). Over the limit nothing of the answer is sent that was being made.
    """

    def __init__(self, app: ASGIApp, bytes_max: int = BODY_BYTES_MAX, seconds: float = 30.0, show: Show = as_json) -> None:
        self._app, self._bytes_max, self._seconds, self._show = app, bytes_max, seconds, show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        one = _Request(receive, send, self._bytes_max)
        try:
            async with asyncio.timeout(self._seconds) as limit:
                one.limit = limit
                if _length(scope) > self._bytes_max:
                    one.is_too_long = True
                else:
                    await self._app(scope, one.receive, one.send)
        except TimeoutError:
            if one.has_begun:
                raise
            await self._say(Problem(408, "the body came too slowly") if one.is_waiting else too_long(), scope, one)
        except Exception as error:
            if one.has_begun:
                raise
            if not one.is_too_long:
                await self._say(problem_of_bug(error), scope, one)
        if one.is_too_long and not one.has_begun:
            await self._say(Problem(413, f"expected at most {self._bytes_max} bytes, got more; send less at a time", field="*"), scope, one)

    async def _say(self, problem: Problem, scope: Scope, one: _Request) -> None:
        response = self._show(Request(scope), problem)
        if one.is_waiting or one.is_too_long:
            response.headers["Connection"] = "close"  # the rest of the body is not wanted
        await response(scope, one.receive, one.end)


class _Request:
    """What is known of one request meanwhile."""

    def __init__(self, receive: Receive, send: Send, bytes_max: int) -> None:
        self._receive, self._send, self._left = receive, send, bytes_max
        self.limit: asyncio.Timeout | None = None
        self.is_waiting = self.is_too_long = self.has_begun = self._is_read = False

    async def receive(self) -> Message:
        self.is_waiting = not self._is_read  # stays so when the time is over meanwhile
        message = await self._receive()
        self.is_waiting = False
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._is_read = not message.get("more_body", False)
            if self._left < 0:
                self.is_too_long = True
                raise _TooLongError
        return message

    async def send(self, message: Message) -> None:
        if self.is_too_long and not self.has_begun:
            return  # whatever was made of half a body
        if message["type"] == "http.response.start":
            if self.limit is not None:
                self.limit.reschedule(None)
            await self.begin(message)
        else:
            await self._send(message)

    async def begin(self, message: Message) -> None:
        self.has_begun = True
        there = {name for name, _ in message["headers"]}
        message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in there)]
        await self._send(message)

    async def end(self, message: Message) -> None:
        await (self.begin(message) if message["type"] == "http.response.start" else self._send(message))


def _length(scope: Scope) -> int:
    given = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(given) if given.isdigit() else 0


class _TooLongError(Exception):
    pass


class Rates:
    """A bucket for each caller: `per_second` on the long run, `burst` at once. Remembers the latest CALLERS_MAX callers."""

    CALLERS_MAX = 10_000

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, cost: float = 1.0) -> float:
        """Seconds to wait before this may be asked; 0: now."""
        now = time.monotonic()
        left = self._left(caller, now)
        wait = self._wait(left, cost)
        self._buckets.pop(caller, None)  # the latest stands last
        self._buckets[caller] = left - cost if wait == 0.0 else left, now
        if len(self._buckets) > self.CALLERS_MAX:
            self._buckets.popitem(last=False)
        return wait

    def wait(self, caller: str, cost: float = 1.0) -> float:
        """As `take`, but nothing is taken."""
        return self._wait(self._left(caller, time.monotonic()), cost)

    def _left(self, caller: str, now: float) -> float:
        left, at = self._buckets.get(caller, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second)

    def _wait(self, left: float, cost: float) -> float:
        needed = min(cost, self._burst)
        return 0.0 if left >= needed else (needed - left) / self._per_second

    def require(self, caller: str, cost: float = 1.0) -> None:
        """Raises: Problem 429, with how long to wait."""
        wait = self.take(caller, cost)
        if wait:
            raise too_often(wait)


def too_often(seconds: float) -> Problem:
    """The answer to who must wait so long."""
    return Problem(429, "this caller asks too often", headers={"Retry-After": str(int(seconds) + 1)})


@contextmanager
def alone(lock: threading.Lock, busy: str, seconds: float = 0.0) -> Iterator[None]:
    """Nobody else at it. seconds: how long to wait. Raises: Problem 503, somebody else is."""
    if not lock.acquire(timeout=seconds):
        raise unavailable(busy)
    try:
        yield
    finally:
        lock.release()
