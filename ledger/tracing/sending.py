"""The only door to OpenTelemetry: makes spans, keeps them in a short queue, and sends them as OTLP over HTTP from a thread of its own.

Nobody waits for the collector: where the queue is full or the collector is away, spans are dropped and counted. The provider is ours alone and never
made the global one, so that no library below can put what it knows into our traces; `tracestate` and baggage of a caller are not taken over, since
they hold whatever it likes. Sources: OTLP 1.x over HTTP; W3C Trace Context; OpenTelemetry's conventions for HTTP spans.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from types import TracebackType
from typing import Any, Final, Protocol, Self

from ledger.errors import CallerError
from ledger.tracing import spans
from ledger.tracing.spans import ATTRIBUTES, SPANS

try:
    from opentelemetry import context as contexts
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExportResult
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ModuleNotFoundError as missing:
    raise CallerError(
        f"cannot send traces: {missing.name} is not installed", hint="pip install 'privacy-ledger[traces]', or unset LEDGER__TRACES__ENDPOINT"
    ) from None

QUEUE_MAX: Final = 2048
"""Spans that wait; more are dropped. Some 2 kB each."""
BATCH_MAX: Final = 512
SEND_SECONDS: Final = 2.0
"""So long a span waits for others at most."""
EXPORT_SECONDS_MAX: Final = 5.0
PATH: Final = "/v1/traces"
TEXT_CHARACTERS_MAX: Final = 200
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
OTHER_METHOD: Final = "_OTHER"
_EXPORTERS_LINES: Final = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
_log = logging.getLogger("ledger.tracing")
_KINDS: Final = {kind.name.lower(): kind for kind in trace.SpanKind}


class Watching(Protocol):
    """Who is told how the sending goes, from any thread; must not raise."""

    def dropped(self, count: int) -> None:
        """So many spans were not sent and never will be."""

    def away(self) -> None:
        """The collector does not take spans; told once until it takes them again."""


class Logging:
    """By default: a line, once."""

    def dropped(self, count: int) -> None:
        """It is told with the line."""

    def away(self) -> None:
        """Say it."""
        _log.warning("the collector of LEDGER__TRACES__ENDPOINT does not take spans; they are dropped until it does")


class Queue(SpanProcessor):
    """Spans that are over, until they are sent."""

    def __init__(self, exporter: OTLPSpanExporter, watching: Watching) -> None:
        self._exporter, self._watching = exporter, watching
        self._waiting: deque[ReadableSpan] = deque()
        self._changed = threading.Condition()
        self._is_asked = self._is_sending = self._is_closed = self._is_away = False
        self._thread = threading.Thread(target=self._run, name="ledger-traces", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        """Take one; drop it when too many wait."""
        with self._changed:
            if len(self._waiting) < QUEUE_MAX:
                self._waiting.append(span)
                if len(self._waiting) == BATCH_MAX:
                    self._changed.notify_all()
                return
        self._watching.dropped(1)

    def wait(self, seconds: float) -> bool:
        """Send now; return whether all was sent, or dropped, in time."""
        with self._changed:
            self._is_asked = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._waiting and not self._is_sending, seconds)

    def shutdown(self) -> None:
        """End the thread, and give up what still waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _run(self) -> None:
        while batch := self._next():
            is_sent = self._is_taken(batch)
            if not is_sent:
                self._watching.dropped(len(batch))
                if not self._is_away:
                    self._watching.away()
            with self._changed:
                self._is_away, self._is_sending = not is_sent, False
                self._changed.notify_all()

    def _next(self) -> list[ReadableSpan]:
        """The next batch, some time after its first span; none at the end."""
        with self._changed:
            while not self._is_closed:
                self._changed.wait_for(lambda: self._is_closed or self._is_asked or len(self._waiting) >= BATCH_MAX, SEND_SECONDS)
                if self._waiting and not self._is_closed:
                    self._is_sending = True
                    return [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
                self._is_asked = False
            return []

    def _is_taken(self, batch: list[ReadableSpan]) -> bool:
        try:
            return self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception:  # what it says may hold an address; that it failed is enough
            return False


class Sending:
    """spans.Tracer, to one collector."""

    def __init__(self, endpoint: str, ratio: float, service: str, watching: Watching) -> None:
        address = endpoint.rstrip("/")
        logging.getLogger(_EXPORTERS_LINES).setLevel(logging.CRITICAL)  # it repeats itself; we say it once
        exporter = OTLPSpanExporter(address if address.endswith(PATH) else address + PATH, timeout=EXPORT_SECONDS_MAX)
        self.queue = Queue(exporter, watching)
        about = {"service.name": service, "service.version": version("privacy-ledger"), "service.instance.id": str(os.getpid())}
        provider = TracerProvider(ParentBased(TraceIdRatioBased(ratio)), Resource(about), shutdown_on_exit=False)
        provider.add_span_processor(self.queue)
        self._tracer = provider.get_tracer("ledger", about["service.version"])

    def span(self, name: str, attributes: Mapping[str, str | int | float], caller: str | None) -> AbstractContextManager[spans.Span]:
        """As spans.span."""
        context = contexts.get_current() if caller is None else TraceContextTextMapPropagator().extract({"traceparent": caller})
        if SPANS[name].is_child and not trace.get_current_span(context).get_span_context().is_valid:
            return _Open(name, trace.INVALID_SPAN)
        return _Open(name, self._tracer.start_span(name, context, _KINDS[SPANS[name].kind], listed(name, attributes)))

    def past(self, name: str, began: int, ended: int, attributes: Mapping[str, str | int | float]) -> None:
        """As spans.past."""
        span = self._tracer.start_span(name, None, _KINDS[SPANS[name].kind], listed(name, attributes), start_time=began)
        if "error" in attributes:
            span.set_status(trace.StatusCode.ERROR)
        span.end(ended)

    def flush(self, seconds: float) -> None:
        """As spans.flush."""
        self.queue.wait(seconds)


class _Open:
    """A span that goes on. One that is a parent is the current one of its thread or task; others are not, since they may end in another thread."""

    __slots__ = ("_name", "_span", "_token")

    def __init__(self, name: str, span: trace.Span) -> None:
        self._name, self._span = name, span
        self._token: Any = None

    def __enter__(self) -> Self:
        if SPANS[self._name].is_parent:
            self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace_of_it: TracebackType | None) -> None:
        if self._token is not None:
            contexts.detach(self._token)
        if kind is not None:
            self.set(error=kind.__name__)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()

    def set(self, **attributes: str | int | float) -> None:
        """As spans.Span."""
        self._span.set_attributes(listed(self._name, attributes))

    def answered(self, method: str, route: str, status: int) -> None:
        """As spans.Span."""
        known = method if method in METHODS else OTHER_METHOD
        self._span.update_name(f"{known} {route}")
        self.set(method=known, route=route, status=status)
        if status >= 500:
            self._span.set_status(trace.StatusCode.ERROR)


