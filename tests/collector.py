"""A collector of traces for tests: a real HTTP server that reads OTLP as a collector does, and keeps every byte."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Received(NamedTuple):
    """A span as it came. service: of the process that sent it. attributes: plain values."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent: str
    attributes: dict[str, Any]
    is_error: bool
    process: str
    nanoseconds: int


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


class Collector:
    """endpoint: for LEDGER__TRACES__ENDPOINT. sent: the bytes of every request, its path and headers included."""

    def __init__(self, port: int) -> None:
        self.sent: list[bytes] = []
        self.status = 200
        self._bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.sent.append(f"{self.path}\n{self.headers}".encode() + body)
                if collector.status == 200:
                    assert self.path == "/v1/traces"
                    collector._bodies.append(body)
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def spans(self) -> list[Received]:
        """All that have come, read from their bytes."""
        found = []
        for body in list(self._bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                about = _plain(resource.resource.attributes)
                for each in (span for scope in resource.scope_spans for span in scope.spans):
                    assert not each.events and not each.links and not each.trace_state and not each.status.message
                    found.append(
                        Received(
                            about["service.name"], each.name, each.kind, each.trace_id.hex(), each.span_id.hex(), each.parent_span_id.hex(),
                            _plain(each.attributes), each.status.code == 2, about["service.instance.id"],
                            each.end_time_unix_nano - each.start_time_unix_nano,
                        )
                    )
        return found

    def named(self, name: str) -> list[Received]:
        """Those of that name."""
        return [each for each in self.spans() if each.name == name]

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def collecting(port: int = 0) -> Iterator[Collector]:
    """One that listens; port 0: any that is free."""
    collector = Collector(port)
    try:
        yield collector
    finally:
        collector.close()
