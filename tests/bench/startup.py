"""start: how long `ledger up` takes on a new home and on one that was stopped, and what importing the SDK costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ledger.stack import up
from tests.bench.figures import Figure

COLD_MS, WARM_MS, IMPORT_MS = 6_000.0, 5_000.0, 100.0
RUNS = 3


def run(events: int) -> list[Figure]:
    """Medians of three; jars are cached (the first run of all fetches them)."""
    cold, warm = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="ledger-bench-") as folder:
            for taken in (cold, warm):
                started = time.perf_counter()
                running = up(Path(folder) / "home", simulated=True)
                taken.append((time.perf_counter() - started) * 1000)
                running.down()
    figures = [
        Figure(
            name=f"ledger up, {name}",
            ours=statistics.median(taken),
            peer_name=f"bound of {bound / 1000:.0f} s",
            peer=bound,
            unit="ms",
            floor=1.0,
            goal=1.0,
        )
        for name, taken, bound in (("cold", cold, COLD_MS), ("warm", warm, WARM_MS))
    ]
    spent = statistics.median(_import_ms("from ledger import Emitter") - _import_ms("pass") for _ in range(RUNS))
    figures.append(
        Figure(name="from ledger import Emitter", ours=spent, peer_name="bound of 100 ms", peer=IMPORT_MS, unit="ms", floor=1.0, goal=1.0)
    )
    return figures


def _import_ms(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return (time.perf_counter() - started) * 1000
