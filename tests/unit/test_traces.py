"""Spans on their way to a real collector: what they say, what is left out, and that nobody ever waits for it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger import metrics
from ledger.errors import CallerError
from ledger.settings import TracesSettings, read_settings
from ledger.tracing import sending, spans, starting
from ledger.tracing.sending import QUEUE_MAX, Logging
from tests.collector import Collector, collecting

ROOT = Path(__file__).resolve().parents[2]
CANARY = "jan.jansen@voorbeeld.nl"


class Noting(Logging):
    """Who is told."""

    def __init__(self) -> None:
        self.count, self.times_away = 0, 0

    def dropped(self, count: int) -> None:
        self.count += count

    def away(self) -> None:
        self.times_away += 1


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@contextmanager
def sent_to(endpoint: str, **more: float) -> Iterator[Noting]:
    noting = Noting()
    sending.begin(endpoint, service="test", watching=noting, **more)
    try:
        yield noting
    finally:
        sending.end(0)


def nobodys_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_spans_say_what_is_listed_and_nothing_else(collector: Collector) -> None:
    with sent_to(collector.endpoint):
        with pytest.raises(ValueError, match="jan"), spans.span("request"):
            with spans.span("ingest", events=3, subject_ref=CANARY), spans.span("append", events=3) as append:
                append.set(topic="facts", **{CANARY: 1}, value=CANARY)
            raise ValueError(CANARY)
        spans.past("fold", 1_000, 6_000, partition=2, events=7, fold_seconds=0.5, write_seconds=0.25, ref=CANARY)
        spans.flush()

    request, ingest, append_, fold = (collector.named(name)[0] for name in ("request", "ingest", "append", "fold"))
    assert (ingest.parent, append_.parent, request.parent, fold.parent) == (request.span_id, ingest.span_id, "", "")
    assert request.trace_id == ingest.trace_id == append_.trace_id != fold.trace_id
    assert ingest.attributes == {"ledger.events": 3}
    assert append_.attributes == {"ledger.events": 3, "messaging.destination.name": "facts"}
    assert (request.attributes, request.is_error, append_.is_error) == ({"error.type": "ValueError"}, True, False)
    assert fold.attributes == {"ledger.partition": 2, "ledger.events": 7, "ledger.fold_seconds": 0.5, "ledger.write_seconds": 0.25}
    assert (fold.nanoseconds, fold.service) == (5_000, "test")
    assert CANARY.encode() not in b"".join(collector.sent)


def test_a_read_outside_of_a_request_is_no_trace_of_its_own(collector: Collector) -> None:
    with sent_to(collector.endpoint):
        with spans.span("read"):
            pass
        with spans.span("request"), spans.span("read"):
            pass
        spans.flush()

    assert [each.name for each in collector.spans()] == ["read", "request"]


def test_the_share_of_traces_is_chosen_and_a_caller_who_traces_is_followed(collector: Collector) -> None:
    theirs = "0af7651916cd43dd8448eb211c80319c"
    with sent_to(collector.endpoint, ratio=0.0):
        callers = (None, f"00-{theirs}-b7ad6b7169203331-00", f"00-{theirs}-b7ad6b7169203331-01", "nonsense", f"00-{'0' * 32}-{'0' * 16}-01")
        for caller in callers:
            with spans.span("request", caller=caller), spans.span("read"):
                pass
        spans.flush()

    assert [(each.name, each.trace_id) for each in collector.spans()] == [("read", theirs), ("request", theirs)]
    assert collector.named("request")[0].parent == "b7ad6b7169203331"


def test_a_method_that_nobody_knows_is_no_name(collector: Collector) -> None:
    with sent_to(collector.endpoint):
        with spans.span("request") as span:
            span.answered(CANARY, "/v1/events", 503)
        spans.flush()

    (request,) = collector.spans()
    assert (request.name, request.is_error) == ("_OTHER /v1/events", True)
    assert CANARY.encode() not in b"".join(collector.sent)


def test_with_the_collector_away_spans_are_dropped_and_it_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "EXPORT_SECONDS_MAX", 0.5)
    address = nobodys_address()
    with sent_to(address) as noting:
        for number in range(3):
            with spans.span("request"):
                pass
            assert sending._sending is not None and sending._sending.queue.wait(30)
            assert (noting.count, noting.times_away) == (number + 1, 1)
        with collecting(int(address.rpartition(":")[2])) as collector:
            with spans.span("request"):
                pass
            assert sending._sending.queue.wait(30)
            assert (noting.count, len(collector.spans())) == (3, 1)
        with spans.span("request"):
            pass
        assert sending._sending.queue.wait(30)
        assert (noting.count, noting.times_away) == (4, 2)


def test_spans_beyond_the_queue_are_dropped_and_whoever_made_them_does_not_wait() -> None:
    """A collector that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent, sent_to(f"http://127.0.0.1:{silent.getsockname()[1]}") as noting:
        for _ in range(2 * QUEUE_MAX):
            with spans.span("request"):
                pass
        # 512 of them are under way at most
        assert 2 * QUEUE_MAX - QUEUE_MAX - sending.BATCH_MAX <= noting.count <= QUEUE_MAX


