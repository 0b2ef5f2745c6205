"""Counts and times requests by the template of their route, never by the address that was sent. Pure ASGI."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.metrics.web import HTTP_REQUESTS, HTTP_SECONDS
from ledger.web.problems import COUNTED_AS

UNKNOWN_ROUTE = "unknown"
STATUS = "ledger.status"
"""Key of a request's scope: with which status it was answered; 500 where no answer was begun."""
STREAMS = frozenset({"/v1/changes"})
"""They last as long as somebody listens: a time says nothing."""


class Measured:
    """The outermost layer, so that refusals count too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", UNKNOWN_ROUTE)
            scope[STATUS] = status
            HTTP_REQUESTS.labels(route, scope["method"] if route != UNKNOWN_ROUTE else UNKNOWN_ROUTE, scope.get(COUNTED_AS, str(status))).inc()
            if route not in STREAMS:
                HTTP_SECONDS.labels(route).observe(time.perf_counter() - began)
