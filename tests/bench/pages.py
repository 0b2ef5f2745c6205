"""pages: lists, registers and single pages over HTTP, live load beside them. They have no bound of their own; that of dashboards stands there."""

from __future__ import annotations

import json
import time

from tests.bench import ledgers
from tests.bench.figures import Figure
from tests.bench.http import LIVE_RATE, OVERVIEW_BOUND_MS, asked_again, filled, live, serving
from tests.bench.shares import CONTROLLER

SECONDS_EACH, TIMES_MIN, TIMES_MAX = 6.0, 10, 110
ADDRESSES = (
    "/", "/deletion", "/v1/overview/sharing", "/breaches", "/requests", "/requests?only=refused", "/requests?only=all", "/policies", "/violations",
    "/disclosures", "/sharing/list", "/sharing/list?country=US",
    "/sharing/shares?month=2023-12", "/deletion/list?state=COMING", "/deletion/list?state=OVERDUE", "/deletion/holds", "/deletion/gaps",
    "/duties", "/v1/obligations", "/register", "/v1/register?facts=false",
    "/v1/recipients?facts=false", "/v1/processor-statement?facts=false", "/v1/transfers",
)  # fmt: skip
WHOLE = ("/v1/holders", "/v1/retention", "/register?facts=true", "/v1/register?facts=true", "/v1/recipients?facts=true")
WHOLE_MAX = 1_000_000
"""Those that read every holding are asked of so many at most: of ten million the server gives them up (`LEDGER__WEB__REQUEST_SECONDS`).

They come last: what they push out of PostgreSQL's memory the others have read."""


def run(events: int) -> list[Figure]:
    """Ask each address, some seconds long."""
    with filled(events) as running, ledgers.worker(running):
        ledgers.run(running, "wait", "--timeout", "600")
        key = json.loads(ledgers.run(running, "token", "create", "--role", "dpo", "--json"))["key"]
        with serving(running) as port, live(running):
            return [_asked(port, address, key, events) for address in (*ADDRESSES, *(WHOLE if events <= WHOLE_MAX else ()))]


def _asked(port: int, address: str, key: str, events: int) -> Figure:
    full = f"{address}{'&' if '?' in address else '?'}controller={CONTROLLER}"
    began = time.perf_counter()
    asked_again(port, full, key, 2)
    times = max(TIMES_MIN, min(TIMES_MAX, int(SECONDS_EACH / (time.perf_counter() - began) * 2)))
    found = asked_again(port, full, key, times)
    return Figure(
        name=f"GET {address}, p99, {events:,} holdings", ours=found.at(0.99), peer_name=f"bound of {OVERVIEW_BOUND_MS:.0f} ms",
        peer=OVERVIEW_BOUND_MS, unit="ms", floor=0.0, goal=1.0,
        note=f"p50 {found.at(0.5):.1f} ms, {len(found.millis)} times; one caller, {LIVE_RATE:.0f} facts/s beside",
    )  # fmt: skip
