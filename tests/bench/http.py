"""http: a person's answer, dashboards and events over HTTP, beside a bare FastAPI route, a bare SQL query and the SDK, all in the same run.

Live load goes on meanwhile: a worker folds what an emitter puts on the log. A ledger is filled through Kafka for it: asking tells look-ups.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ledger import Emitter
from ledger.stack import Running
from tests.bench import hoster, ledgers
from tests.bench.figures import Figure
from tests.bench.open_load import Taken, load
from tests.bench.shares import CONTROLLER, RECIPIENTS, share_fields

RATE, TWICE, SECONDS, TURNS = 200.0, 400.0, 10.0, 3
"""The middle of three turns, ours and the peers' one after another: a host that stops for a moment spoils one."""
WARM_SECONDS = 20.0
"""Connections and caches, and Java's compiler: the first quarter of a minute after Kafka starts is twice as slow."""
LIVE_RATE = 500.0
PROCESSES = str(os.cpu_count() or 1)
"""Of our server; what it is held against is one."""
BATCH = 500
BOUND_MS, OVERVIEW_BOUND_MS = 15.0, 200.0
INGESTED = 60_000
OVERVIEWS = 220


def run(events: int) -> list[Figure]:
    """Ask and emit over HTTP."""
    with filled(events) as running:
        return _measured(running, events)


@contextmanager
def filled(events: int) -> Iterator[Running]:
    """A ledger with that many holdings. BENCH_HOME: where to keep it for the next run."""
    kept = os.environ.get("BENCH_HOME")
    if kept is None:
        with ledgers.ledger() as running:
            hoster.fill(running, events)
            yield running
        return
    with ledgers.kept_ledger(Path(kept)) as (running, is_new):
        if is_new:
            hoster.fill(running, events)
        yield running


