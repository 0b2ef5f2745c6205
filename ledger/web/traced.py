"""One span for each request, named by the template of its route, never by the address that was sent. Pure ASGI; there only while traces are on."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.tracing import spans
from ledger.web.measuring import STATUS, UNKNOWN_ROUTE


class Traced:
    """Outside all others, Measured the next, which notes the status. Of a caller's headers `traceparent` alone is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with spans.span("request", caller=_caller(scope)) as span:
            try:
                await self._app(scope, receive, send)
            finally:
                span.answered(scope["method"], getattr(scope.get("route"), "path", UNKNOWN_ROUTE), scope[STATUS])


def _caller(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
