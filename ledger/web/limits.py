"""What one caller may ask of the process: bytes in a body, seconds in a request, requests in a second. Pure ASGI; says no early.

Sources: OWASP ASVS 5.0 2.4, 4.2; docs/http.md, "Limits".
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.web.problems import Problem

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


class BoundedBody:
    """Ends a request whose body is too long, whether it says so or not, and puts the headers that each answer has."""

    def __init__(self, app: ASGIApp, bytes_max: int = BODY_BYTES_MAX) -> None:
        self._app, self._bytes_max = app, bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, has_begun = 0, False

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._bytes_max:
                    raise _TooLongError
            return message

        async def guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                there = {name for name, _ in message["headers"]}
                more = [(name.lower().encode(), text.encode()) for name, text in SECURITY_HEADERS.items()]
                more.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in there)]
            await send(message)

        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        try:
            if length.isdigit() and int(length) > self._bytes_max:
                raise _TooLongError
            await self._app(scope, bounded, guarded)
        except _TooLongError:
            if has_begun:
                raise
            problem = Problem(413, f"expected at most {self._bytes_max} bytes, got more; send less at a time")
            await problem.response()(scope, receive, guarded)


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
        left, at = self._buckets.pop(caller, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        wait = 0.0 if left >= min(cost, self._burst) else (min(cost, self._burst) - left) / self._per_second
        if wait == 0.0:
            left -= cost
        self._buckets[caller] = left, now
        if len(self._buckets) > self.CALLERS_MAX:
            self._buckets.popitem(last=False)
        return wait

    def require(self, caller: str, cost: float = 1.0) -> None:
        """Raises: Problem 429, with how long to wait."""
        wait = self.take(caller, cost)
        if wait:
            raise Problem(429, "this caller asks too often", headers={"Retry-After": str(int(wait) + 1)})


def limits_of(settings: Any) -> Rates:
    """The rates of the settings."""
    return Rates(settings.requests_per_second, settings.requests_per_second * 10)