def _measured(running: Running, events: int) -> list[Figure]:
    with ledgers.worker(running):
        ledgers.run(running, "wait", "--timeout", "600")
        figures = [*_asked(running, events, events // len(RECIPIENTS)), *_overviews(running, events)]
    return [*figures, _ingested(running)]  # without a worker: that would fold beside the one that takes longer alone


def _asked(running: Running, events: int, subjects: int) -> list[Figure]:
    key = json.loads(ledgers.run(running, "token", "create", "--role", "auditor", "--json"))["key"]

    def person(number: int) -> dict[str, str]:
        ref = f"subj-{number * 7919 % subjects:012x}"
        return {"controller": CONTROLLER, "subject_ref": ref, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}

    with serving(running) as ours, _listening(running, "tests.bench.peers.bare_http") as peers, live(running):
        load(ours, "/v1/subjects/show", person, rate=RATE, seconds=WARM_SECONDS, key=key)
        taken: dict[str, list[Taken]] = {"bare": [], "sql": [], "ours": []}
        for _ in range(TURNS):
            taken["bare"].append(load(peers, "/bare", person, rate=RATE, seconds=SECONDS))
            taken["sql"].append(load(peers, "/sql", person, rate=RATE, seconds=SECONDS))
            taken["ours"].append(load(ours, "/v1/subjects/show", person, rate=RATE, seconds=SECONDS, key=key))
        twice = load(ours, "/v1/subjects/show", person, rate=TWICE, seconds=SECONDS, key=key)
    for name, turns in (*taken.items(), ("twice", [twice])):
        if failed := sum(each.failed for each in turns):
            raise RuntimeError(f"{name}: {failed} were not answered")
    found = {name: sorted(turns, key=lambda each: each.at(0.99))[TURNS // 2] for name, turns in taken.items()}
    middle, every = found["ours"], ", ".join(f"{each.at(0.99):.1f}" for each in taken["ours"])
    note = (
        f"p50 {middle.at(0.5):.1f} ms, p99.9 {middle.at(0.999):.1f} ms; the middle of {TURNS} turns, p99 {every}; look-up told to Kafka first; "
        f"{LIVE_RATE:.0f} facts/s beside"
    )
    figures = [
        Figure(
            name=f"subject answer over HTTP, p99 at {RATE:.0f}/s, {events:,} holdings", ours=middle.at(0.99), peer_name=peer, peer=limit,
            unit="ms", floor=floor, goal=goal, note=note,
        )
        for peer, limit, floor, goal in (
            (f"bound of {BOUND_MS:.0f} ms", BOUND_MS, 1.0, 3.0), ("a bare FastAPI route", found["bare"].at(0.99), 0.1, 0.3),
            ("a bare SQL query over FastAPI", found["sql"].at(0.99), 0.1, 0.5),
        )
    ]  # fmt: skip
    return [
        *figures,
        Figure(
            name=f"the same at {TWICE:.0f}/s", ours=twice.at(0.99), peer_name=f"the same at {RATE:.0f}/s", peer=middle.at(0.99), unit="ms",
            floor=0.0, goal=1.0, note=f"p50 {twice.at(0.5):.1f} ms, p99.9 {twice.at(0.999):.1f} ms",
        ),
    ]  # fmt: skip


def _overviews(running: Running, events: int) -> list[Figure]:
    key = json.loads(ledgers.run(running, "token", "create", "--role", "manager", "--json"))["key"]
    with serving(running) as port, live(running):
        return [
            Figure(
                name=f"GET {path}, p99, {events:,} holdings", ours=found.at(0.99), peer_name=f"bound of {OVERVIEW_BOUND_MS:.0f} ms",
                peer=OVERVIEW_BOUND_MS, unit="ms", floor=1.0, goal=4.0,
                note=f"p50 {found.at(0.5):.1f} ms; one caller, {LIVE_RATE:.0f} facts/s beside",
            )
            for path in ("/v1/overview/sharing", "/v1/overview/deletion", "/", "/sharing", "/deletion")
            for found in [asked_again(port, f"{path}?controller={CONTROLLER}", key, OVERVIEWS)]
        ]  # fmt: skip


def asked_again(port: int, address: str, key: str, times: int) -> Taken:
    """GET an address so many times, one after another; the first tenth is not counted."""
    taken = []
    for _ in range(times):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{address}", headers={"Authorization": f"Bearer {key}"})
        began = time.perf_counter()
        with urllib.request.urlopen(request) as answer:  # noqa: S310  our own server
            answer.read()
        taken.append((time.perf_counter() - began) * 1000)
    return Taken(sorted(taken[times // 10 :]), 0)


def _ingested(running: Running) -> Figure:
    key = json.loads(
        ledgers.run(running, "token", "create", "--role", "emitter", "--controller", CONTROLLER, "--source", "bench", "--json")
    )["key"]
    left_out = {"event_id", "salt", "occurred_at", "source", "controller"}
    made = [{k: v for k, v in share_fields(number, number % 5_000).items() if v is not None and k not in left_out} for number in range(INGESTED)]
    with Emitter(controller=CONTROLLER, source="bench", bootstrap_servers=running.settings.kafka.bootstrap_servers) as emitter:
        emitter.emit("DataShared", **made[0])  # connections and caches
        began = time.perf_counter()
        for fields in made:
            emitter.emit_soon("DataShared", **fields)
        emitter.flush()
        sdk = INGESTED / (time.perf_counter() - began)
    bodies = [{"events": [{"type": "DataShared", **fields} for fields in made[n : n + BATCH]]} for n in range(0, INGESTED, BATCH)]
    with serving(running) as port:
        load(port, "/v1/events", lambda number: bodies[number], rate=1e6, seconds=4 / 1e6, key=key, connections=4)  # connections and caches
        began = time.perf_counter()
        taken = load(port, "/v1/events", lambda number: bodies[number], rate=1e6, seconds=len(bodies) / 1e6, key=key, connections=4)
        rate = INGESTED / (time.perf_counter() - began)
    if taken.failed:
        raise RuntimeError(f"{taken.failed} of {len(bodies)} batches were not taken")
    return Figure(
        name=f"events over HTTP, batches of {BATCH}", ours=rate, peer_name="the SDK, same events", peer=sdk, unit="ev/s", floor=0.3, goal=0.6,
        note="four connections",
    )  # fmt: skip


def serving(running: Running) -> AbstractContextManager[int]:
    """Our server, a process for each core; its port."""
    return _listening(running, "ledger", "serve", "--processes", PROCESSES, "--port")


@contextmanager
def _listening(running: Running, module: str, *words: str) -> Iterator[int]:
    """A server process; its port, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    after = [] if words else [ledgers.dsn(running)]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words, str(port), *after], env=ledgers.environment(running), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(15)


@contextmanager
def live(running: Running) -> Iterator[None]:
    """Facts at LIVE_RATE meanwhile."""
    command = [sys.executable, "-m", "tests.bench.live", running.settings.kafka.bootstrap_servers, str(LIVE_RATE)]
    process = subprocess.Popen(command, env=ledgers.environment(running), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError("the live load ended before what is measured beside it")
    finally:
        process.kill()
        process.wait()
