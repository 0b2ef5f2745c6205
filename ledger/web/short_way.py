"""The question that is asked most often, answered without FastAPI's machinery: the same gate, body, answer and errors, at half the cost.

Takes what it can answer for certain; whatever else comes to that address, a body that does not fit among it, goes on to the application, which
says what is wrong. The route there stays the one that is described. Source: docs/performance.md, "Over HTTP".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.web.gate import Gate
from ledger.web.persons import Person

METHOD: Final = "POST"
PATH: Final = "/v1/subjects/show"
THREADS: Final = 40
"""As many as FastAPI has for all that waits."""

Answer = Callable[[Request, Person], Response]
Refuse = Callable[[Request, Exception], Response]


class ShortWay:
    """Pure ASGI, around the routes of the application."""

    def __init__(self, app: ASGIApp, gate: Gate, answer: Answer, refuse: Refuse) -> None:
        self._app, self._gate, self._answer, self._refuse = app, gate, answer, refuse
        self._route = Route(PATH, answer, methods=[METHOD])
        """By it the gate, the rules and the metrics know the question."""
        self._threads = ThreadPoolExecutor(THREADS, "ledger-persons")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != METHOD:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if request.headers.get("content-type") != "application/json":
            await self._app(scope, receive, send)
            return
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        try:
            person = Person.model_validate_json(body)
        except ValidationError:
            await self._app(scope, _again(body, receive), send)
            return
        scope["route"] = self._route
        try:
            await self._gate(request)
            answering = partial(copy_context().run, self._answer, request, person)  # what is traced there belongs to this request
            response = await asyncio.get_running_loop().run_in_executor(self._threads, answering)
        except Exception as error:
            response = self._refuse(request, error)
        await response(scope, receive, send)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, to be read once more."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving
