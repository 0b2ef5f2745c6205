"""Spans as the rest of the code makes them: a name and attributes of the lists below. While traces are off, one object that does nothing.

Must never import OpenTelemetry: whoever has traces off does not load it. docs/traces.md says the lists in words, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, Protocol

ATTRIBUTES: Final[Mapping[str, str]] = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "topic": "messaging.destination.name",
    "events": "ledger.events",
    "partition": "ledger.partition",
    "fold_seconds": "ledger.fold_seconds",
    "write_seconds": "ledger.write_seconds",
    "error": "error.type",
}
"""Our word for an attribute -> its name at the collector."""


class Listed(NamedTuple):
    """What a span may be. kind: as in OpenTelemetry. keys: of ATTRIBUTES, beside `error`. is_parent: what is begun within it belongs to it.
    is_child: only within another one, never a trace of its own."""

    kind: str
    keys: frozenset[str]
    is_parent: bool = False
    is_child: bool = False


SPANS: Final[Mapping[str, Listed]] = {
    "request": Listed("server", frozenset({"method", "route", "status"}), is_parent=True),
    "ingest": Listed("internal", frozenset({"events"}), is_parent=True, is_child=True),
    "append": Listed("producer", frozenset({"topic", "events"})),
    "flush": Listed("producer", frozenset({"events"})),
    "read": Listed("client", frozenset(), is_child=True),
    "fold": Listed("consumer", frozenset({"partition", "events", "fold_seconds", "write_seconds"})),
}


class Span(Protocol):
    """What goes on now. Of an error that ends it the class is told, never the text."""

    def set(self, **attributes: str | int | float) -> None:
        """Add attributes; those that its list does not have are left out."""

    def answered(self, method: str, route: str, status: int) -> None:
        """A request was answered: it is called by the template of its route."""


class Tracer(Protocol):
    """sending.Sending."""

    def span(self, name: str, attributes: Mapping[str, str | int | float], caller: str | None) -> AbstractContextManager[Span]: ...
    def past(self, name: str, began: int, ended: int, attributes: Mapping[str, str | int | float]) -> None: ...
    def flush(self, seconds: float) -> None: ...


class _Nothing:
    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was begun."""

    def set(self, **attributes: Any) -> None:
        """Nobody asks."""

    def answered(self, method: str, route: str, status: int) -> None:
        """Nobody asks."""


FLUSH_SECONDS: Final = 2.0
_NOTHING: Final = _Nothing()
_tracer: Tracer | None = None


def span(name: str, *, caller: str | None = None, **attributes: str | int | float) -> AbstractContextManager[Span]:
    """Begin a span of SPANS; it ends with its block. caller: the `traceparent` of who asks (W3C), whose trace goes on here."""
    return _NOTHING if _tracer is None else _tracer.span(name, attributes, caller)


def past(name: str, began: int, ended: int, **attributes: str | int | float) -> None:
    """Note a span that is over. began, ended: nanoseconds since 1970."""
    if _tracer is not None:
        _tracer.past(name, began, ended, attributes)


def flush(seconds: float = FLUSH_SECONDS) -> None:
    """Wait until what is noted was sent, or the time is over: before a process ends."""
    if _tracer is not None:
        _tracer.flush(seconds)


def is_on() -> bool:
    """Whether spans go anywhere."""
    return _tracer is not None


def use(tracer: Tracer | None) -> None:
    """From now on spans go there; None: nowhere."""
    global _tracer
    _tracer = tracer