def listed(name: str, attributes: Mapping[str, Any]) -> dict[str, str | int | float]:
    """The attributes that a span of this name may have, as the collector calls them; numbers, and texts that are not long. The rest is left out."""
    keys = SPANS[name].keys | {"error"}
    found = {key: value for key, value in attributes.items() if key in keys and isinstance(value, str | int | float)}
    return {ATTRIBUTES[key]: value[:TEXT_CHARACTERS_MAX] if isinstance(value, str) else value for key, value in found.items()}


_begun: tuple[str, float, str, Watching] | None = None
_sending: Sending | None = None


def begin(endpoint: str, *, service: str, ratio: float = 1.0, watching: Watching | None = None) -> None:
    """Send spans of this process from now on, those of forked children too, until `end` or its end.

    endpoint: of the collector, OTLP over HTTP; `/v1/traces` is added. service: what this process is called there. ratio: of the traces that begin
    here, 0 to 1; who continues a caller's trace does as the caller does. watching: told how it goes; by default a line once.
    """
    global _begun, _sending
    end()
    _begun = (endpoint, ratio, service, watching or Logging())
    _sending = Sending(*_begun)
    spans.use(_sending)


def end(seconds: float = spans.FLUSH_SECONDS) -> None:
    """Send what is noted, at most so long, and send no more. Safe to repeat."""
    global _begun, _sending
    ended, _begun, _sending = _sending, None, None
    spans.use(None)
    if ended is not None:
        ended.flush(seconds)
        ended.queue.shutdown()


def _after_fork_in_child() -> None:
    """The thread did not come along, and what the parent had noted is the parent's."""
    global _sending
    if _begun is not None:
        _sending = Sending(*_begun)
        spans.use(_sending)


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(end)
