"""The benchmark: every figure beside its peer, in the same run. `make bench`, or `make bench ONLY=live`.

Prints the table of docs/performance.md and appends each figure as a JSON line (name, ours, peer, ratio, unit, machine).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench import answer, history, http, latency, pages, sdk, sealing, size, startup, throughput, tick
from tests.bench.figures import Figure, machine, save, show

CASES = ("live", "rebuild", "latency", "sdk", "answer", "start", "tick", "history", "size", "seal", "http", "pages")


def main() -> None:
    """Run the chosen cases."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=CASES, help="one case instead of all")
    parser.add_argument("--events", type=int, default=400_000, help="events of the throughput cases (default 400000)")
    parser.add_argument("--out", type=Path, default=Path("bench.jsonl"), help="where the JSON lines go (default bench.jsonl)")
    wishes = parser.parse_args()
    chosen = frozenset({wishes.only} if wishes.only else CASES)
    figures: list[Figure] = []
    if chosen & {"live", "rebuild"}:
        figures += throughput.run(wishes.events, chosen)
    cases = {
        "latency": latency, "sdk": sdk, "answer": answer, "start": startup, "tick": tick, "history": history, "size": size, "seal": sealing,
        "http": http, "pages": pages,
    }  # fmt: skip
    for name, case in cases.items():
        if name in chosen:
            figures += case.run(wishes.events)
    save(figures, wishes.out)
    sys.stdout.write(f"machine: {machine()}\n\n{show(figures)}\n")


if __name__ == "__main__":
    main()