def test_a_forked_child_sends_its_own_and_not_what_its_parent_had_noted(collector: Collector) -> None:
    code = f"""
import os
from ledger.tracing import sending, spans
sending.begin("{collector.endpoint}", service="forking")
with spans.span("append", events=1): pass
child = os.fork()
with spans.span("append", events=3 if child else 2): pass
spans.flush()
if not child: os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c", code], check=True, cwd=ROOT, timeout=60)

    found = [(each.process, each.attributes["ledger.events"]) for each in collector.spans()]
    assert sorted(number for _, number in found) == [1, 2, 3]
    processes = {number: process for process, number in found}
    assert processes[1] == processes[3] != processes[2]
    assert len({each.span_id for each in collector.spans()}) == len({each.trace_id for each in collector.spans()}) == 3


def test_what_is_left_is_sent_when_the_process_ends(collector: Collector) -> None:
    code = f'from ledger.tracing import sending, spans\nsending.begin("{collector.endpoint}", service="x")\nwith spans.span("flush", events=0): pass'
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)

    assert [each.name for each in collector.spans()] == ["flush"]


def test_while_traces_are_off_nothing_of_the_library_is_loaded_and_no_span_is_made() -> None:
    code = """
import sys
import ledger.sdk.emit, ledger.sdk.emit_async, ledger.cli.work, processors.supervisor, processors.projector
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
import ledger.web.processes  # FastAPI loads the interface
from ledger.settings import read_settings
from ledger.tracing import spans, starting
starting.start(read_settings().traces, starting.WEB)
starting.require_installed(read_settings().traces)
assert not spans.is_on() and spans.span("request") is spans.span("append", events=1)
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto", "google"))])
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60, capture_output=True, text=True).stdout == "[]\n"


def test_without_the_package_it_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    monkeypatch.delitem(sys.modules, "ledger.tracing.sending")
    monkeypatch.delattr("ledger.tracing.sending")
    on = TracesSettings(endpoint="http://127.0.0.1:9")

    for refusing in (lambda: starting.start(on, starting.WEB), lambda: starting.require_installed(on)):
        with pytest.raises(CallerError, match=r"cannot send traces: opentelemetry\.sdk\.resources is not installed") as refused:
            refusing()
        assert refused.value.hint == "pip install 'privacy-ledger[traces]', or unset LEDGER__TRACES__ENDPOINT"


def test_a_command_counts_what_is_dropped_and_takes_the_settings(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER__TRACES__ENDPOINT", collector.endpoint + "/v1/traces/")
    monkeypatch.setenv("LEDGER__TRACES__RATIO", "1")
    before = metrics.SPANS_DROPPED._value.get()
    starting.start(read_settings().traces, starting.WORKER)
    try:
        for collector.status in (200, 400):
            with spans.span("request"):
                pass
            spans.flush()
    finally:
        sending.end(0)

    assert [each.service for each in collector.spans()] == ["ledger-worker"]
    assert metrics.SPANS_DROPPED._value.get() == before + 1


@pytest.mark.parametrize("value", ["collector:4318", "ftp://collector", "http://user:secret-9@collector:4318", "http://collector/?key=secret-9"])
def test_an_endpoint_that_is_none_or_holds_a_secret_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER__TRACES__ENDPOINT", value)

    with pytest.raises(CallerError, match="LEDGER__TRACES__ENDPOINT") as refused:
        read_settings()
    assert "secret-9" not in f"{refused.value} {refused.value.hint}"


def test_threads_do_not_share_what_is_going_on(collector: Collector) -> None:
    def work() -> None:
        with spans.span("append", events=1):
            pass

    with sent_to(collector.endpoint):
        with spans.span("request"):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        spans.flush()

    assert [each.parent for each in collector.named("append")] == [""]


def test_the_page_lists_the_spans_with_their_kind_and_attributes_and_no_other() -> None:
    page = (ROOT / "docs/traces.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \|", page, re.MULTILINE)
    said = {(name, kind, tuple(re.findall(r"`([\w.]+)`", attributes))) for name, kind, attributes in rows}

    assert said == {(name, each.kind, tuple(sorted(spans.ATTRIBUTES[key] for key in each.keys))) for name, each in spans.SPANS.items()}
    assert set(spans.ATTRIBUTES) == {"error"}.union(*(each.keys for each in spans.SPANS.values()))
    assert f"`{spans.ATTRIBUTES['error']}`" in page
