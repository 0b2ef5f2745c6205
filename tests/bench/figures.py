"""One measured figure beside its peer, and how it is printed and kept."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """ours and peer in `unit`; ratio is how many times better ours is (for latencies: peer / ours, where peer is the bound)."""

    name: str
    ours: float
    peer_name: str
    peer: float
    unit: str
    floor: float
    goal: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times better than the peer."""
        return self.peer / self.ours if self.unit in ("ms", "us") else self.ours / self.peer


def machine() -> str:
    """The machine in a few words: processor, cores, memory."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    kib = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return f"{model}, {os.cpu_count()} cores, {round(kib / 1048576)} GiB"


def save(figures: list[Figure], path: Path) -> None:
    """Append one JSON line per figure."""
    with path.open("a") as file:
        for figure in figures:
            file.write(json.dumps(asdict(figure) | {"ratio": round(figure.ratio, 3), "machine": machine()}) + "\n")


def show(figures: list[Figure]) -> str:
    """A Markdown table, as docs/performance.md has it."""
    head = f"| {'figure':<44} | {'ours':>12} | {'peer':>12} | {'ratio':>6} | {'floor':>5} | {'goal':>5} | peer and note |"
    rows = [head, "|---|---:|---:|---:|---:|---:|---|"]
    for f in figures:
        ours, peer = (f"{value:,.0f} {f.unit}" if value >= 100 else f"{value:,.2f} {f.unit}" for value in (f.ours, f.peer))
        note = f"{f.peer_name}; {f.note}" if f.note else f.peer_name
        rows.append(f"| {f.name:<44} | {ours:>12} | {peer:>12} | {f.ratio:>6.2f} | {f.floor:>5.1f} | {f.goal:>5.1f} | {note} |")
    return "\n".join(rows)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
